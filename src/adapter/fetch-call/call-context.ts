/** The context of a request: what it tells is read from the exchange, which stays private. */
import type { FetchContext } from '../../layer/fetch/context.ts';
import type { ConnectionFacts } from '../../rich/connection-facts.ts';
import type { Exchange } from '../../rich/exchange.ts';
import type { Outcome } from '../../rich/outcome.ts';
import type { FieldLines } from '../../wire/fields.ts';

/** What a context asks of the call that it belongs to. */
export interface ContextCall {
	readonly completed: Promise<Outcome>;
	waitUntil(promise: PromiseLike<unknown>): void;
}

export class CallContext implements FetchContext {
	readonly #exchange: Exchange;
	readonly #call: ContextCall;
	#waitUntil: ((promise: PromiseLike<unknown>) => void) | null = null;

	constructor(exchange: Exchange, call: ContextCall) {
		this.#exchange = exchange;
		this.#call = call;
	}

	/** A function that may be called detached. */
	get waitUntil(): (promise: PromiseLike<unknown>) => void {
		this.#waitUntil ??= (promise) => this.#call.waitUntil(promise);
		return this.#waitUntil;
	}
	get completed(): Promise<Outcome> {
		return this.#call.completed;
	}
	get method(): string {
		return this.#exchange.method;
	}
	get target(): string {
		return this.#exchange.target;
	}
	get authority(): string {
		return this.#exchange.authority;
	}
	get fields(): FieldLines {
		return this.#exchange.fields.lines;
	}
	get protocol(): string | null {
		return this.#exchange.protocol;
	}
	get httpVersion(): '1.0' | '1.1' | '2' {
		return this.#exchange.httpVersion;
	}
	get connection(): ConnectionFacts {
		return this.#exchange.connection;
	}
}
