/** The events of an exchange that somebody waits for: content that is read, output that moves, the end. */
import type { Origin, Past } from '../../escape/origin.ts';
import type { Step } from '../../layer/gateway/body-reader.ts';
import type { Exchange, UnreadContent } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
import type { Priority } from '../../wire/carrier.ts';
import type { Fields } from '../../wire/fields.ts';
import { ContentInput, type ContentSource } from './content-input.ts';

/** Whoever waits for drain. */
interface Waiter {
	readonly resolve: () => void;
	readonly reject: (error: ExchangeEnded) => void;
}

/** The handler of an exchange. Most requests are answered before there is an event, and have none. */
export class Following implements Handler, ContentSource {
	/** How the exchange ended, or null. */
	outcome: Outcome | null = null;
	/** Output waits, and drain is to come. Set when a write says so. */
	full = false;
	/** The escapes of the exchange, if there are any: they are told of its end. */
	origin: Origin | null = null;
	readonly #exchange: Exchange;
	/** The trailer fields, once the end of the request content has come. */
	#trailers: Fields | null = null;
	/** Some content has been given to the input. */
	#taken = false;
	/** Who gets the events after an escape. */
	#heir: Handler | null = null;
	#completed: ((outcome: Outcome) => void)[] = [];
	#input: ContentInput | null = null;
	#waiting: Waiter[] = [];
	/** Breaks off the wait for a step of the body. */
	#interrupt: ((error: ExchangeEnded) => void) | null = null;

	/** Attaches itself. Content waits until it is read. */
	constructor(exchange: Exchange) {
		this.#exchange = exchange;
		exchange.pause();
		exchange.attach(this);
	}

	/** The request content. */
	get input(): ContentInput {
		if (this.#input === null) {
			this.#input = new ContentInput(this);
			if (this.outcome !== null) this.#input.closed(this.outcome);
			else if (this.#trailers !== null) this.#input.end();
		}
		return this.#input;
	}

	/** Whether a step of the body has been asked for and has not come. */
	get stepping(): boolean {
		return this.#interrupt !== null;
	}

	/** Resolves when output that is full moves; rejects when the exchange ends. */
	drained(): Promise<void> {
		return new Promise((resolve, reject) => {
			if (this.outcome !== null) reject(new ExchangeEnded(this.outcome));
			else this.#waiting.push({ resolve, reject });
		});
	}

	/** A step of the body, or the end of the exchange if that comes first: then nobody wants what the step gives. */
	step(step: PromiseLike<Step>): Promise<Step> {
		return new Promise((resolve, reject) => {
			this.#interrupt = reject;
			step.then(
				(given) => {
					this.#interrupt = null;
					resolve(given);
				},
				(error: unknown) => {
					this.#interrupt = null;
					reject(error);
				},
			);
		});
	}

	/** The response is over: what has not been read of the request will not be. */
	finish(): void {
		this.#exchange.discard();
		this.#input?.closed();
	}

	/** The response is over, and another takes its place: what has not been read of the request is for that one. */
	release(): void {
		this.#input?.closed();
	}

	/** How much of the request content the application has left. */
	get unread(): UnreadContent {
		if (!this.#taken) return 'whole';
		return this.#trailers === null ? 'partial' : 'none';
	}

	/** From now on events go to this handler. @returns what has been told already */
	handOver(handler: Handler): Past {
		this.#heir = handler;
		return { trailers: this.#trailers, outcome: this.outcome };
	}

	/** Has a function told of the end of the exchange. */
	whenCompleted(callback: (outcome: Outcome) => void): void {
		if (this.outcome === null) this.#completed.push(callback);
		else callback(this.outcome);
	}

	pull(): void {
		// What comes behind CONNECT is a tunnel's, and not content.
		if (this.#exchange.method === 'CONNECT') queueMicrotask(() => this.#input?.end());
		else this.#exchange.resume();
	}

	hold(): void {
		this.#exchange.pause();
	}

	data(chunk: Uint8Array): unknown {
		if (this.#heir !== null) return this.#heir.data?.(chunk);
		this.#taken = true;
		this.#input?.data(chunk);
		return undefined;
	}

	end(trailers: Fields): unknown {
		this.#trailers = trailers;
		if (this.#heir !== null) return this.#heir.end?.(trailers);
		this.#input?.end();
		return undefined;
	}

	priority(priority: Priority): unknown {
		return this.#heir?.priority?.(priority);
	}

	stopping(): unknown {
		return this.#heir?.stopping?.();
	}

	drain(): unknown {
		if (this.#heir !== null) return this.#heir.drain?.();
		this.full = false;
		for (const { resolve } of this.#waiting.splice(0)) resolve();
		return undefined;
	}

	closed(outcome: Outcome): unknown {
		this.outcome = outcome;
		this.origin?.closed(outcome);
		const heir = this.#heir;
		const callbacks = this.#completed.splice(0);
		if (heir === null && callbacks.length === 0) {
			this.#ended(outcome);
			return undefined;
		}
		// Each hears of it, whatever the others do.
		const first = (async () => heir?.closed?.(outcome))();
		this.#ended(outcome);
		return Promise.all([first, ...callbacks.map(async (callback) => callback(outcome))]);
	}

	#ended(outcome: Outcome): void {
		this.#input?.closed(outcome);
		// Most exchanges end when nobody waits: to make an error is dear.
		if (this.#waiting.length > 0 || this.#interrupt !== null) {
			const ended = new ExchangeEnded(outcome);
			for (const { reject } of this.#waiting.splice(0)) reject(ended);
			this.#interrupt?.(ended);
		}
	}
}
