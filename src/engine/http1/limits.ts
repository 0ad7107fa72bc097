/** Bounds on what one HTTP/1 connection may make the server keep. Faults name them as `limits.headSize`. */
export interface Http1Limits {
	/** Octets of a request line with its field section, line ends included. Beyond: 414 in the request line, else 431. */
	readonly headSize: number;
	/** Field lines of a head or of a trailer section. Beyond: 431. */
	readonly fieldCount: number;
	/** Empty lines skipped before a request line (RFC 9112 §2.2). Beyond: 400. */
	readonly emptyLines: number;
	/** Octets of a trailer section, line ends included. Beyond: 431. */
	readonly trailerSize: number;
	/** Octets of the extensions of one chunk. Beyond: 400. */
	readonly chunkExtensionSize: number;
	/** Octets of all chunk extensions of one request. Beyond: 400. */
	readonly chunkExtensionTotal: number;
	/** Octets received but not yet wanted, from which on reading pauses: pipelined requests, held content, early tunnel bytes. */
	readonly readAhead: number;
	/** Octets of unwanted content read and dropped after a response, so that the connection can go on; with more to come it closes. */
	readonly drain: number;
	/** Octets in the output of a turn, from which on content waits in its queue and no further pipelined request begins. */
	readonly bufferedOutput: number;
}

/** The defaults. */
export const HTTP1_LIMITS: Readonly<Http1Limits> = {
	headSize: 16 * 1024,
	fieldCount: 100,
	emptyLines: 2,
	trailerSize: 8 * 1024,
	chunkExtensionSize: 256,
	chunkExtensionTotal: 16 * 1024,
	readAhead: 64 * 1024,
	drain: 64 * 1024,
	bufferedOutput: 128 * 1024,
};
