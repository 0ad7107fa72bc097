/** Which branches a run has taken, and how often: whether it did anything that none before it has done. */

/** More than the sources have. */
const BRANCHES_MAX = 1 << 16;

declare global {
	/** How often each branch was taken since the last reset, modulo 256. */
	var branches: Uint8Array<ArrayBuffer>;
}

/** How often, in classes: once more or less is new where few, and is not where many. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, count) => {
	if (count < 4) return [0, 1, 2, 4][count] as number;
	return count < 8 ? 8 : count < 16 ? 16 : count < 32 ? 32 : count < 128 ? 64 : 128;
});

let taken = 0;

/** What has been seen by all runs. */
export class Coverage {
	readonly #seen = new Uint8Array(BRANCHES_MAX);

	/** Makes the counters. */
	static install(): void {
		globalThis.branches = new Uint8Array(BRANCHES_MAX);
	}

	/** The number of the next counter. */
	static take(this: void): number {
		if (taken === BRANCHES_MAX) throw new Error(`There are more than ${BRANCHES_MAX} branches.`);
		return taken++;
	}

	/** How many branches there are. */
	static get total(): number {
		return taken;
	}

	/** How many branches were ever taken. */
	get reached(): number {
		return this.#seen.reduce((sum, seen) => sum + (seen === 0 ? 0 : 1), 0);
	}

	/** Forgets the last run. */
	reset(): void {
		globalThis.branches.fill(0, 0, taken);
	}

	/** How much of the last run was new. What it did is seen from now on. */
	learn(): number {
		const { branches } = globalThis;
		const seen = this.#seen;
		let fresh = 0;
		for (let at = 0; at < taken; at++) {
			const count = branches[at] as number;
			if (count === 0) continue;
			const bit = CLASSES[count] as number;
			const before = seen[at] as number;
			if ((before & bit) !== 0) continue;
			seen[at] = before | bit;
			fresh++;
		}
		return fresh;
	}
}
