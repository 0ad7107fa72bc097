/** One connection of a load generator: requests as bytes, and of the answers no more than where they end. */

/** What a load generator is told. */
export interface Answers {
	/** A response has begun, and how it was answered: whether the status is 200. */
	begun?(stream: number, isOk: boolean): void;
	/** A response has ended. `stream` is what `ask` returned, or even for a pushed one. */
	ended(stream: number): void;
}

/** How a connection is spoken on. */
export interface Talk {
	/** What goes out first, if anything. */
	readonly opening: Uint8Array;
	/** A request as bytes; requests of HTTP/1.1 are all the same. */
	ask(): Uint8Array;
	/** The number of the request that `ask` gave last. */
	readonly last: number;
	/**
	 * Takes what was read.
	 * @returns bytes to answer it by, if there are any
	 * @throws Error when the server ends the connection or breaks off a stream
	 */
	receive(bytes: Uint8Array): Uint8Array | null;
}
