/** How long to wait before a worker is replaced that has ended by itself (WSGI-20). */

const FIRST = 100;
const MOST = 10_000;
/** A worker that has lived so long did not die of how it was begun. */
const SETTLED = 30_000;

/** The waits of one place, in milliseconds. The first is none. */
export class BackOff {
	#next = 0;

	/** @param lived how long the worker had been ready; 0 when it never was */
	wait(lived: number): number {
		if (lived >= SETTLED) this.#next = 0;
		const wait = this.#next;
		this.#next = Math.min(MOST, wait === 0 ? FIRST : 2 * wait);
		return wait;
	}
}
