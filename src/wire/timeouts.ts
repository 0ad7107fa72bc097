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
	/** Output waits, and within this span none of it moves, or less than {@link Timeouts.stallRate} asks for. */
	stall: number;
	/** Bytes a second, the least at which waiting output must move, averaged over `stall`; 0 asks only that it moves. */
	stallRate: number;
	/** From a request head to the application's final response. */
	response: number;
	/** How long a graceful stop waits for open exchanges. */
	stop: number;
}

/** How many bytes of waiting output must move within `stall`: fewer are no movement (CVE-2019-9511, an octet at a time). */
export function leastMovement({ stall, stallRate }: Timeouts): number {
	return Math.max(1, (stallRate * stall) / 1000);
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
	stallRate: 240,
	response: 120_000,
	stop: 10_000,
};
