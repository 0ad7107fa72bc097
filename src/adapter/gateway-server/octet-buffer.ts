/** Octets that have been received and not been read yet, taken from the front by number or by line. */

const LF = 0x0a;
const NOTHING: Uint8Array = new Uint8Array(0);

/** A queue of chunks. What fits in one chunk is given out without a copy. */
export class OctetBuffer {
	/** Octets that wait. */
	size = 0;
	readonly #chunks: Uint8Array[] = [];
	/** Octets, from the front, in which there is no LF: they are not looked at again. */
	#looked = 0;

	push(chunk: Uint8Array): void {
		if (chunk.length === 0) return;
		this.#chunks.push(chunk);
		this.size += chunk.length;
	}

	/** Takes so many octets, or all when there are fewer. */
	take(count: number): Uint8Array {
		const length = Math.min(count, this.size);
		if (length === 0) return NOTHING;
		this.size -= length;
		this.#looked = Math.max(0, this.#looked - length);
		const first = this.#chunks[0] as Uint8Array;
		if (length < first.length) {
			this.#chunks[0] = first.subarray(length);
			return first.subarray(0, length);
		}
		if (length === first.length) {
			this.#chunks.shift();
			return first;
		}
		const whole = new Uint8Array(length);
		let at = 0;
		let taken = 0;
		for (const chunk of this.#chunks) {
			const part = Math.min(chunk.length, length - at);
			whole.set(part === chunk.length ? chunk : chunk.subarray(0, part), at);
			at += part;
			if (part < chunk.length) this.#chunks[taken] = chunk.subarray(part);
			else taken++;
			if (at === length) break;
		}
		this.#chunks.splice(0, taken);
		return whole;
	}

	/** How long the first line is, its LF included; -1 when no LF has come. */
	lineLength(): number {
		let from = 0;
		for (const chunk of this.#chunks) {
			const end = from + chunk.length;
			if (end > this.#looked) {
				const at = chunk.indexOf(LF, Math.max(0, this.#looked - from));
				if (at >= 0) {
					this.#looked = from + at;
					return from + at + 1;
				}
				this.#looked = end;
			}
			from = end;
		}
		return -1;
	}

	clear(): void {
		this.size = 0;
		this.#chunks.length = 0;
		this.#looked = 0;
	}
}
