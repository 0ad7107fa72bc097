/** The body of a placeholder whose head has gone to the server by nobody else: its one block is made for whoever asks. */
import type { Placeholder } from '../../escape/origin.ts';

/** A body of one block. While nobody has asked for that, it is known to be as it was made. */
export class MadeBody implements Iterable<Uint8Array> {
	readonly #made: Placeholder;
	#blocks: readonly Uint8Array[] | null = null;

	constructor(made: Placeholder) {
		this.#made = made;
	}

	[Symbol.iterator](): Iterator<Uint8Array> {
		this.#blocks ??= [this.#made.content];
		return this.#blocks[Symbol.iterator]();
	}

	/** What a body is the content of, if nobody has looked at it; null of every other body. */
	static untouched(body: unknown): Placeholder | null {
		return typeof body === 'object' && body !== null && #made in body && body.#blocks === null ? body.#made : null;
	}
}
