/** What `waitUntil` was given: of one request, and of all requests of an application. */
import { described } from '../../rich/described.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';

/** Timers of more milliseconds would be over at once: so long is for ever. */
const TIMER_MAX = 2 ** 31 - 1;

/** Counts what an application still waits for. */
export class Waiting {
	#count = 0;
	#idle: (() => void)[] = [];

	begin(): void {
		this.#count++;
	}

	end(): void {
		if (--this.#count === 0) for (const wake of this.#idle.splice(0)) wake();
	}

	/** Fulfilled when nothing is waited for any more, or after so many milliseconds. */
	async idle(limit: number): Promise<void> {
		if (this.#count === 0) return;
		let timer: ReturnType<typeof setTimeout> | undefined;
		await new Promise<void>((resolve) => {
			this.#idle.push(resolve);
			if (limit <= TIMER_MAX) timer = setTimeout(resolve, limit);
		});
		clearTimeout(timer);
	}
}

/** What one request waits for. */
export class WaitList {
	readonly #waiting: Waiting;
	readonly #errors: unknown[] = [];
	#pending = 0;
	#over = false;
	#wake: (() => void) | null = null;

	constructor(waiting: Waiting) {
		this.#waiting = waiting;
	}

	/**
	 * @throws Misuse for what is no promise (FETCH-8), and when it is too late (FETCH-9)
	 */
	add(promise: unknown): void {
		if (!isThenable(promise)) {
			throw new Misuse(
				'FETCH-8',
				`waitUntil() takes a promise, not ${described(promise)}: call the function, as waitUntil(save()).`,
			);
		}
		if (this.#over) {
			throw new Misuse(
				'FETCH-9',
				'waitUntil() was called when the exchange, and all that it waits for, was over: call it before, or from what is waited for.',
			);
		}
		this.#pending++;
		this.#waiting.begin();
		const settle = (): void => {
			this.#waiting.end();
			if (--this.#pending > 0) return;
			this.#wake?.();
			this.#wake = null;
		};
		promise.then(settle, (error: unknown) => {
			this.#errors.push(error);
			settle();
		});
	}

	/** Whether something is waited for. */
	get pending(): boolean {
		return this.#pending > 0;
	}

	/** Fulfilled when nothing is waited for any more. */
	async settled(): Promise<void> {
		while (this.#pending > 0) {
			await new Promise<void>((resolve) => {
				const before = this.#wake;
				this.#wake = () => {
					before?.();
					resolve();
				};
			});
		}
	}

	/** The exchange is over. Waits, and then throws what went wrong. */
	async close(): Promise<void> {
		await this.settled();
		this.#over = true;
		const errors = this.#errors;
		if (errors.length === 1) throw errors[0];
		if (errors.length > 1) throw new AggregateError(errors, 'Several promises given to waitUntil() were rejected.');
	}
}
