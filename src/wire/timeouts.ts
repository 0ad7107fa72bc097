/** Deadlines of a connection, in milliseconds; 0 switches one off. They are kept to about a second. */
export interface Timeouts {
	/** From the connection's start to its first complete request head or HTTP/2 preface. */
	silence: number;
	/** From a request head's first byte to its last. */
	head: number;
	/** Content must keep up {@link Timeouts.contentRate}, averaged over this span. A pause by the application stops the clock. */
	content: number;
	/** Bytes a second, the least at which content may come. */
	contentRate: number;
	/** From our SETTINGS to their acknowledgement (RFC 9113 §6.5.3). */
	settings: number;
	/** A connection with no open exchange, between requests. */
	idle: number;
	/** Output waits and none of it moves: a client that does not read, or a zero window held. */
	stall: number;
	/** From a request head to the application's final response. */
	response: number;
	/** How long a graceful stop waits for open exchanges. */
	stop: number;
}

/** The defaults. */
export const DEFAULT_TIMEOUTS: Readonly<Timeouts> = {
	silence: 10_000,
	head: 10_000,
	content: 20_000,
	contentRate: 240,
	settings: 10_000,
	idle: 60_000,
	stall: 30_000,
	response: 120_000,
	stop: 10_000,
};
