/** A growing buffer in which a connection's output gathers during a turn. */
import { latin1Write } from './latin1.ts';

/** What is allocated at the least. */
const FIRST_SIZE = 4096;
/** Memory larger than this is not kept for the next turn. */
const KEPT_SIZE = 512 * 1024;
/** No memory: an idle connection holds none. */
const NONE = new Uint8Array(0);

/** Bytes to be sent. Writers reserve room first, so that the puts themselves need no checks. */
export class Output {
	/** The memory; valid up to {@link at}. Replaced when it grows. */
	bytes: Uint8Array = NONE;
	/** How many bytes have been gathered. */
	at = 0;
	/** How much the last turn needed: the next will need about as much, and growing step by step makes garbage. */
	#usual = FIRST_SIZE;
	/** Memory that nobody needs any more, for the next turn. */
	#spare: Uint8Array = NONE;

	/** Makes room for that many more bytes. */
	reserve(size: number): void {
		const needed = this.at + size;
		if (needed <= this.bytes.length) return;
		let length = Math.max(this.bytes.length * 2, this.#usual);
		while (length < needed) length *= 2;
		const grown = length <= this.#spare.length ? this.#spare : new Uint8Array(length);
		if (grown === this.#spare) this.#spare = NONE;
		if (this.at > 0) grown.set(this.bytes.subarray(0, this.at));
		this.bytes = grown;
	}

	/** One octet; room must have been reserved. */
	u8(value: number): void {
		this.bytes[this.at++] = value;
	}

	/** Two octets, most significant first; room must have been reserved. */
	u16(value: number): void {
		this.bytes[this.at++] = value >>> 8;
		this.bytes[this.at++] = value;
	}

	/** Three octets, most significant first; room must have been reserved. */
	u24(value: number): void {
		this.bytes[this.at++] = value >>> 16;
		this.bytes[this.at++] = value >>> 8;
		this.bytes[this.at++] = value;
	}

	/** Four octets, most significant first; room must have been reserved. */
	u32(value: number): void {
		this.bytes[this.at++] = value >>> 24;
		this.bytes[this.at++] = value >>> 16;
		this.bytes[this.at++] = value >>> 8;
		this.bytes[this.at++] = value;
	}

	/** A latin-1 string, one octet per character. Reserves its own room. */
	latin1(text: string): void {
		this.reserve(text.length);
		this.at = latin1Write(this.bytes, this.at, text);
	}

	/** A copy of the chunk. Reserves its own room. */
	raw(chunk: Uint8Array): void {
		this.reserve(chunk.length);
		this.bytes.set(chunk, this.at);
		this.at += chunk.length;
	}

	/** The bytes gathered so far. The output starts empty again, on other memory, so the caller may keep them. */
	take(): Uint8Array {
		const taken = this.bytes.subarray(0, this.at);
		this.#usual = Math.min(Math.max(this.bytes.length, FIRST_SIZE), KEPT_SIZE);
		this.bytes = NONE;
		this.at = 0;
		return taken;
	}

	/** Gives back what `take` gave, when nobody needs it any more: a next turn is gathered in the same memory. */
	reuse(taken: Uint8Array): void {
		const { buffer } = taken;
		if (buffer.byteLength <= KEPT_SIZE && buffer.byteLength > this.#spare.length) {
			this.#spare = new Uint8Array(buffer as ArrayBuffer);
		}
	}

	/** Lets go of memory that waits for a next turn. */
	release(): void {
		this.#spare = NONE;
		this.#usual = FIRST_SIZE;
	}
}
