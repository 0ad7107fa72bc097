/** The handler of an application that took an exchange over: events of the past come first, and then those that are still to come. */

import type { Past } from '../layer/yielding-handler.ts';
import type { Exchange } from '../rich/exchange.ts';
import { FAILED, FAILURE_FIELDS } from '../rich/failure-response.ts';
import type { Handler } from '../rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../rich/outcome.ts';
import { isThenable } from '../rich/thenable.ts';
import type { Priority } from '../wire/carrier.ts';
import { ErrorCode } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';

/** Passes events on to the application's handler, in their order. */
export class HandedOver implements Handler {
	readonly #handler: Handler;
	readonly #exchange: Exchange;
	readonly #failed: (error: unknown) => void;
	#trailers: Fields | null = null;
	#outcome: Outcome | null = null;
	#drained = false;

	/** @param failed told what the handler threw at events of the past, of which the exchange does not know */
	constructor(handler: Handler, exchange: Exchange, failed: (error: unknown) => void) {
		this.#handler = handler;
		this.#exchange = exchange;
		this.#failed = failed;
	}

	/** Tells the past, after the command that attached has returned (RICH-6). */
	owe({ trailers, outcome }: Past, drained: boolean): void {
		this.#trailers = trailers;
		this.#outcome = outcome;
		this.#drained = drained;
		if (drained || trailers !== null || outcome !== null) queueMicrotask(() => this.#tell());
	}

	#tell(): void {
		const trailers = this.#trailers;
		const outcome = this.#outcome;
		this.#trailers = null;
		this.#outcome = null;
		const drained = this.#drained;
		this.#drained = false;
		if (drained && outcome === null) this.#try(() => this.#handler.drain?.());
		// Behind a disconnect there is no end of the request to speak of.
		if (trailers !== null && outcome === null) this.#try(() => this.#handler.end?.(trailers));
		if (outcome !== null) this.#try(() => this.#handler.closed?.(outcome));
	}

	#try(tell: () => unknown): void {
		try {
			const result = tell();
			if (isThenable(result)) result.then(undefined, (error: unknown) => this.#fail(error));
		} catch (error) {
			this.#fail(error);
		}
	}

	/** As the exchange does for events that it tells itself (RICH-28). */
	#fail(error: unknown): void {
		const exchange = this.#exchange;
		if (ExchangeEnded.is(error) && error.outcome === exchange.outcome) return;
		this.#failed(error);
		if (exchange.outcome !== null) return;
		if (exchange.responded) {
			exchange.abort(ErrorCode.INTERNAL_ERROR);
		} else {
			exchange.respond(500, FAILURE_FIELDS);
			exchange.end(FAILED);
		}
	}

	data(chunk: Uint8Array): unknown {
		this.#tell();
		return this.#handler.data?.(chunk);
	}

	end(trailers: Fields): unknown {
		this.#tell();
		return this.#handler.end?.(trailers);
	}

	drain(): unknown {
		this.#tell();
		return this.#handler.drain?.();
	}

	priority(priority: Priority): unknown {
		this.#tell();
		return this.#handler.priority?.(priority);
	}

	stopping(): unknown {
		this.#tell();
		return this.#handler.stopping?.();
	}

	closed(outcome: Outcome): unknown {
		this.#tell();
		return this.#handler.closed?.(outcome);
	}
}
