/** What a live exchange needs of the connection it lives on. */
import type { ConnectionFacts } from './connection-facts.ts';
import type { LiveExchange } from './live-exchange.ts';

/** How much output may wait for the transport, in bytes, for each exchange. */
export interface OutputMarks {
	/** From here on `write` returns false. */
	readonly high: number;
	/** Beyond this `write` throws. */
	readonly hard: number;
}

/** 64 KiB until `write` returns false, 400 KiB until it throws. */
export const OUTPUT_MARKS: OutputMarks = { high: 64 * 1024, hard: 400 * 1024 };

/** One per connection. */
export interface ExchangeContext {
	readonly connection: ConnectionFacts;
	readonly marks: OutputMarks;
	/** An application threw or rejected: for the log. Never throws. */
	report(error: unknown, exchange: LiveExchange): void;
	/** The application's call is over, or pending, and no final response has begun: watch the response timeout. */
	awaiting(exchange: LiveExchange): void;
	/** The final response has begun, or the exchange is over. */
	answered(exchange: LiveExchange): void;
}
