/** What a Request has no place for: the request as it came, its connection, and how to keep the server waiting. */
import type { ConnectionFacts } from '../../rich/connection-facts.ts';
import type { Outcome } from '../../rich/outcome.ts';
import type { FieldLines } from '../../wire/fields.ts';

/** The second argument of a fetch application. Facts, and one verb; there is no way from here to the exchange. */
export interface FetchContext {
	/** The method as it came: CONNECT where an extended CONNECT is shown as GET. */
	readonly method: string;
	/** The request target, verbatim (RFC 9112 §3.2). */
	readonly target: string;
	/** The authority, verbatim; empty when the request has none. */
	readonly authority: string;
	/** The field lines as they came: order, duplicates and case; flat, as name, value, name, value … */
	readonly fields: FieldLines;
	/** The protocol offered, by `:protocol` or by Upgrade; null for none. */
	readonly protocol: string | null;
	readonly httpVersion: '1.0' | '1.1' | '2';
	/**
	 * How the exchange ended, once it has: also when a rich application took it over. Asked for while it is open.
	 * @example
	 * void context.completed.then(({ reason }) => log(reason));
	 */
	readonly completed: Promise<Outcome>;
	/** Facts of the connection. */
	readonly connection: ConnectionFacts;
	/**
	 * Keeps the server from stopping before the promise has settled, and the rest of the request content from being dropped. A
	 * rejection goes to the log. May be called detached.
	 * @throws Misuse for what is no promise (FETCH-8), and once the exchange and all that it waits for are over (FETCH-9)
	 */
	readonly waitUntil: (promise: PromiseLike<unknown>) => void;
}
