/** Things that come and go for as long as a process lives, in an array that holds nothing of those that are gone. */

/** What can be in one roster at a time: it keeps its place there. */
export interface Rostered {
	/** Kept by the roster; -1 outside of it. */
	place: number;
}

/**
 * A set without order. Not a Set: that leaves tables behind which keep what was in them until the next full collection
 * (docs/performance.md).
 */
export class Roster<T extends Rostered> {
	readonly #all: T[] = [];

	/** How many there are. */
	get size(): number {
		return this.#all.length;
	}

	/** Puts it in, if it is not in. */
	add(one: T): void {
		if (one.place >= 0) return;
		one.place = this.#all.length;
		this.#all.push(one);
	}

	/** Takes it out, if it is in. */
	delete(one: T): void {
		const { place } = one;
		if (place < 0) return;
		one.place = -1;
		const last = this.#all.pop() as T;
		if (last === one) return;
		this.#all[place] = last;
		last.place = place;
	}

	/** Takes all out. */
	clear(): void {
		for (const one of this.#all) one.place = -1;
		this.#all.length = 0;
	}

	/** All that are in at this moment, in no order. */
	values(): readonly T[] {
		return this.#all.slice();
	}
}
