/** What a handler of the Fetch Server API is called with. */
import type { Tunnel } from './tunnel.ts';

/** What Headers are made of. */
export type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;

/** An end of a connection. Without a family where there is no IP address, as on a Unix socket. */
export interface SocketAddress {
	readonly address: string;
	readonly port: number;
	readonly family?: 'IPv4' | 'IPv6';
}

/** RFC 9218: urgency 0 (first) to 7 (last). */
export interface RequestPriority {
	readonly urgency: number;
	readonly incremental: boolean;
}

/** A Request whose trailer fields can be had, when its content has been read. */
export type TrailedRequest = Request & { readonly trailers: Promise<Headers> };

/** The request, what is around it, and what can be done beside answering it. */
export interface ServerContext {
	/** Made when it is asked for, and the same each time. */
	readonly request: TrailedRequest;
	readonly remoteAddress: SocketAddress;
	readonly localAddress: SocketAddress;
	/** The protocol of the connection: `http/1.1` or `h2`. */
	readonly alpnProtocol: string;
	readonly encrypted: boolean;
	/** The server name that a TLS client asked for. */
	readonly serverName: string | null;
	/** What the client asks for, last. */
	readonly clientPriority: RequestPriority;
	/** What the server has decided: null for what the client asks. A missing member has its default, 3 or false. */
	get serverPriority(): RequestPriority | null;
	set serverPriority(priority: Partial<RequestPriority> | null);
	/** Called when the client changes its priority. What it throws goes to the log. */
	onpriority: ((priority: RequestPriority) => void) | null;
	/** The server sends 100 (Continue) by itself, when content is read. */
	readonly autoContinue: boolean;
	/**
	 * Sends an informational response, 100 to 199 but not 101.
	 * @throws RangeError for another status; a DOMException: NotSupportedError on HTTP/1.0, InvalidStateError after the response has begun
	 * or the exchange was denied, and for a 100 that nobody waits for
	 */
	sendInformational(status: number, headers?: HeadersInit): void;
	/**
	 * Declines the exchange, before anything was sent, by a reset or by closing the connection. The handler returns nothing after it.
	 * @param error its `code` says how: ERR_HTTP_REQUEST_REJECTED (the default), …_CANCELLED, …_INTERNAL_ERROR, …_CONNECT_ERROR, ERR_HTTP_GOAWAY
	 * @throws InvalidStateError when something was sent already
	 */
	deny(error?: unknown): void;
	/** Fulfilled when the response, or the denial, is with the transport; rejected with a protocol error when the exchange ended otherwise. */
	readonly completed: Promise<undefined> | null;
	/** Keeps the server from stopping until the promise has settled. A rejection goes to the log. */
	waitUntil(promise: PromiseLike<unknown>): void;
}

/** The context of a request that asks for a tunnel. */
export interface ConnectContext extends ServerContext {
	/** What `:protocol` or Upgrade asks for; null for plain CONNECT. */
	readonly connectProtocol: string | null;
	/**
	 * Opens the tunnel: by 101 or by 2xx. Of the init the headers are sent.
	 * @throws InvalidStateError when the exchange is committed or denied; the abort reason when the client has gone
	 */
	accept(init?: ResponseInit): Promise<Tunnel>;
	/**
	 * Opens a WebSocket, by what the server was given for it.
	 * @throws InvalidStateError for another protocol; NotSupportedError where the server was given nothing
	 */
	upgradeWebSocket(options?: WebSocketUpgradeInit): object;
	/** Not supported: rejects. */
	upgradeWebTransport(): Promise<never>;
}

/** What a WebSocket is opened with. */
export interface WebSocketUpgradeInit {
	/** The subprotocols that the application speaks, the best first. */
	readonly protocol?: readonly string[];
}
