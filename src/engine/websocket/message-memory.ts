/** What has come of a message that is not complete, in one piece of memory. */
import { giveMemory, takeMemory } from '../../wire/output-memory.ts';

const NONE = new Uint8Array(0);
/** The least that is taken, if the message is expected to be as long. */
const FIRST_SIZE = 1024;
/** From so many octets on it is memory that served before: new memory must be cleared. */
const POOLED_FROM = 16 * 1024;

/** Grows with what comes, and not with what a peer says will come. */
export class MessageMemory {
	/** Its memory; valid up to `size`. */
	bytes: Uint8Array = NONE;
	/** How many octets it holds. */
	size = 0;

	/**
	 * Copies octets behind those it holds.
	 * @param expected how many octets the message will have at least: no more is taken ahead
	 */
	add(bytes: Uint8Array, from: number, to: number, expected: number): void {
		const needed = this.size + to - from;
		if (needed > this.bytes.length) {
			const size = Math.max(needed, Math.min(expected, Math.max(FIRST_SIZE, 2 * needed)));
			const grown = size < POOLED_FROM ? new Uint8Array(size) : takeMemory(size);
			grown.set(this.bytes.subarray(0, this.size));
			if (this.bytes.length >= POOLED_FROM) giveMemory(this.bytes);
			this.bytes = grown;
		}
		this.bytes.set(bytes.subarray(from, to), this.size);
		this.size = needed;
	}

	/** Nobody needs what it holds any more. */
	release(): void {
		if (this.bytes.length >= POOLED_FROM) giveMemory(this.bytes);
		this.bytes = NONE;
		this.size = 0;
	}

	/** What it holds. The memory is the caller's from now on, without much room behind it. */
	take(): Uint8Array {
		const { size } = this;
		const bytes = this.bytes;
		this.bytes = NONE;
		this.size = 0;
		if (size === bytes.length) return bytes;
		return size * 2 < bytes.length ? bytes.slice(0, size) : bytes.subarray(0, size);
	}
}
