/** Blocks that have been given away, which must not change any more. */

/** So many blocks are remembered, the last ones; a stream may go on for ever. */
const KEPT = 16;

/** Remembers blocks by a sum of their octets, and notices when one has changed. */
export class GivenBlocks {
	#given: { readonly block: Uint8Array; readonly sum: number }[] = [];

	/** A block was given. */
	add(block: Uint8Array): void {
		if (block.length === 0) return;
		this.#given.push({ block, sum: sumOf(block) });
		if (this.#given.length > KEPT) this.#given.shift();
	}

	/** Whether a block changed since it was given; told once. */
	changed(): boolean {
		const before = this.#given.length;
		this.#given = this.#given.filter(({ block, sum }) => sumOf(block) === sum);
		return this.#given.length < before;
	}

	/** All blocks belong to their giver again. */
	release(): void {
		this.#given = [];
	}
}

/** FNV-1a, 32 bits: no two blocks that differ by accident have the same. */
function sumOf(block: Uint8Array): number {
	let sum = 0x811c9dc5;
	for (let at = 0; at < block.length; at++) sum = Math.imul(sum ^ (block[at] as number), 0x01000193);
	return sum;
}
