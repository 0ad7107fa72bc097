/** One timer for all sockets of an application: each is told the time, as connections are (decisions/003). */
import { Roster, type Rostered } from '../../wire/roster.ts';

/** What is told the time. */
export interface Timed extends Rostered {
	/** @param now in milliseconds, of a clock that never runs backwards */
	tick(now: number): void;
}

/** Runs while there is somebody to be told. */
export class SocketClock {
	/** The time of the last tick, in milliseconds. */
	now: number = performance.now();
	readonly #all = new Roster<Timed>();
	readonly #interval: number;
	#timer: ReturnType<typeof setInterval> | null = null;

	/** @param interval in milliseconds */
	constructor(interval: number) {
		this.#interval = interval;
	}

	/** Who is told. */
	get members(): readonly Timed[] {
		return this.#all.values();
	}

	add(one: Timed): void {
		if (this.#timer === null) {
			this.now = performance.now();
			this.#timer = setInterval(() => this.#tick(), this.#interval);
		}
		this.#all.add(one);
	}

	delete(one: Timed): void {
		this.#all.delete(one);
		if (this.#all.size > 0 || this.#timer === null) return;
		clearInterval(this.#timer);
		this.#timer = null;
	}

	#tick(): void {
		this.now = performance.now();
		for (const one of this.#all.values()) one.tick(this.now);
	}
}
