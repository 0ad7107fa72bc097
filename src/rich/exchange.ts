/**
 * THE contract: one bidirectional exchange per request stream. Everything that HTTP/1.1 and HTTP/2 can do is here; the
 * rules are in spec/rich.md, and the messages of the errors thrown name them.
 */
import type { Priority } from '../wire/carrier.ts';
import type { Fields, FieldsInit } from '../wire/fields.ts';
import type { RichApp } from './app.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { Handler, TunnelHandler } from './handler.ts';
import type { Outcome } from './outcome.ts';

/** The head of a request that the server makes on the client's behalf (RFC 9113 §8.4). */
export interface PushHead {
	/** Safe and cacheable: GET (the default) or HEAD. */
	readonly method?: 'GET' | 'HEAD';
	/** Origin-form: path and query. */
	readonly target: string;
	/** Its authority; that of the parent by default. */
	readonly authority?: string;
	/** Its field lines; none by default. */
	readonly fields?: FieldsInit;
	/** Its priority; urgency 3 by default. */
	readonly priority?: Priority;
}

/**
 * An accepted tunnel: bytes both ways until both halves have ended. After it has closed, calls do nothing.
 */
export interface Tunnel {
	/** How many bytes were written and have not been handed to the transport. */
	readonly waiting: number;
	/**
	 * Sends bytes. The chunk belongs to the tunnel until `drain` or `closed`.
	 * @returns false when the caller should wait for `drain`
	 * @throws BackpressureFault past the hard mark (RICH-23)
	 */
	write(chunk: Uint8Array): boolean;
	/** Ends our half; the peer may go on sending. */
	end(chunk?: Uint8Array): void;
	/** Delivers no more data until `resume`. */
	pause(): void;
	/** Delivers data again. */
	resume(): void;
	/** Ends both halves at once: a reset with this code (RFC 9113 §7; CANCEL by default), or a closed connection. */
	abort(code?: number): void;
}

/** How much of the request content has been left by layers that had the exchange before: all, some, or nothing. */
export type UnreadContent = 'whole' | 'partial' | 'none';

/**
 * One exchange. Misuse throws {@link Misuse}; whatever comes after the end does nothing.
 *
 * @example
 * const app = rich((exchange) => {
 *   exchange.respond(200, ['content-type', 'text/plain']);
 *   exchange.end(utf8('hello\n'));
 * });
 */
export interface Exchange {
	/** The method, case-sensitive. */
	readonly method: string;
	/** `http` or `https`; empty for plain CONNECT. */
	readonly scheme: string;
	/** `:authority`, or Host, or that of an absolute-form target; empty when the request has none. */
	readonly authority: string;
	/** The request target, verbatim (RFC 9112 §3.2, `:path` in HTTP/2). */
	readonly target: string;
	/** The protocol offered: `:protocol` (RFC 8441), or the first in Upgrade (RFC 9110 §7.8); null for none. */
	readonly protocol: string | null;
	/** The request's field lines: order, duplicates and case as they came. */
	readonly fields: Fields;
	readonly httpVersion: '1.0' | '1.1' | '2';
	/** Facts of the connection. */
	readonly connection: ConnectionFacts;
	/**
	 * Whether `end` takes trailer fields: not on HTTP/1.0, not on HTTP/1.1 once Content-Length has been sent, not with a
	 * status that has no content, not in a tunnel.
	 */
	readonly trailers: boolean;
	/** Whether a final response has begun, the application's or an error given for it; or a tunnel was accepted. */
	readonly responded: boolean;
	/** How it ended, or null while it is open. */
	readonly outcome: Outcome | null;
	/**
	 * What middleware of a lower layer has added to the response, for an application that was reached by an escape: sent before the
	 * application's own fields, and to be changed at will before `respond` or `accept`. Null for an exchange that is no escape's.
	 */
	readonly inherited: Fields | null;
	/** How much of the request content is left: `whole`, unless a layer above an escape has read some. */
	readonly unread: UnreadContent;
	/** The priority (RFC 9218). Set it to put the server's judgement in place of the client's. */
	priority: Priority;

	/** Delivers the exchange's events to this handler. Once; returning a handler from the application is the same. */
	attach(handler: Handler): void;
	/** Delivers no more content until `resume`; the peer gets no more credit. Other events still come. */
	pause(): void;
	/** Delivers content again. */
	resume(): void;
	/** The rest of the request is unwanted: neither `data` nor `end` will come. */
	discard(): void;

	/** Sends an informational response, 100–199 but not 101; null on HTTP/1.0. */
	readonly inform: ((status: number, fields?: FieldsInit) => void) | null;
	/**
	 * Begins the final response.
	 * @param status 200–599; not 2xx to CONNECT (use `accept`)
	 * @param fields in the order they shall be sent; the server adds Date, and on HTTP/1 the framing
	 * @param reason the reason phrase, for HTTP/1 only
	 */
	respond(status: number, fields?: FieldsInit, reason?: string): void;
	/**
	 * Sends a chunk of content. The chunk belongs to the exchange until `drain` or `closed`.
	 * @returns false when the caller should wait for `drain`; and after the end, when `closed` comes instead
	 * @throws BackpressureFault past the hard mark (RICH-23); Misuse beyond Content-Length (RICH-19)
	 */
	write(chunk: Uint8Array): boolean;
	/** Ends the response, with a last chunk and with trailer fields if there are any. */
	end(chunk?: Uint8Array | null, trailers?: FieldsInit): void;

	/** Promises a response to a request the client has not made, and runs the app for it; null where the client takes none. */
	readonly push: ((head: PushHead, app: RichApp) => void) | null;
	/**
	 * Opens the tunnel that CONNECT, Upgrade or `:protocol` asks for; null for other requests. When the client has gone
	 * already, the tunnel is born closed and its handler is told `closed`.
	 */
	readonly accept: ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null;

	/** Ends the exchange at once: a reset with this code (RFC 9113 §7; CANCEL by default), or a closed connection. */
	abort(code?: number): void;
	/** Refuses the exchange before any byte of a response: the client may safely try again (REFUSED_STREAM). */
	refuse(): void;
	/** Takes no more exchanges on this connection after this one. */
	retire(): void;
}
