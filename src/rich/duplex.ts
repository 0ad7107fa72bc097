/** For those who prefer loops to events: content as an async iterable, and writes that can be awaited. */
import { Misuse } from '../wire/fault.ts';
import type { Fields, FieldsInit } from '../wire/fields.ts';
import { quiet } from '../wire/quiet.ts';
import type { Exchange } from './exchange.ts';
import { ExchangeEnded, type Outcome } from './outcome.ts';

/**
 * Both directions of an exchange for async code. It attaches itself, so nothing else may.
 *
 * @example
 * const app = rich(async (exchange) => {
 *   const { content, write, end } = duplex(exchange);
 *   exchange.respond(200);
 *   for await (const chunk of content) await write(chunk);
 *   end();
 * });
 */
export interface Duplex {
	/**
	 * The request content. One reader; leaving the loop early discards the rest. Iteration throws {@link ExchangeEnded} when
	 * the exchange ends before the content does.
	 */
	readonly content: AsyncIterableIterator<Uint8Array, undefined>;
	/** The request's trailer fields, once the content has been read to its end; null until then. */
	readonly trailers: Fields | null;
	/** How the exchange ended. Never rejects. */
	readonly closed: Promise<Outcome>;
	/**
	 * Writes a chunk; resolves when more may be written. Rejects with {@link ExchangeEnded} when the exchange ends first, and
	 * with Misuse while a write before it is pending; `end` throws then, since the chunk is missing.
	 */
	readonly write: (chunk: Uint8Array) => Promise<void>;
	/** Ends the response, as `exchange.end`. Content that nobody has begun to read by then is discarded. */
	readonly end: (chunk?: Uint8Array | null, trailers?: FieldsInit) => void;
}

/**
 * Attaches to an exchange and gives both its directions as awaitable things.
 * @throws Misuse when a handler is attached already (RICH-4)
 */
export function duplex(exchange: Exchange): Duplex {
	return new DuplexHandler(exchange);
}

/**
 * The request content as an async iterable. It attaches itself, so nothing else may; use {@link duplex} to write as well.
 * Nothing is read before the first `next()`, so a client that waits for 100 (Continue) gets it then.
 *
 * @throws Misuse when a handler is attached already (RICH-4)
 * @example
 * let length = 0;
 * for await (const chunk of content(exchange)) length += chunk.length;
 */
export function content(exchange: Exchange): AsyncIterableIterator<Uint8Array, undefined> {
	return duplex(exchange).content;
}

class DuplexHandler implements Duplex {
	readonly closed: Promise<Outcome>;
	readonly content: AsyncIterableIterator<Uint8Array, undefined>;
	trailers: Fields | null = null;

	readonly #exchange: Exchange;
	readonly #chunks: Uint8Array[] = [];
	#outcome: Outcome | null = null;
	#started = false;
	#finished = false;
	/** A write was refused because the one before was pending: its chunk is missing. */
	#hole: Misuse | null = null;
	#reader: { resolve: (result: IteratorResult<Uint8Array, undefined>) => void; reject: (error: Error) => void } | null =
		null;
	#writers: { resolve: () => void; reject: (error: Error) => void }[] = [];
	#close!: (outcome: Outcome) => void;

	constructor(exchange: Exchange) {
		this.#exchange = exchange;
		this.closed = new Promise((resolve) => {
			this.#close = resolve;
		});
		this.content = {
			next: () => this.#next(),
			return: () => this.#return(),
			[Symbol.asyncIterator]() {
				return this;
			},
		};
		exchange.pause();
		exchange.attach({
			data: (chunk) => this.#data(chunk),
			end: (trailers) => this.#end(trailers),
			drain: () => this.#drain(),
			closed: (outcome) => this.#closed(outcome),
		});
	}

	readonly write = (chunk: Uint8Array): Promise<void> => {
		if (this.#outcome !== null) return quiet(Promise.reject(new ExchangeEnded(this.#outcome)));
		if (this.#writers.length > 0) {
			this.#hole ??= new Misuse(
				'RICH-22',
				'write() was called while one before it is still pending: await each write.',
			);
			return quiet(Promise.reject(this.#hole));
		}
		let more: boolean;
		try {
			more = this.#exchange.write(chunk);
		} catch (error) {
			return quiet(Promise.reject(error as Error));
		}
		if (more) return Promise.resolve();
		return quiet(new Promise((resolve, reject) => this.#writers.push({ resolve, reject })));
	};

	readonly end = (chunk?: Uint8Array | null, trailers?: FieldsInit): void => {
		// What is missing in the middle would pass for whole.
		if (this.#hole !== null && this.#outcome === null) throw this.#hole;
		this.#exchange.end(chunk, trailers);
		if (!this.#started) this.#exchange.discard();
		for (const writer of this.#writers.splice(0)) writer.resolve();
	};

	#next(): Promise<IteratorResult<Uint8Array, undefined>> {
		this.#started = true;
		const chunk = this.#chunks.shift();
		if (chunk !== undefined) return Promise.resolve({ done: false, value: chunk });
		if (this.#finished) return Promise.resolve({ done: true, value: undefined });
		if (this.#outcome !== null) return quiet(Promise.reject(new ExchangeEnded(this.#outcome)));
		if (this.#reader !== null) {
			return quiet(
				Promise.reject(new Misuse('RICH-4', 'Content has one reader: next() was called while another is pending.')),
			);
		}
		const given = new Promise<IteratorResult<Uint8Array, undefined>>((resolve, reject) => {
			this.#reader = { resolve, reject };
			this.#exchange.resume();
		});
		return quiet(given);
	}

	#return(): Promise<IteratorResult<Uint8Array, undefined>> {
		if (!this.#finished) {
			this.#finished = true;
			this.#chunks.length = 0;
			this.#exchange.discard();
			this.#reader?.resolve({ done: true, value: undefined });
			this.#reader = null;
		}
		return Promise.resolve({ done: true, value: undefined });
	}

	#data(chunk: Uint8Array): void {
		this.#exchange.pause();
		const reader = this.#reader;
		this.#reader = null;
		if (reader === null) this.#chunks.push(chunk);
		else reader.resolve({ done: false, value: chunk });
	}

	#end(trailers: Fields): void {
		this.trailers = trailers;
		this.#finished = true;
		const reader = this.#reader;
		this.#reader = null;
		reader?.resolve({ done: true, value: undefined });
	}

	#drain(): void {
		for (const writer of this.#writers.splice(0)) writer.resolve();
	}

	#closed(outcome: Outcome): void {
		this.#outcome = outcome;
		this.#close(outcome);
		const reader = this.#reader;
		this.#reader = null;
		reader?.reject(new ExchangeEnded(outcome));
		for (const writer of this.#writers.splice(0)) writer.reject(new ExchangeEnded(outcome));
	}
}
