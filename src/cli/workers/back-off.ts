/** How soon a worker that has died is replaced. */

/** One that lived so long, in milliseconds, died of something else than its start. */
const LIVED = 10_000;
const FIRST = 100;
const LONGEST = 10_000;

/** Counts deaths soon after the start, of all workers of a server: what kills one there kills all. */
export class BackOff {
	#deaths = 0;

	/**
	 * A worker has died.
	 * @param age how long it had lived, in milliseconds
	 * @returns how long to wait before another is started, in milliseconds
	 */
	died(age: number): number {
		this.#deaths = age >= LIVED ? 0 : this.#deaths + 1;
		return this.#deaths === 0 ? 0 : Math.min(LONGEST, FIRST * 2 ** (this.#deaths - 1));
	}
}
