/** The handler of a layer's call, which has the events of its exchange until an application takes the exchange over. */
import type { UnreadContent } from '../rich/exchange.ts';
import type { Handler } from '../rich/handler.ts';
import type { Outcome } from '../rich/outcome.ts';
import type { Priority } from '../wire/carrier.ts';
import type { Fields } from '../wire/fields.ts';

/** What has been told of an exchange already. */
export interface Past {
	/** The trailer fields, where the request has ended. */
	readonly trailers: Fields | null;
	readonly outcome: Outcome | null;
}

/** Events are its own, or its successor's: `closed` is for both, and what a subclass makes of it. */
export abstract class YieldingHandler implements Handler {
	/** How the exchange ended, or null. Set by `closed`. */
	protected outcome: Outcome | null = null;
	/** The trailer fields, once the end of the request content has been told. */
	protected requestTrailers: Fields | null = null;
	/** Who has the events after this one. */
	protected successor: Handler | null = null;
	/** Some content has been told before. */
	#taken = false;

	/** Content, which is for this one. */
	protected abstract take(chunk: Uint8Array): void;
	/** The end of it. */
	protected abstract taken(trailers: Fields): void;
	/** Output moves again. */
	protected abstract drained(): void;
	abstract closed(outcome: Outcome): unknown;

	/** How much of the request content has not been told. */
	get unread(): UnreadContent {
		if (!this.#taken) return 'whole';
		return this.requestTrailers === null ? 'partial' : 'none';
	}

	/** From now on events are for this one. @returns what has been told already */
	handOver(successor: Handler): Past {
		this.successor = successor;
		return { trailers: this.requestTrailers, outcome: this.outcome };
	}

	data(chunk: Uint8Array): unknown {
		if (this.successor !== null) return this.successor.data?.(chunk);
		this.#taken = true;
		this.take(chunk);
		return undefined;
	}

	end(trailers: Fields): unknown {
		this.requestTrailers = trailers;
		if (this.successor !== null) return this.successor.end?.(trailers);
		this.taken(trailers);
		return undefined;
	}

	drain(): unknown {
		if (this.successor !== null) return this.successor.drain?.();
		this.drained();
		return undefined;
	}

	priority(priority: Priority): unknown {
		return this.successor?.priority?.(priority);
	}

	stopping(): unknown {
		return this.successor?.stopping?.();
	}
}
