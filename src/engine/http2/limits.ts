/** Bounds on what one HTTP/2 connection may make the server keep or do. */

/** The limits, by name. Faults name them as `limits.fieldSectionSize`. All numbers; rates are tokens of a bucket. */
export interface Http2Limits {
	/** Requests open at the same time (SETTINGS_MAX_CONCURRENT_STREAMS). Beyond: REFUSED_STREAM. Promised ones likewise. */
	readonly concurrentStreams: number;
	/** Octets of a decoded field section, 32 more for each line (SETTINGS_MAX_HEADER_LIST_SIZE). Beyond: 431. */
	readonly fieldSectionSize: number;
	/** Field lines of a section, pseudo-fields included. Beyond: 431. */
	readonly fieldCount: number;
	/** CONTINUATION frames behind one HEADERS frame. Beyond: the connection (CVE-2024-27316). */
	readonly continuationFrames: number;
	/** Octets of the table with which the peer may compress (SETTINGS_HEADER_TABLE_SIZE). */
	readonly headerTableSize: number;
	/** Streams reset by the peer, or by us for its fault, at once … Beyond: the connection (CVE-2023-44487, CVE-2025-8671). */
	readonly resetBurst: number;
	/** … and in the long run, a second. */
	readonly resetsPerSecond: number;
	/**
	 * Frames that ask for work and carry no content, at once: SETTINGS, PING, PRIORITY, PRIORITY_UPDATE, WINDOW_UPDATE,
	 * unknown types, frames on closed streams. Requests and the content we send allow for more of them.
	 * Beyond: the connection (CVE-2019-9512, CVE-2019-9515, CVE-2019-9517).
	 */
	readonly controlFrameBurst: number;
	/** … and in the long run, a second. */
	readonly controlFramesPerSecond: number;
	/** DATA without content, HEADERS and CONTINUATION fragments of no octets, that end nothing, at once (CVE-2019-9518) … */
	readonly emptyFrameBurst: number;
	/** … and in the long run, a second. */
	readonly emptyFramesPerSecond: number;
	/** Octets of content that a stream may send before the application takes any (SETTINGS_INITIAL_WINDOW_SIZE). */
	readonly streamWindow: number;
	/** Octets to which a stream's window may grow while the application keeps up. */
	readonly streamWindowMax: number;
	/** Octets by which the windows of one connection may have grown, all streams together. */
	readonly windowGrowth: number;
	/** Octets on their way on one connection, all streams together; at least 65535. They are credited when they arrive. */
	readonly connectionWindow: number;
	/** Octets in the output of a turn, from which on content waits in its stream. */
	readonly bufferedOutput: number;
	/** Octets of control frames owed to a peer that does not read. Beyond: the connection. */
	readonly bufferedControlOutput: number;
}

/** The defaults. */
export const HTTP2_LIMITS: Readonly<Http2Limits> = {
	concurrentStreams: 128,
	fieldSectionSize: 64 * 1024,
	fieldCount: 200,
	continuationFrames: 8,
	headerTableSize: 4096,
	resetBurst: 1000,
	resetsPerSecond: 33,
	controlFrameBurst: 1000,
	controlFramesPerSecond: 200,
	emptyFrameBurst: 100,
	emptyFramesPerSecond: 10,
	streamWindow: 65535,
	streamWindowMax: 4 * 1024 * 1024,
	windowGrowth: 8 * 1024 * 1024,
	connectionWindow: 4 * 1024 * 1024,
	bufferedOutput: 64 * 1024,
	bufferedControlOutput: 64 * 1024,
};

/** What an HTTP/2 engine is made with. */
export interface Http2Options {
	readonly limits: Http2Limits;
	/** Announce extended CONNECT (RFC 8441 §3). Without it a request with `:protocol` is malformed. */
	readonly extendedConnect: boolean;
}
