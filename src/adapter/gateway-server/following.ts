/** The events of an exchange that somebody waits for: content that is read, output that moves, the end. */
import type { Origin } from '../../escape/origin.ts';
import type { Step } from '../../layer/gateway/body-reader.ts';
import { YieldingHandler } from '../../layer/yielding-handler.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';
import { ContentInput, type ContentSource } from './content-input.ts';

/** Whoever waits for drain. */
interface Waiter {
	readonly resolve: () => void;
	readonly reject: (error: ExchangeEnded) => void;
}

/** The handler of an exchange. Most requests are answered before there is an event, and have none. */
export class Following extends YieldingHandler implements ContentSource {
	override outcome: Outcome | null = null;
	/** Output waits, and drain is to come. Set when a write says so. */
	full = false;
	/** The escapes of the exchange, if there are any: they are told of its end. */
	origin: Origin | null = null;
	readonly #exchange: Exchange;
	#completed: ((outcome: Outcome) => void)[] = [];
	#input: ContentInput | null = null;
	#waiting: Waiter[] = [];
	/** Breaks off the wait for a step of the body. */
	#interrupt: ((error: ExchangeEnded) => void) | null = null;

	/** Attaches itself. Content waits until it is read. */
	constructor(exchange: Exchange) {
		super();
		this.#exchange = exchange;
		exchange.pause();
		exchange.attach(this);
	}

	/** The request content. */
	get input(): ContentInput {
		if (this.#input === null) {
			this.#input = new ContentInput(this);
			if (this.outcome !== null) this.#input.closed(this.outcome);
			else if (this.requestTrailers !== null) this.#input.end();
		}
		return this.#input;
	}

	/** Whether a step of the body has been asked for and has not come. */
	get stepping(): boolean {
		return this.#interrupt !== null;
	}

	/** Resolves when output that is full moves; rejects when the exchange ends. */
	moving(): Promise<void> {
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

	protected override take(chunk: Uint8Array): void {
		this.#input?.data(chunk);
	}

	protected override taken(): void {
		this.#input?.end();
	}

	protected override drained(): void {
		this.full = false;
		for (const { resolve } of this.#waiting.splice(0)) resolve();
	}

	override closed(outcome: Outcome): unknown {
		this.outcome = outcome;
		this.origin?.closed(outcome);
		const { successor } = this;
		const callbacks = this.#completed.splice(0);
		if (successor === null && callbacks.length === 0) {
			this.#ended(outcome);
			return undefined;
		}
		// Each hears of it, whatever the others do.
		const first = (async () => successor?.closed?.(outcome))();
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
