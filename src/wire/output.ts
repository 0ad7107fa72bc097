/** A growing buffer in which a connection's output gathers during a turn. */
import { latin1Write } from './latin1.ts';

/** What is allocated at the least. */
const FIRST_SIZE = 4096;
/** Memory larger than this is not kept for the next turn. */
const KEPT_SIZE = 512 * 1024;
/** Up to so many octets a loop copies faster than a call to native code. */
const SMALL = 48;
/** No memory: a connection holds some only while it has output. */
const NONE = new Uint8Array(0);

/** Memory that nobody needs any more, for whoever is the next to need some: one for all, so it is always warm. */
let spare: Uint8Array = NONE;
/** The memory that was taken last, and the part of it that was: most often it is what comes back next. */
let lent: Uint8Array = NONE;
let part: Uint8Array = NONE;

function keep(memory: Uint8Array): void {
	if (memory.length <= KEPT_SIZE && memory.length > spare.length) spare = memory;
}

/** Bytes to be sent. Writers reserve room first, so that the puts themselves need no checks. */
export class Output {
	/** The memory; valid up to {@link at}. Replaced when it grows. */
	bytes: Uint8Array = NONE;
	/** How many bytes have been gathered. */
	at = 0;
	/** How much the last turn needed: the next will need about as much, and growing step by step makes garbage. */
	#usual = FIRST_SIZE;

	/** Makes room for that many more bytes. */
	reserve(size: number): void {
		const needed = this.at + size;
		if (needed <= this.bytes.length) return;
		let length = Math.max(this.bytes.length * 2, this.#usual);
		while (length < needed) length *= 2;
		const grown = length <= spare.length ? spare : new Uint8Array(length);
		if (grown === spare) spare = NONE;
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
		const { length } = chunk;
		this.reserve(length);
		if (length <= SMALL) {
			const { bytes, at } = this;
			for (let i = 0; i < length; i++) bytes[at + i] = chunk[i] as number;
		} else {
			this.bytes.set(chunk, this.at);
		}
		this.at += length;
	}

	/** The bytes gathered so far. The output starts empty again, on other memory, so the caller may keep them. */
	take(): Uint8Array {
		// Servers repeat themselves: the same part of the same memory needs no new view.
		if (this.bytes !== lent || this.at !== part.length) {
			lent = this.bytes;
			part = lent.subarray(0, this.at);
		}
		this.#usual = Math.min(Math.max(this.bytes.length, FIRST_SIZE), KEPT_SIZE);
		this.bytes = NONE;
		this.at = 0;
		return part;
	}

	/** Gives back what `take` gave, when nobody needs it any more: a next turn is gathered in the same memory. */
	reuse(taken: Uint8Array): void {
		keep(taken === part ? lent : new Uint8Array(taken.buffer as ArrayBuffer));
	}

	/** The next turn will need less than the ones before, most likely. */
	release(): void {
		this.#usual = FIRST_SIZE;
	}
}
