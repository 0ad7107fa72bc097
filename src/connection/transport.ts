/** What a connection needs of the thing that carries its bytes: a socket, TLS over one, or a test's array. */
export interface Transport {
	/** Bytes taken by `write` that have not left yet. */
	readonly waiting: number;
	/** Sends bytes; the memory is the transport's until they have left. */
	write(bytes: Uint8Array): void;
	/** Closes our half once everything written has left. */
	end(): void;
	/** Closes both halves at once; `Connection.lost` follows. */
	destroy(): void;
	/** Whether bytes from the peer are wanted. */
	read(wanted: boolean): void;
}
