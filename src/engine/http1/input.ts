/** Octets received and not yet consumed: in the steady state the last read itself, otherwise a copy of what was left of it. */

const NOTHING = new Uint8Array(0);
/** The least memory taken for octets that are waiting for more. */
const FIRST_SIZE = 256;
/** More than this is never reserved ahead. */
const AHEAD_MAX = 4096;

/** A window on memory that is never written to once it has been handed out. */
export class Input {
	bytes: Uint8Array = NOTHING;
	/** The first octet not consumed. */
	at = 0;
	/** The place behind the last one. */
	end = 0;
	/** The memory is ours, so there may be room behind `end`. */
	#own = false;

	/** How many octets wait. */
	get left(): number {
		return this.end - this.at;
	}

	/** Takes a read; its memory is the input's from now on. */
	put(chunk: Uint8Array): void {
		const left = this.end - this.at;
		if (left === 0) {
			this.bytes = chunk;
			this.at = 0;
			this.end = chunk.length;
			this.#own = false;
		} else if (this.#own && this.end + chunk.length <= this.bytes.length) {
			this.bytes.set(chunk, this.end);
			this.end += chunk.length;
		} else {
			const size = left + chunk.length;
			const grown = new Uint8Array(Math.max(FIRST_SIZE, size + Math.min(size, AHEAD_MAX)));
			grown.set(this.bytes.subarray(this.at, this.end));
			grown.set(chunk, left);
			this.bytes = grown;
			this.at = 0;
			this.end = size;
			this.#own = true;
		}
	}

	/**
	 * The octets from `from` to before `to`, to be kept by somebody else. A small part of a large read is copied, so that
	 * it does not keep the whole of it.
	 */
	view(from: number, to: number): Uint8Array {
		if ((to - from) * 4 < this.bytes.buffer.byteLength) return this.bytes.slice(from, to);
		return this.bytes.subarray(from, to);
	}

	/** The turn is over: a read of which little or nothing is left is let go. */
	settle(): void {
		const left = this.end - this.at;
		if (left === 0) this.clear();
		else if (!this.#own && left * 4 < this.bytes.buffer.byteLength) {
			const kept = this.bytes.slice(this.at, this.end);
			this.clear();
			this.put(kept);
		}
	}

	/** Drops everything. */
	clear(): void {
		this.bytes = NOTHING;
		this.at = 0;
		this.end = 0;
		this.#own = false;
	}
}
