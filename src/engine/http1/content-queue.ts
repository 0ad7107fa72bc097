/** Content that waits for the transport: the application's own chunks, not copied until they move into the output. */
import type { Output } from '../../wire/output.ts';

const NOTHING = new Uint8Array(0);
/** Places worth keeping. */
const KEPT = 32;

/** First in, first out. */
export class ContentQueue {
	/** Octets that wait. */
	size = 0;
	readonly #chunks: Uint8Array[] = [];
	/** The first chunk that waits; those before it have gone. */
	#first = 0;
	/** Octets of it that have gone. */
	#gone = 0;

	push(chunk: Uint8Array): void {
		this.#chunks.push(chunk);
		this.size += chunk.length;
	}

	/** Moves that many octets, of those that wait, into the output. */
	move(output: Output, count: number): void {
		output.reserve(count);
		this.size -= count;
		while (count > 0) {
			const chunk = this.#chunks[this.#first] as Uint8Array;
			const part = Math.min(count, chunk.length - this.#gone);
			output.raw(part === chunk.length ? chunk : chunk.subarray(this.#gone, this.#gone + part));
			count -= part;
			this.#gone += part;
			if (this.#gone === chunk.length) {
				this.#chunks[this.#first++] = NOTHING;
				this.#gone = 0;
			}
		}
		this.#compact();
	}

	/** Drops everything. */
	clear(): void {
		this.size = 0;
		// Popping keeps the array's memory, which the next chunk needs again; setting its length to 0 does not.
		if (this.#chunks.length <= KEPT) while (this.#chunks.length > 0) this.#chunks.pop();
		else this.#chunks.length = 0;
		this.#first = 0;
		this.#gone = 0;
	}

	/** Lets go of the places of chunks that have gone, seldom enough to cost nothing for each. */
	#compact(): void {
		if (this.size === 0) this.clear();
		else if (this.#first > KEPT && this.#first * 2 > this.#chunks.length) {
			this.#chunks.splice(0, this.#first);
			this.#first = 0;
		}
	}
}
