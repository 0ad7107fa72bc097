/** The content of the current request, as its framing marks it out in the bytes that come (RFC 9112 §6.3). */
import type { Fault } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { Http1Limits } from './limits.ts';
import { END, MORE } from './verdict.ts';

/** Marks out content: by length, or by chunks. */
export class RequestContent {
	/** The place up to which octets were consumed by the last {@link next}. */
	at = 0;
	/** The content has been read to its end. */
	over = true;
	/** Octets still to come, or -1 when only the chunks will tell. */
	remaining = 0;
	readonly #limits: Http1Limits;
	/** Made for the first content in chunks: most connections have none. */
	#chunked: ChunkedDecoder | null = null;

	constructor(limits: Http1Limits) {
		this.#limits = limits;
	}

	/** A request begins. @param length as announced, or -1 for chunked */
	begin(length: number): void {
		this.remaining = length;
		this.over = length === 0;
		if (length >= 0) return;
		this.#chunked ??= new ChunkedDecoder(this.#limits);
		this.#chunked.begin();
	}

	get fault(): Fault | null {
		return this.#chunked?.fault ?? null;
	}

	/** The trailer fields of the content that is over. */
	trailers(): Fields {
		return this.remaining < 0 && this.#chunked !== null ? this.#chunked.trailers : new Fields();
	}

	/**
	 * Reads on from `at`, up to the next stretch of content, which then stands from the result to before `this.at`.
	 * @returns where the content begins, or MORE, END or BAD
	 */
	next(bytes: Uint8Array, at: number, end: number): number {
		if (this.remaining < 0) {
			const chunked = this.#chunked as ChunkedDecoder;
			const read = chunked.next(bytes, at, end);
			this.at = chunked.at;
			if (read === END) this.over = true;
			return read;
		}
		this.at = Math.min(end, at + this.remaining);
		if (this.remaining === 0) {
			this.over = true;
			return END;
		}
		if (at === end) return MORE;
		this.remaining -= this.at - at;
		return at;
	}
}
