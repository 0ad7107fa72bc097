/** What a live exchange needs of the connection it lives on. */
import type { ConnectionFacts } from './connection-facts.ts';
import type { LiveExchange } from './live-exchange.ts';

/** How much output may wait for the transport, in bytes. */
export interface OutputMarks {
	/** Of one exchange: from here on `write` returns false. */
	readonly high: number;
	/** Of one exchange: beyond this `write` throws. */
	readonly hard: number;
	/** Of all exchanges of a connection: from here on `write` returns false to each, and throws when it has said so before. */
	readonly connection: number;
}

/** 64 KiB until `write` returns false, 400 KiB until it throws; 4 MiB for a connection. */
export const OUTPUT_MARKS: OutputMarks = { high: 64 * 1024, hard: 400 * 1024, connection: 4 * 1024 * 1024 };

/** One per connection. */
export interface ExchangeContext {
	readonly connection: ConnectionFacts;
	readonly marks: OutputMarks;
	/** Bytes of output that wait, of all exchanges of the connection. Each exchange keeps its part of it. */
	waiting: number;
	/** Bytes of input that have come and that nobody has taken, likewise. */
	held: number;
	/** Content that has left the exchanges is still where the application has it, until the transport has sent it. */
	readonly lending: boolean;
	/** Calls `returned` of the exchange when nothing is lent any more. */
	whenReturned(exchange: LiveExchange): void;
	/** An application threw or rejected: for the log. Never throws. */
	report(error: unknown, exchange: LiveExchange): void;
	/** The application's call is over, or pending, and no final response has begun: watch the response timeout. */
	awaiting(exchange: LiveExchange): void;
	/** The final response has begun, or the exchange is over. */
	answered(exchange: LiveExchange): void;
}
