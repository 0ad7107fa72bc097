/** What the messages of one direction have said lately: context takeover (RFC 7692 §7.1.1) without a compressor kept. */

const NONE = new Uint8Array(0);

/** The last octets of a stream of messages, as many as references may reach back. */
export class History {
	readonly #size: number;
	#memory: Uint8Array = NONE;
	#from = 0;
	#to = 0;

	/** @param windowBits 8 to 15 */
	constructor(windowBits: number) {
		this.#size = 2 ** windowBits;
	}

	/** What the next message may refer back to; null at the beginning. Valid until the next `add`. */
	get dictionary(): Uint8Array | null {
		return this.#to === this.#from ? null : this.#memory.subarray(this.#from, this.#to);
	}

	/** A message has gone by, uncompressed as it is here. */
	add(message: Uint8Array): void {
		const size = this.#size;
		const added = message.length > size ? message.subarray(message.length - size) : message;
		const kept = Math.min(this.#to - this.#from, size - added.length);
		if (this.#to + added.length > this.#memory.length) this.#move(kept, kept + added.length);
		this.#memory.set(added, this.#to);
		this.#to += added.length;
		this.#from = this.#to - kept - added.length;
	}

	/** Moves what is kept to the front, of larger memory where it may come to that. Twice the size, so as to move seldom. */
	#move(kept: number, needed: number): void {
		const memory =
			needed > this.#memory.length / 2 && this.#memory.length < 2 * this.#size
				? new Uint8Array(Math.min(2 * this.#size, Math.max(256, 2 * needed)))
				: this.#memory;
		const last = this.#memory.subarray(this.#to - kept, this.#to);
		if (memory === this.#memory) memory.copyWithin(0, this.#to - kept, this.#to);
		else memory.set(last);
		this.#memory = memory;
		this.#from = 0;
		this.#to = kept;
	}
}
