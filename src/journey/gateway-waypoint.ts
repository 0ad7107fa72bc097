/** Middleware of the gateway, text and lite as a point on the way: it sees the request go on, and the heads on their way back. */
import { currentJournal } from '../escape/frame.ts';
import type { GatewayApp } from '../layer/gateway/app.ts';
import type { LiteApp } from '../layer/gateway/lite.ts';
import { stamped } from '../layer/stamped.ts';
import type { TextApp } from '../layer/text/app.ts';
import { type Journal, lookOf, type ResponseLook } from '../rich/journal.ts';
import { isThenable } from '../rich/thenable.ts';
import { LAYER } from '../wire/layer.ts';

/** What is called with an environ. */
export type AnyGatewayApp = GatewayApp | LiteApp | TextApp;

/** Called as either is: lite without the second, and then it gives the head. */
type Call = (environ: object, startResponse?: (...head: readonly unknown[]) => unknown) => unknown;

/**
 * Tells of middleware of the gateway, in bytes, text or lite. Where nobody watches it only runs it. Heads are looked at when they
 * are started with; content is not looked at.
 *
 * @param name what the middleware is called
 * @param middleware the middleware, which is not changed
 * @example
 * const site = gatewayWaypoint('sessions', sessions)(pages);
 */
export function gatewayWaypoint<A extends AnyGatewayApp>(name: string, middleware: (app: A) => A): (app: A) => A {
	return (app) => {
		/** The points of requests that are under way, by their journals. */
		const points = new WeakMap<Journal, GatewayPoint>();
		const below = wrapped(app, (call, environ, startResponse) => {
			const journal = currentJournal();
			const point = journal === null ? undefined : points.get(journal);
			if (point === undefined) return call(environ, startResponse);
			point.tell('through');
			return seen(call, environ, startResponse, (head) => {
				point.before = head;
			});
		});
		return wrapped(middleware(below), (call, environ, startResponse) => {
			const journal = currentJournal();
			if (journal === null) return call(environ, startResponse);
			const point = new GatewayPoint(name, journal);
			points.set(journal, point);
			point.tell('enter');
			try {
				const given = seen(call, environ, startResponse, (head) => point.back(head));
				if (!isThenable(given)) return given;
				return (given as PromiseLike<unknown>).then(undefined, (error: unknown) => point.threw(error));
			} catch (error) {
				return point.threw(error);
			}
		});
	};
}

/** An application of the same layer, with the same hooks, that is called through a function. */
function wrapped<A extends AnyGatewayApp>(
	app: A,
	run: (call: Call, environ: object, startResponse: Parameters<Call>[1]) => unknown,
): A {
	const through: Call = (environ, startResponse) => run(app as unknown as Call, environ, startResponse);
	return stamped<AnyGatewayApp>(through, app[LAYER] as never, app) as A;
}

/** Calls an application, and looks at each head that it gives. */
function seen(
	call: Call,
	environ: object,
	startResponse: Parameters<Call>[1],
	look: (head: ResponseLook | null) => void,
): unknown {
	if (startResponse !== undefined) {
		return call(environ, (...head) => {
			look(lookAt(head));
			return startResponse(...head);
		});
	}
	const told = <T>(given: T): T => {
		look(Array.isArray(given) ? lookAt(given) : null);
		return given;
	};
	const given = call(environ);
	return isThenable(given) ? (given as PromiseLike<unknown>).then(told) : told(given);
}

/** What is wrong with a head is for others to say. */
function lookAt([status, pairs]: readonly unknown[]): ResponseLook | null {
	if (typeof status !== 'string' || !Array.isArray(pairs)) return null;
	const lines = pairs.flatMap((pair) => (Array.isArray(pair) ? [String(pair[0]), String(pair[1])] : []));
	return lookOf(Number(status.slice(0, 3)), lines);
}

class GatewayPoint {
	/** The head that came from below. */
	before: ResponseLook | null = null;
	readonly #name: string;
	readonly #journal: Journal;

	constructor(name: string, journal: Journal) {
		this.#name = name;
		this.#journal = journal;
	}

	tell(kind: 'enter' | 'through'): void {
		this.#journal.tell({ kind, name: this.#name, response: null });
	}

	back(after: ResponseLook | null): void {
		this.#journal.tell({ kind: 'back', name: this.#name, before: this.before, after });
	}

	threw(error: unknown): never {
		this.#journal.tell({ kind: 'threw', name: this.#name });
		throw error;
	}
}
