/** Flow control (RFC 9113 §5.2, §6.9): how much one side may send before the other allows more. */
import { WINDOW_MAX } from './frame.ts';

/** What the peer lets us send, on a stream or on the connection. */
export class SendWindow {
	/** Octets of content that may be sent now. Negative after the peer lowered its initial window (RFC 9113 §6.9.2). */
	available: number;

	constructor(size: number) {
		this.available = size;
	}

	/** That much has been sent. */
	spend(octets: number): void {
		this.available -= octets;
	}

	/** The peer allows that much more, or less. False when the window would pass 2^31-1 (RFC 9113 §6.9.1). */
	widen(octets: number): boolean {
		if (this.available + octets > WINDOW_MAX) return false;
		this.available += octets;
		return true;
	}
}

/**
 * What we let the peer send. Its size is always the sum of three parts: what the peer may send now, what has come but is
 * still held, and what has been used up but is not yet announced.
 */
export class ReceiveWindow {
	/** All of it, in octets. */
	size: number;
	/** Octets that the peer may send now. */
	available: number;
	/** Octets that have come and are not used up yet. */
	held = 0;
	/** Octets used up, and not announced by WINDOW_UPDATE so far. */
	due = 0;
	/** Octets by which it has grown, out of the connection's budget. */
	grown = 0;
	/** Octets used up since {@link measuredSince}. */
	#measured = 0;
	/** When the measure began, in milliseconds. */
	#measuredSince: number;

	constructor(size: number, now: number) {
		this.size = size;
		this.available = size;
		this.#measuredSince = now;
	}

	/** That much has come. False when the peer was not allowed to send it. */
	take(octets: number): boolean {
		if (octets > this.available) return false;
		this.available -= octets;
		this.held += octets;
		return true;
	}

	/**
	 * That much of what has come is used up.
	 * @returns the increment to announce by WINDOW_UPDATE now, or 0: it is worth a frame when half of the window is due
	 */
	use(octets: number): number {
		// Nobody can use up what has not come.
		const used = Math.min(octets, this.held);
		this.held -= used;
		this.due += used;
		this.#measured += used;
		if (this.due * 2 < this.size || this.due === 0) return 0;
		const increment = this.due;
		this.due = 0;
		this.available += increment;
		return increment;
	}

	/** Whether a whole window has been used up since the measure began, which then begins anew. */
	turned(): boolean {
		return this.#measured >= this.size;
	}

	/** Whether half a window has been used up since. */
	turnedHalf(): boolean {
		return this.#measured * 2 >= this.size;
	}

	/**
	 * Ends a measure, and begins the next.
	 * @returns how long it took, in milliseconds
	 */
	measure(now: number): number {
		const took = now - this.#measuredSince;
		this.#measured = 0;
		this.#measuredSince = now;
		return took;
	}

	/** Makes it larger, up to `most`, by at most `budget`. Returns by how much, to be announced. */
	grow(most: number, budget: number): number {
		const octets = Math.min(this.size, most - this.size, budget);
		if (octets <= 0) return 0;
		this.grown += octets;
		this.widen(octets);
		return octets;
	}

	/** The peer is about to be allowed that much more, or (after our SETTINGS) that much less. */
	widen(octets: number): void {
		this.size += octets;
		this.available += octets;
	}
}
