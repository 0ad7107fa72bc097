/** Streams that we have reset while the peer could still send on them (RFC 9113 §5.1, closed). */

/** So many are remembered one by one. */
const REMEMBERED = 1024;

/**
 * Remembers the latest of them, so that frames which were on their way are told from frames on streams that were closed
 * by both sides. Of streams that are too long ago it is not known any more; they get the benefit of the doubt.
 */
export class ResetMemory {
	/** In the order in which they were added. */
	readonly #streams: Set<number> = new Set();
	/** The highest identifier that has been dropped from the memory. */
	#dropped = 0;

	add(stream: number): void {
		this.#streams.add(stream);
		if (this.#streams.size <= REMEMBERED) return;
		for (const oldest of this.#streams) {
			this.#streams.delete(oldest);
			this.#dropped = Math.max(this.#dropped, oldest);
			return;
		}
	}

	/** Whether frames on it may have been on their way when we reset it. */
	has(stream: number): boolean {
		return stream <= this.#dropped || this.#streams.has(stream);
	}

	/** The peer has ended or reset it too: nothing more can be on its way. */
	settle(stream: number): void {
		this.#streams.delete(stream);
	}
}
