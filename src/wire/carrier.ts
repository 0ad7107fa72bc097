/**
 * The seam between an exchange and what carries it: an HTTP/2 stream, an HTTP/1 connection while one request is being
 * answered, a pushed stream, or the in-memory pair. Commands go down by {@link Carrier}, events come up by
 * {@link CarrierSink}. Neither side does I/O or reads a clock.
 *
 * What the exchange guarantees to the carrier: commands come in legal order (inform* → respond → write* → end, or
 * inform* → accept → write* → end), fields are valid for HTTP, nothing comes after `reset` or after `closed`, content
 * forbidden by method or status has been dropped already, and Content-Length has been kept to.
 *
 * What the carrier guarantees to the exchange: events come in order (content* → contentEnd, then nothing but `sent`,
 * `reprioritized` and `closed`); `closed` comes exactly once and last; no event is delivered inside a command, save where
 * a command says otherwise.
 */
import type { Fields } from './fields.ts';
import type { Output } from './output.ts';

/** RFC 9218 §4: urgency 0 (first) to 7 (last), 3 by default; incremental responses share the connection. */
export interface Priority {
	readonly urgency: number;
	readonly incremental: boolean;
}

/** A request head, verbatim. */
export interface RequestHead {
	/** The method, case-sensitive (RFC 9110 §9.1). */
	readonly method: string;
	/** `http` or `https` as the request says it; empty for plain CONNECT. */
	readonly scheme: string;
	/** `:authority`, or Host, or the authority of an absolute-form target; empty when the request has none. */
	readonly authority: string;
	/** The request target as sent: origin-form, absolute-form, authority-form or `*` (RFC 9112 §3.2); `:path` in HTTP/2. */
	readonly target: string;
	/** `:protocol` of an extended CONNECT (RFC 8441), or what Upgrade offers (RFC 9110 §7.8); null without either. */
	readonly protocol: string | null;
	/** The field lines, in order; without pseudo-fields. May be built on first access. */
	readonly fields: Fields;
	readonly httpVersion: '1.0' | '1.1' | '2';
	/** The client waits for 100 (Continue) before it sends content (RFC 9110 §10.1.1). */
	readonly expectsContinue: boolean;
	/** The content length announced, in bytes, or -1 when none was. 0 when the head ended the request. */
	readonly contentLength: number;
	/** RFC 9218 priority of the request. */
	readonly priority: Priority;
}

/** Why an exchange ended, as its carrier knows it. */
export type CarrierEnd =
	/** The response has been handed to the transport and the request has ended or was discarded. */
	| 'complete'
	/** The peer reset the stream; `code` is its error code. */
	| 'reset'
	/** The connection was lost, or closed by us for the peer's fault. */
	| 'lost'
	/** A deadline passed. */
	| 'timeout'
	/** The server stopped before the exchange ended. */
	| 'shutdown';

/** Commands of an exchange to its carrier. Nothing here blocks; output leaves at the end of the turn. */
export interface Carrier {
	/** Whether informational responses can be sent (not to HTTP/1.0). */
	readonly canInform: boolean;
	/** Whether a promise would be taken at this moment (HTTP/2, SETTINGS_ENABLE_PUSH, stream limit, not itself pushed). */
	readonly canPush: boolean;
	/** Whether `accept` can open a tunnel for this request: CONNECT, extended CONNECT or Upgrade. */
	readonly canAccept: boolean;
	/** Whether trailer fields can be sent if the response has no Content-Length field (not to HTTP/1.0). */
	readonly canTrail: boolean;
	/**
	 * Bytes of content that have left it, and of which it has not been told that they were handed over. An exchange that has
	 * none there need not wait for those of others: a peer that reads nothing could keep any number of them from their end.
	 */
	readonly unhanded: number;

	/** Sends an informational response, 100–199 but not 101. */
	inform(status: number, fields: Fields): void;
	/**
	 * Begins the final response, 200–599. The carrier may hold the head until the first `write`, `end` or the end of the
	 * turn, so as to choose the best framing.
	 * @param reason for HTTP/1 only; undefined for the standard phrase
	 */
	respond(status: number, fields: Fields, reason: string | undefined): void;
	/**
	 * Takes a chunk of content, or of tunnel data. It may be kept as it is until it is sent, and must not change until then.
	 * @returns how many bytes of this exchange are now waiting: not yet handed to the transport
	 */
	write(chunk: Uint8Array): number;
	/** Ends the response, or our half of a tunnel. An empty `trailers` is the same as null. */
	end(trailers: Fields | null): void;
	/**
	 * Opens the tunnel: 101 with Upgrade, or 2xx to CONNECT. From here on content events are tunnel data, and the next
	 * `contentEnd` is the tunnel's: a request end that has not been told by then is not told any more.
	 */
	accept(fields: Fields): void;
	/**
	 * Promises a request on the peer's behalf (RFC 9113 §8.4). The promise goes out at once.
	 * @returns the carrier of the pushed exchange, or null when the promise was declined by a race
	 */
	push(head: RequestHead): Carrier | null;
	/** Ends the exchange abruptly: RST_STREAM with the code, or the HTTP/1 connection is closed. No `closed` event follows. */
	reset(code: number): void;
	/** No more exchanges on this connection: GOAWAY, or `Connection: close`. */
	retire(): void;
	/**
	 * Makes room for so many octets of tunnel data in the output itself, so that what would be written and copied there is
	 * made there. Null, or no such method, where they cannot leave with the next turn: then they are written.
	 */
	claim?(octets: number): Output | null;
	/** So many octets of the room have been filled. @returns the same as `write` */
	claimed?(octets: number): number;
	/** Sends 100 (Continue), if the client still waits for it. */
	continue(): void;
	/** The application consumed that many bytes of content: the peer may send as many more. */
	credit(bytes: number): void;
	/** Content is not wanted now; what has been received but not delivered waits. May be called inside `content`. */
	hold(): void;
	/**
	 * What was held may be delivered again, content or the end behind it; a sink that still wants no content holds again.
	 * Nothing is delivered before the command returns.
	 */
	release(): void;
	/**
	 * The rest of the request is unwanted: it is dropped as it comes, and credited at connection level only. Its end may
	 * still be told.
	 */
	discard(): void;
	/** The server's own view of the priority, in place of the client's. */
	prioritize(priority: Priority): void;
	/** Events go to this sink from now on. Set before anything is delivered. */
	sink: CarrierSink;
}

/** Events of a carrier to its exchange. Implementations never throw. */
export interface CarrierSink {
	/** A chunk of content or tunnel data. The chunk belongs to the receiver: its memory is never reused. */
	content(chunk: Uint8Array): void;
	/** Whether {@link borrow} would take tunnel data now. */
	readonly borrows?: boolean;
	/**
	 * Tunnel data that is lent for the call, from `from` to before `to`: the sink may write to it, and copies what it keeps.
	 * @returns false when it was not taken, and must come by `content`
	 */
	borrow?(bytes: Uint8Array, from: number, to: number): boolean;
	/** The request, or the peer's half of a tunnel, has ended. `trailers` may be empty. */
	contentEnd(trailers: Fields): void;
	/** Output moved on: this many bytes of this exchange are still waiting. Called when it falls, at most once a turn. */
	sent(waiting: number): void;
	/** The client changed the priority (PRIORITY_UPDATE, RFC 9218 §7). */
	reprioritized(priority: Priority): void;
	/** The server has begun a graceful stop. */
	stopping?(): void;
	/** The exchange is over. Comes exactly once, unless the exchange was `reset`, and last. */
	closed(end: CarrierEnd, code: number): void;
}
