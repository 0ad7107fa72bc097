import type { Exchange } from '../../rich/exchange.ts';
import type { Outcome } from '../../rich/outcome.ts';

/** What is known of an exchange that is over. */
export interface AccessRecord {
	/** The exchange itself, for its request head and its connection. All that clients say is untrusted: escape it. */
	readonly exchange: Exchange;
	/** The status of the response; 101 or 200 for a tunnel; 0 when none was sent. */
	readonly status: number;
	/** Bytes of content, or of a tunnel, that were sent for the application; those still under way at a reset are among them. */
	readonly bytes: number;
	/** When the request head was complete, in milliseconds since 1970. */
	readonly began: number;
	/** How long it took from there to its end, in milliseconds. */
	readonly duration: number;
	/** How it ended. */
	readonly outcome: Outcome;
}
