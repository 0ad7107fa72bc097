/** The deadlines of an HTTP/1 connection. It reads no clock: times come in, verdicts go out. */
import { leastMovement, type Timeouts } from '../../wire/timeouts.ts';

/** Not running. */
const OFF = -1;

/** Since when things have been waited for, in the milliseconds of the connection's clock. */
export class Deadlines {
	readonly #timeouts: Timeouts;
	#now = OFF;
	/** Since the connection's start, until its first complete head. */
	#silence = OFF;
	/** Since the first octet of a head that is incomplete. */
	#head = OFF;
	/** Since the last exchange was over. */
	#idle = OFF;
	/** Since output waits and did not move as it must; and the octets that have moved since. */
	#stall = OFF;
	#moved = 0;
	/** How long content has been awaited in the current span, and the octets that came in it. */
	#awaited = 0;
	#octets = 0;
	#looked = 0;

	constructor(timeouts: Timeouts) {
		this.#timeouts = timeouts;
	}

	/** The time is known. */
	tick(now: number): void {
		if (this.#now === OFF) {
			this.#silence = now;
			this.#idle = now;
		}
		this.#now = now;
	}

	/** Octets have come. */
	received(octets: number): void {
		this.#octets += octets;
	}

	/** Part of a head is there. */
	headBegun(): void {
		if (this.#head === OFF) this.#head = this.#now;
	}

	/** A head is complete, and its content, if any, is awaited. */
	exchangeBegun(): void {
		this.#silence = OFF;
		this.#head = OFF;
		this.#beginSpan();
	}

	/** No exchange is open any more. */
	exchangeOver(): void {
		this.#idle = this.#now;
		this.#settle();
	}

	/** The deadline that has passed while no exchange is open: `head`, `silence`, `idle`, or null. */
	betweenExchanges(): 'head' | 'silence' | 'idle' | null {
		if (this.#head !== OFF) {
			if (this.#passed(this.#head, this.#timeouts.head)) return 'head';
			return this.#passed(this.#silence, this.#timeouts.silence) ? 'head' : null;
		}
		if (this.#silence !== OFF) return this.#passed(this.#silence, this.#timeouts.silence) ? 'silence' : null;
		return this.#passed(this.#idle, this.#timeouts.idle) ? 'idle' : null;
	}

	/**
	 * Whether content has come too slowly, over the last whole span.
	 * @param awaited false when it is not the peer that is waited for: the clock stands
	 */
	contentTooSlow(awaited: boolean): boolean {
		if (awaited) this.#awaited += this.#now - this.#looked;
		this.#looked = this.#now;
		const span = this.#timeouts.content;
		if (span <= 0 || this.#awaited < span) return false;
		const slow = this.#octets * 1000 < this.#timeouts.contentRate * this.#awaited;
		this.#beginSpan();
		return slow;
	}

	/** Output has moved by so many octets. */
	moved(octets: number): void {
		this.#moved += octets;
		if (this.#moved >= leastMovement(this.#timeouts)) this.#settle();
	}

	/** Whether output has waited too long. @param waits some waits now */
	stalled(waits: boolean): boolean {
		if (!waits) this.#settle();
		else if (this.#stall === OFF) this.#stall = this.#now;
		return this.#passed(this.#stall, this.#timeouts.stall);
	}

	#settle(): void {
		this.#stall = OFF;
		this.#moved = 0;
	}

	#beginSpan(): void {
		this.#awaited = 0;
		this.#octets = 0;
		this.#looked = this.#now;
	}

	#passed(since: number, timeout: number): boolean {
		return since !== OFF && timeout > 0 && this.#now - since >= timeout;
	}
}
