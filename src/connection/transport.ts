/** What a connection needs of the thing that carries its bytes: a socket, TLS over one, or a test's array. */
export interface Transport {
	/** Bytes taken by `write` that have not left yet. */
	readonly waiting: number;
	/**
	 * Sends bytes. The memory is the transport's until they have left.
	 * @returns true when they have left already; after false the transport may give the memory back by `Connection.left`
	 */
	write(bytes: Uint8Array): boolean;
	/** Whether it takes pieces: then large content is lent to it and not copied. */
	readonly takesPieces: boolean;
	/**
	 * Sends pieces one behind the other, in one call to the system. They are lent until they have left.
	 * @returns true when they have left already; after false the transport calls `Connection.returned` when all pieces of all calls have
	 */
	writePieces(pieces: readonly Uint8Array[]): boolean;
	/** Closes our half once everything written has left. */
	end(): void;
	/** Closes both halves at once; `Connection.lost` follows. */
	destroy(): void;
	/** The same, in a way that the peer can tell from an end: RST, or TLS without close_notify. */
	reset(): void;
	/** Whether bytes from the peer are wanted. */
	read(wanted: boolean): void;
}
