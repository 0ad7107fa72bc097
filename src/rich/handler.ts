/** The events of an exchange, as methods of one object. */
import type { Priority } from '../wire/carrier.ts';
import { Misuse } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';
import { described } from './described.ts';
import type { Outcome } from './outcome.ts';

/**
 * Receives the events of one exchange. All methods are optional and are called as methods of the handler. They may be
 * async: a rejection counts as a throw, but a promise is not backpressure (use `exchange.pause()`).
 *
 * No event is delivered inside a command, nor before the application's call has returned.
 */
export interface Handler {
	/**
	 * A chunk of request content. The chunk is the application's: its memory is never reused. Without this method content
	 * is dropped as it comes.
	 */
	data?(chunk: Uint8Array): unknown;
	/** The request has ended; the trailer fields may be empty. */
	end?(trailers: Fields): unknown;
	/** Output moves again after `write` returned false. Once for each such time, and never after `end`. */
	drain?(): unknown;
	/** The client changed the priority (RFC 9218 §7). */
	priority?(priority: Priority): unknown;
	/**
	 * The server has begun a graceful stop: it waits for this exchange, and cuts it off at its time limit. Bring what would go on
	 * for long to a good end now. At most once for each handler; not where another server than one of ours carries the exchange.
	 */
	stopping?(): unknown;
	/** The exchange is over. Always, once, last. */
	closed?(outcome: Outcome): unknown;
}

/** What an accepted tunnel sends up: the same events, of the tunnel's bytes. */
export type TunnelHandler = Omit<Handler, 'priority'>;

/** A handler of ours that needs no bytes of its own: where they can be lent to it, they come by `borrow` and not by `data`. */
export abstract class BorrowingHandler {
	/** Octets that it keeps of what it was given, for the rest of a message to come. */
	holding = 0;

	/** Bytes from `from` to before `to`, lent for the call: it may write to them, and copies what it keeps. */
	abstract borrow(bytes: Uint8Array, from: number, to: number): void;
}

const EVENTS: readonly (keyof Handler)[] = ['data', 'end', 'closed', 'drain', 'priority', 'stopping'];

/**
 * Refuses what cannot receive events. An object with none of the methods is taken only when it is empty: anything else,
 * such as a Response, was meant in another way, and the client would wait for an answer that never comes.
 * @throws Misuse (RICH-4)
 */
export function requireHandler(handler: unknown): void {
	if (typeof handler === 'object' && handler !== null) {
		if (EVENTS.some((event) => event in handler)) return;
		if (isEmpty(handler)) return;
	}
	throw new Misuse(
		'RICH-4',
		`A handler is an object with the methods data, end, drain, priority, stopping and closed, each optional, not ${described(handler)}. ` +
			'The response goes out by respond, write and end.',
	);
}

/** What a second `attach` is told (RICH-4). */
export function attachedAlready(): Misuse {
	return new Misuse(
		'RICH-4',
		'A handler is attached already: attach once, or return it, or use content(), but only one of these.',
	);
}

function isEmpty(handler: object): boolean {
	const prototype: unknown = Object.getPrototypeOf(handler);
	return (prototype === Object.prototype || prototype === null) && Object.keys(handler).length === 0;
}
