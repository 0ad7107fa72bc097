/** The seam between a call and what may take its exchange over: the layer knows that it can happen, and not why. */
import type { Exchange, UnreadContent } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import type { Outcome } from '../../rich/outcome.ts';
import type { FieldsInit } from '../../wire/fields.ts';
import type { Past } from '../yielding-handler.ts';

/** Where a response goes in place of the exchange, and what happens behind it. */
export interface Diversion {
	/** Takes the response. It may keep it back. */
	readonly output: Exchange;
	/** Whether the exchange is going to be another's. */
	readonly arrived: boolean;
	/** What there is of the response shall go, if it can. */
	flush(): void;
	/** The response has been ended. What is thrown, now or later, is a failure of the application. */
	finish(): void | PromiseLike<void>;
	/** The exchange is over. What is thrown, now or later, is a failure of the application. */
	closed(outcome: Outcome): void | Promise<void>;
}

/** What a call lets happen to it. */
export interface Divertible {
	/** How much of the request content the application has left. */
	readonly unread: UnreadContent;
	/** From now on the response goes this way. */
	divert(by: Diversion): void;
	/** From now on events go to this handler, but for the end of the exchange, which is told here too. @returns what has been told already */
	handOver(handler: Handler): Past;
	/**
	 * Ends Node's response, if it is this one, and nobody has put anything over it by which the content or its fields could be seen.
	 * @param respond takes the lines of the head that are there, in place of the diversion's output
	 * @returns whether it has; if not, nothing has been done
	 */
	endUntouched(response: object, respond: (lines: readonly string[]) => void): boolean;
	/** Another has answered: Node's response shows it. */
	answered(status: number, fields: FieldsInit, reason?: string): void;
}

/** Watches calls for what may take their exchanges over. */
export interface Diverter {
	/** Calls the application. */
	run<T>(call: Divertible, exchange: Exchange, request: object, run: () => T): T;
	/** Another way for a response with these lines; null when it may go as it is. */
	divertible(exchange: Exchange, lines: readonly string[]): Diversion | null;
}
