/**
 * What all connections of a server hold together for their peers: output that has not left, and input that nobody has taken. Each
 * has bounds of its own; this bounds the sum, at the price of an addition for each turn of a connection.
 */

/** From this part of the limit on connections are given less. */
const SCARCE = 1 / 2;
/** Once the limit is passed, so much of it may stay: whoever has to go goes at once, and not one in each turn. */
const KEPT = 3 / 4;

/** By default 256 MiB, as much again as a process with its applications takes, and enough for thousands of slow clients. */
export const MEMORY: number = 256 * 1024 * 1024;

/** Who holds something. */
export interface Holder {
	/** Octets, as last accounted. */
	readonly holds: number;
	/** Octets, times the milliseconds for which nothing has moved, where that is long: whoever has most goes first. */
	burden(now: number): number;
	/** Ends it, and lets go of what it holds. */
	shed(): void;
}

/** The account of one server. */
export class MemoryBudget {
	/** Octets that are held now. */
	held = 0;
	readonly #limit: number;
	readonly #passed: () => void;
	#isPassed = false;

	/**
	 * @param limit octets
	 * @param passed the limit is passed: `relieve` is wanted soon
	 */
	constructor(limit: number, passed: () => void) {
		this.#limit = limit;
		this.#passed = passed;
	}

	/** There is still room, but not for everybody to have as much as usual. */
	get scarce(): boolean {
		return this.held > this.#limit * SCARCE;
	}

	/** Somebody holds so many octets more, or fewer. */
	change(by: number): void {
		this.held += by;
		if (this.held <= this.#limit || this.#isPassed) return;
		this.#isPassed = true;
		this.#passed();
	}

	/**
	 * Ends those that hold most for longest, until there is room again.
	 * @returns how many
	 */
	relieve(holders: Iterable<Holder>, now: number): number {
		this.#isPassed = false;
		if (this.held <= this.#limit) return 0;
		const burdens = [...holders]
			.filter(({ holds }) => holds > 0)
			.map((holder) => ({ holder, burden: holder.burden(now) }));
		burdens.sort((a, b) => b.burden - a.burden);
		let ended = 0;
		for (const { holder } of burdens) {
			if (this.held <= this.#limit * KEPT) break;
			holder.shed();
			ended++;
		}
		return ended;
	}
}
