/** What can be seen of an engine while it runs: for people who look on, never for decisions. */

/** One request stream, or the one exchange that is open on an HTTP/1 connection. */
export interface StreamView {
	/** Its identifier; null on HTTP/1. */
	readonly id: number | null;
	readonly method: string;
	readonly target: string;
	/** What the peer lets us send, in octets; null where nothing but the transport bounds it. */
	readonly sendWindow: number | null;
	/** What we let the peer send, in octets; null where its half has ended, or nothing but the transport bounds it. */
	readonly receiveWindow: number | null;
	/** A tunnel is open. */
	readonly tunnel: boolean;
	/** Whether the final response has begun. */
	readonly responded: boolean;
}

/** An engine at one moment. */
export interface EngineView {
	readonly protocol: 'HTTP/1' | 'HTTP/2';
	/** The connection's own windows, in octets; null on HTTP/1. */
	readonly sendWindow: number | null;
	readonly receiveWindow: number | null;
	/** In milliseconds, as measured by PING; null while it is not known. */
	readonly roundTrip: number | null;
	/** No more requests are taken. */
	readonly retiring: boolean;
	/** Those that are open, at most as many as were asked for. */
	readonly streams: readonly StreamView[];
}
