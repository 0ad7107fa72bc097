/** A growing buffer in which a connection's output gathers during a turn. */
import { latin1Write } from './latin1.ts';
import { giveMemory, takeMemory } from './output-memory.ts';

/** More than this is not asked for ahead, in octets. */
const USUAL_MAX = 512 * 1024;
/** Up to so many octets a loop copies faster than a call to native code. */
const SMALL = 48;
/** From so many octets on, content is sent from where it is, where that can be: copying it would cost more than a piece of its own. */
const LENT_SIZE = 8 * 1024;
/** No memory: a connection holds some only while it has output. */
const NONE = new Uint8Array(0);

/** The memory that was taken last, and the part of it that was: most often it is what comes back next. */
let lent: Uint8Array = NONE;
let part: Uint8Array = NONE;

/** Bytes to be sent. Writers reserve room first, so that the puts themselves need no checks. */
export class Output {
	/** The memory; valid up to {@link at}. Replaced when it grows. */
	bytes: Uint8Array = NONE;
	/** How many bytes have been put into it. */
	at = 0;
	/** Large content is not copied: the transport takes pieces. */
	lends = false;
	/** What is to be sent so far where some of it is lent, first first; null where all of it is in the memory. */
	#pieces: Uint8Array[] | null = null;
	/** How much of the memory is in these pieces. */
	#sealed = 0;
	/** Octets of content among them. */
	#lent = 0;
	/** How much the last turn needed: the next will need about as much, and growing step by step copies it. */
	#usual = 0;

	/** How many bytes have been gathered, copied or lent. */
	get size(): number {
		return this.at + this.#lent;
	}

	/** Makes room for that many more bytes. */
	reserve(size: number): void {
		const needed = this.at + size;
		if (needed <= this.bytes.length) return;
		const grown = takeMemory(Math.max(needed, this.#usual));
		if (this.at > 0) {
			grown.set(this.bytes.subarray(0, this.at));
			if (this.#pieces === null) giveMemory(this.bytes);
		}
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
		if (length <= SMALL) {
			this.#few(chunk, 0, length);
			return;
		}
		this.reserve(length);
		this.bytes.set(chunk, this.at);
		this.at += length;
	}

	/** A part of a chunk of content: copied, or lent to the transport until it has left. Reserves its own room. */
	content(chunk: Uint8Array, from: number, count: number): void {
		const isWhole = from === 0 && count === chunk.length;
		if (!this.lends || count < LENT_SIZE) {
			if (isWhole || count > SMALL) this.raw(isWhole ? chunk : chunk.subarray(from, from + count));
			else this.#few(chunk, from, count);
			return;
		}
		this.#pieces ??= [];
		this.#seal(this.#pieces);
		this.#pieces.push(isWhole ? chunk : chunk.subarray(from, from + count));
		this.#lent += count;
	}

	#few(chunk: Uint8Array, from: number, count: number): void {
		this.reserve(count);
		const { bytes, at } = this;
		for (let i = 0; i < count; i++) bytes[at + i] = chunk[from + i] as number;
		this.at += count;
	}

	/** What was put into the memory since the last piece is one. */
	#seal(pieces: Uint8Array[]): void {
		if (this.at > this.#sealed) pieces.push(this.bytes.subarray(this.#sealed, this.at));
		this.#sealed = this.at;
	}

	/** Whether some of what was gathered is lent: then it is taken by {@link takePieces}. */
	get inPieces(): boolean {
		return this.#pieces !== null;
	}

	/** The same as {@link take} where some of it is lent. No memory of it comes back. */
	takePieces(): Uint8Array[] {
		const pieces = this.#pieces ?? [];
		this.#seal(pieces);
		this.#pieces = null;
		this.#sealed = 0;
		this.#lent = 0;
		this.bytes = NONE;
		this.at = 0;
		return pieces;
	}

	/** The bytes gathered so far. The output starts empty again, on other memory, so the caller may keep them. */
	take(): Uint8Array {
		// Servers repeat themselves: the same part of the same memory needs no new view.
		if (this.bytes !== lent || this.at !== part.length) {
			lent = this.bytes;
			part = lent.subarray(0, this.at);
		}
		this.#usual = Math.min(this.at, USUAL_MAX);
		this.bytes = NONE;
		this.at = 0;
		return part;
	}

	/** Gives back what `take` gave, when nobody needs it any more: a next turn is gathered in the same memory. */
	reuse(taken: Uint8Array): void {
		giveMemory(taken === part ? lent : new Uint8Array(taken.buffer as ArrayBuffer));
	}

	/** The next turn will need less than the ones before, most likely. */
	release(): void {
		this.#usual = 0;
	}
}
