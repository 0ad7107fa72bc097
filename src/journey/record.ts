/** The record of one exchange's way, which grows as it goes. */
import type { Exchange } from '../rich/exchange.ts';
import { type Journal, type JourneyStep, journalOf, masked } from '../rich/journal.ts';
import type { Outcome } from '../rich/outcome.ts';

/** So many steps of an exchange are kept: what goes on for ever must not fill the memory. */
const STEPS_MAX = 256;

/** A step, and when it was taken, in milliseconds since the exchange began. */
export type TimedStep = JourneyStep & { readonly at: number };

/** The way of one exchange, as plain data: `JSON.stringify` takes it. */
export interface Journey {
	/** A number of its own for each journey of the process. */
	readonly id: number;
	/** When it began, in milliseconds since 1970. */
	readonly began: number;
	readonly method: string;
	readonly scheme: string;
	readonly authority: string;
	/** The target, verbatim, but for tags of escapes that a client may have put there. */
	readonly target: string;
	readonly protocol: string | null;
	readonly httpVersion: '1.0' | '1.1' | '2';
	/** The number of the connection (`exchange.connection.id`). */
	readonly connection: number;
	/** The names of the request's field lines, as they came; no values. */
	readonly names: readonly string[];
	/** In their order. */
	readonly steps: readonly TimedStep[];
	/** How many steps were left out, since there were too many. */
	readonly omitted: number;
	/** How it ended; null while it is open. */
	readonly outcome: Outcome | null;
}

/** Tells of a step that was kept. */
export type StepTold = (journey: Journey, step: TimedStep) => void;

let count = 0;

/** Records the steps of one exchange. */
export class JourneyRecord implements Journal, Journey {
	readonly id: number = ++count;
	readonly began: number = Date.now();
	readonly method: string;
	readonly scheme: string;
	readonly authority: string;
	readonly target: string;
	readonly protocol: string | null;
	readonly httpVersion: '1.0' | '1.1' | '2';
	readonly connection: number;
	readonly names: readonly string[];
	readonly steps: TimedStep[] = [];
	omitted = 0;
	outcome: Outcome | null = null;
	readonly #told: StepTold | null;
	/** Of who counts steps further out. */
	readonly #outer: Journal | null;
	readonly #clock: number = performance.now();

	constructor(exchange: Exchange, told: StepTold | null) {
		this.method = exchange.method;
		this.scheme = exchange.scheme;
		this.authority = masked(exchange.authority);
		this.target = masked(exchange.target);
		this.protocol = exchange.protocol;
		this.httpVersion = exchange.httpVersion;
		this.connection = exchange.connection.id;
		this.names = [...exchange.fields].map(([name]) => masked(name));
		this.#told = told;
		this.#outer = journalOf(exchange);
	}

	get watches(): boolean {
		return true;
	}

	tell(step: JourneyStep): void {
		this.#outer?.tell(step);
		// The end is kept, whatever came before.
		if (this.steps.length >= STEPS_MAX && step.kind !== 'closed') {
			this.omitted++;
			return;
		}
		const timed: TimedStep = { ...step, at: Math.round((performance.now() - this.#clock) * 1000) / 1000 };
		this.steps.push(timed);
		this.#told?.(this, timed);
	}
}
