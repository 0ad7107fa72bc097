/** What an accepted tunnel is, in the Fetch Server API. */

/** A capsule (RFC 9297 §3.2). */
export interface Capsule {
	readonly type: number;
	readonly data: Uint8Array;
}

/** Typed access to the Capsule Protocol. */
export interface CapsuleStream {
	readonly readable: ReadableStream<Capsule>;
	readonly writable: WritableStream<Capsule>;
}

/** HTTP Datagrams (RFC 9297 §2). */
export interface DatagramStream {
	readonly readable: ReadableStream<Uint8Array>;
	readonly writable: WritableStream<Uint8Array>;
	/** Whether they go as QUIC DATAGRAM frames. There is no HTTP/3 here, so they go as capsules. */
	readonly unreliable: boolean;
}

/**
 * A tunnel: bytes both ways, or capsules, or datagrams. Each direction ends by itself; it is closed when both have.
 */
export interface Tunnel extends AsyncDisposable {
	/** What the client sends. Throws InvalidStateError once `capsules` or `datagrams` has taken it. */
	readonly readable: ReadableStream<Uint8Array>;
	/** What is sent to the client: to close it ends this direction, to abort it ends the tunnel. */
	readonly writable: WritableStream<Uint8Array>;
	/** Takes the bytes as capsules. Once. */
	capsules(): CapsuleStream;
	/** The datagrams: each call gives the same streams. */
	datagrams(): DatagramStream;
	/** Ends our direction, when what was written has been sent. */
	close(): void;
	/** Ends both directions at once, by a reset with the code of the error, or with CONNECT_ERROR. */
	destroy(error?: unknown): void;
	/** Fulfilled when both directions have ended; rejected when the tunnel ended in another way. */
	readonly closed: Promise<undefined>;
}
