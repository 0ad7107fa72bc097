/** Error pages: what a client is told when the application fails before its response has begun. */
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange } from '../rich/exchange.ts';
import { type Handler, requireHandler } from '../rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../rich/outcome.ts';
import { isThenable } from '../rich/thenable.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import type { Priority } from '../wire/carrier.ts';
import { Misuse } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';
import { chosenType } from '../wire/negotiation.ts';
import { utf8 } from '../wire/utf8.ts';
import { type ErrorFacts, errorFacts } from './error-pages/facts.ts';
import { PAGE_TYPES, PAGES } from './error-pages/pages.ts';

/** What is told, and to whom. Everything has a default. */
export interface ErrorPagesOptions {
	/**
	 * Whether pages have the message, the stack, the causes and the lines of the source: no by default. Never where others
	 * than the developers can see them.
	 */
	readonly development?: boolean;
	/**
	 * The status of an error, 400 to 599; 500 by default. What is not 500 and more is the client's fault: it is answered, and
	 * the log is not told.
	 */
	readonly status?: (error: unknown) => number;
}

/**
 * Answers for an application that throws, or rejects, before its response has begun: in HTML, JSON (RFC 9457) or plain
 * text, as Accept prefers. Afterwards the failure goes on its way, so that the server's log is told of it. Once a response
 * has begun nothing is added to it: the failure is the server's business, as without this (RICH-28).
 *
 * Failures of the handler's events count too, those of tunnels and of what is pushed do not. In production a page says no
 * more than the status.
 *
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1)
 * @example
 * import { errorPages } from 'rsgi/middleware/error-pages';
 * export default errorPages({ development: process.env.NODE_ENV === 'development' })(app);
 */
export function errorPages(options: ErrorPagesOptions = {}): RichMiddleware {
	const { development = false, status = () => 500 } = options;
	if (typeof development !== 'boolean') {
		// A truthy string such as 'false', from the environment, must not open the source to the world.
		throw new Misuse('MW-1', `development is true or false, not ${JSON.stringify(development)}.`);
	}
	return (app: RichApp): RichApp => {
		requireRich(app, 'errorPages()');
		return rich((exchange) => {
			const guard = new Guard(exchange, development, status);
			return guard.watch(() => WrappedExchange.run(app, new GuardedExchange(exchange, guard))) as ReturnType<RichApp>;
		}, app);
	};
}

/** Runs what may fail, and answers for it. */
class Guard {
	readonly #exchange: Exchange;
	readonly #development: boolean;
	readonly #status: (error: unknown) => number;

	constructor(exchange: Exchange, development: boolean, status: (error: unknown) => number) {
		this.#exchange = exchange;
		this.#development = development;
		this.#status = status;
	}

	/** Gives what `act` gives; a failure is given on when it has been answered. */
	watch(act: () => unknown): unknown {
		let result: unknown;
		try {
			result = act();
		} catch (error) {
			return this.#answer(error);
		}
		return isThenable(result)
			? (result as PromiseLike<unknown>).then(undefined, (error: unknown) => this.#answer(error))
			: result;
	}

	#answer(error: unknown): void | Promise<void> {
		if (this.#isLate() || ExchangeEnded.is(error)) throw error;
		const status = this.#statusOf(error);
		if (!this.#development) return this.#send(status, null, error);
		return errorFacts(error).then((facts) => this.#send(status, facts, error));
	}

	#send(status: number, facts: ErrorFacts | null, error: unknown): void {
		// While the source was read something else may have answered, or ended the exchange.
		if (!this.#isLate()) {
			const exchange = this.#exchange;
			const type = chosenType(exchange.fields.combined('accept'), PAGE_TYPES);
			const content = utf8(PAGES[type]?.(status, facts, exchange) ?? '');
			exchange.respond(status, [
				...['content-type', /^text\//.test(type) ? `${type}; charset=utf-8` : type],
				...['content-length', String(content.length), 'cache-control', 'no-store', 'vary', 'accept'],
				...['x-content-type-options', 'nosniff'],
				...['content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"],
			]);
			exchange.end(content);
			if (status < 500) {
				exchange.discard();
				return;
			}
		}
		throw error;
	}

	#isLate(): boolean {
		return this.#exchange.responded || this.#exchange.outcome !== null;
	}

	#statusOf(error: unknown): number {
		const status = this.#status(error);
		return Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
	}
}

class GuardedExchange extends WrappedExchange {
	readonly #guard: Guard;

	constructor(exchange: Exchange, guard: Guard) {
		super(exchange);
		this.#guard = guard;
	}

	override attach(handler: Handler): void {
		requireHandler(handler);
		super.attach(new GuardedHandler(handler, this.#guard) as Handler);
	}
}

/** It has `data` only if the application's handler has: `data` asks for 100 (Continue). */
class GuardedHandler {
	readonly #handler: Handler;
	readonly #guard: Guard;

	constructor(handler: Handler, guard: Guard) {
		this.#handler = handler;
		this.#guard = guard;
	}

	get data(): ((chunk: Uint8Array) => unknown) | undefined {
		return this.#handler.data === undefined ? undefined : GuardedHandler.#data;
	}
	static #data(this: GuardedHandler, chunk: Uint8Array): unknown {
		return this.#guard.watch(() => this.#handler.data?.(chunk));
	}
	end(trailers: Fields): unknown {
		return this.#guard.watch(() => this.#handler.end?.(trailers));
	}
	drain(): unknown {
		return this.#guard.watch(() => this.#handler.drain?.());
	}
	priority(priority: Priority): unknown {
		return this.#guard.watch(() => this.#handler.priority?.(priority));
	}
	stopping(): unknown {
		return this.#guard.watch(() => this.#handler.stopping?.());
	}
	closed(outcome: Outcome): unknown {
		return this.#handler.closed?.(outcome);
	}
}
