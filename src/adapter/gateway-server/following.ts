/** The events of an exchange that somebody waits for: content that is read, output that moves, the end. */
import type { Step } from '../../layer/gateway/body-reader.ts';
import type { Exchange } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
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
	readonly #exchange: Exchange;
	/** The end of the request content has come. */
	#requestOver = false;
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
			else if (this.#requestOver) this.#input.end();
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

	pull(): void {
		// What comes behind CONNECT is a tunnel's, and not content.
		if (this.#exchange.method === 'CONNECT') queueMicrotask(() => this.end());
		else this.#exchange.resume();
	}

	hold(): void {
		this.#exchange.pause();
	}

	data(chunk: Uint8Array): void {
		this.#input?.data(chunk);
	}

	end(): void {
		this.#requestOver = true;
		this.#input?.end();
	}

	drain(): void {
		this.full = false;
		for (const { resolve } of this.#waiting.splice(0)) resolve();
	}

	closed(outcome: Outcome): void {
		this.outcome = outcome;
		this.#input?.closed(outcome);
		// Most exchanges end when nobody waits: to make an error is dear.
		if (this.#waiting.length === 0 && this.#interrupt === null) return;
		const ended = new ExchangeEnded(outcome);
		for (const { reject } of this.#waiting.splice(0)) reject(ended);
		this.#interrupt?.(ended);
	}
}
