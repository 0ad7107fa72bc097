/** A rate with a burst, as a token bucket; the time is passed in. */

/** Holds up to `burst` tokens and gains `perSecond` of them a second. */
export class TokenBucket {
	readonly #perSecond: number;
	readonly #burst: number;
	#tokens: number;
	/** When tokens were last gained, in milliseconds; NaN before the first. */
	#since = Number.NaN;

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
		if (this.#tokens < count) this.#gain(now);
		if (this.#tokens < count) return false;
		this.#tokens -= count;
		return true;
	}

	/** Puts tokens back, for something that makes up for their use. */
	earn(count: number): void {
		this.#tokens = Math.min(this.#burst, this.#tokens + count);
	}

	/** Time passes: without this, time is counted from the first shortage on. */
	advance(now: number): void {
		this.#gain(now);
	}

	#gain(now: number): void {
		const elapsed = now - this.#since;
		this.#since = now;
		// NaN before the first: nothing is gained.
		if (elapsed > 0) this.#tokens = Math.min(this.#burst, this.#tokens + (elapsed * this.#perSecond) / 1000);
	}
}
