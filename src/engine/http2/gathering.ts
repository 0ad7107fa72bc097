/**
 * Things that gather during a turn, until all of them are taken: in two arrays that serve in turns. An array for each turn
 * would be garbage that keeps other garbage, once a collection has found it in use (docs/performance.md).
 */
export class Gathering<T extends object> {
	/** How many have gathered. */
	count = 0;
	#items: (T | null)[] = [];
	#others: (T | null)[] = [];

	add(item: T): void {
		this.#items[this.count++] = item;
	}

	/** Those that have gathered, without taking them. */
	peek(): readonly T[] {
		return this.#items.slice(0, this.count) as T[];
	}

	/**
	 * Calls `each` for all that have gathered, which are gone then; what gathers meanwhile waits for the next time. Never
	 * called within `each`.
	 */
	take(each: (item: T) => void): void {
		const items = this.#items;
		const { count } = this;
		this.#items = this.#others;
		this.#others = items;
		this.count = 0;
		for (let at = 0; at < count; at++) {
			const item = items[at] as T;
			items[at] = null;
			each(item);
		}
	}
}
