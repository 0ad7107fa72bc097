/** A rate with a burst, as a token bucket; the time is passed in. */

/** Holds up to `burst` tokens and gains `perSecond` of them a second. */
export class TokenBucket {
	readonly #perSecond: number;
	readonly #burst: number;
	#tokens: number;
	/** When tokens were last gained, in milliseconds; -1 before the first were taken. */
	#since = -1;

	/** It starts full. */
	constructor(burst: number, perSecond: number) {
		this.#burst = burst;
		this.#perSecond = perSecond;
		this.#tokens = burst;
	}

	/**
	 * Takes that many tokens, if they are there.
	 * @param now milliseconds of a clock that never runs backwards
	 */
	take(count: number, now: number): boolean {
		if (this.#since < 0) this.#since = now;
		if (this.#tokens < count) this.#gain(now);
		if (this.#tokens < count) return false;
		this.#tokens -= count;
		return true;
	}

	/** Puts tokens back, for something that makes up for their use. */
	earn(count: number): void {
		this.#tokens = Math.min(this.#burst, this.#tokens + count);
	}

	#gain(now: number): void {
		this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#since) * this.#perSecond) / 1000);
		this.#since = now;
	}
}
