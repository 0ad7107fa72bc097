/** Middleware as a point on the way: that it was entered, that it let the request through, and what it made of the response. */
import { currentJournal } from '../escape/frame.ts';
import { type Journal, lookOf, type ResponseLook } from '../rich/journal.ts';
import { isThenable } from '../rich/thenable.ts';

/** Goes on to what is below the middleware: takes the function that does, and gives what it gives. */
export type Through = <T>(next: () => T) => T;

/** What a response is looked at by: that of fetch. */
interface Looked {
	readonly status: number;
	readonly headers: Iterable<readonly [string, string]>;
}

/**
 * Tells of middleware that awaits what is below it, as of Hono and of fetch. Where nobody watches it only runs it.
 *
 * @param name what the middleware is called
 * @param run runs the middleware, which goes on by the function that it is given
 * @param response what the response is where neither the middleware nor what is below gives it: `() => c.res` in Hono
 * @returns what `run` returns
 * @example
 * app.use((c, next) => waypoint('csrf', (through) => csrf()(c, () => through(next)), () => c.res)); // Hono
 */
export function waypoint<T>(name: string, run: (through: Through) => T, response?: () => unknown): T {
	const journal = currentJournal();
	return journal === null ? run((next) => next()) : new Point(name, journal, response).run(run);
}

class Point {
	readonly #name: string;
	readonly #journal: Journal;
	readonly #response: (() => unknown) | undefined;
	#before: ResponseLook | null = null;

	constructor(name: string, journal: Journal, response: (() => unknown) | undefined) {
		this.#name = name;
		this.#journal = journal;
		this.#response = response;
	}

	run<T>(run: (through: Through) => T): T {
		this.#journal.tell({ kind: 'enter', name: this.#name, response: null });
		return this.#watch(
			() => run((next) => this.#through(next)),
			(given) => this.#journal.tell({ kind: 'back', name: this.#name, before: this.#before, after: this.#look(given) }),
			() => this.#journal.tell({ kind: 'threw', name: this.#name }),
		);
	}

	#through<T>(next: () => T): T {
		this.#journal.tell({ kind: 'through', name: this.#name, response: null });
		return this.#watch(
			next,
			(given) => {
				this.#before = this.#look(given);
			},
			() => {},
		);
	}

	#watch<T>(call: () => T, gave: (given: unknown) => void, threw: () => void): T {
		let given: T;
		try {
			given = call();
		} catch (error) {
			threw();
			throw error;
		}
		if (!isThenable(given)) {
			gave(given);
			return given;
		}
		return (given as PromiseLike<unknown>).then(
			(value) => {
				gave(value);
				return value;
			},
			(error: unknown) => {
				threw();
				throw error;
			},
		) as T;
	}

	#look(given: unknown): ResponseLook | null {
		const response = (isResponse(given) ? given : this.#response?.()) as Looked | undefined;
		return isResponse(response) ? lookOf(response.status, [...response.headers].flat()) : null;
	}
}

function isResponse(given: unknown): given is Looked {
	return Object.prototype.toString.call(given) === '[object Response]';
}
