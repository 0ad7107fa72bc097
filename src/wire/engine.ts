/**
 * What an engine is to the connection that drives it: bytes and the time go in, exchanges and bytes come out. Both the
 * HTTP/1 and the HTTP/2 engine are driven by these few verbs, so one connection serves both.
 *
 * A turn: `receive` (or commands of applications outside of input, which call `host.wake`), then `gather`, then the
 * connection hands `output.take()` to the transport, then `handedOver`; where it has lent pieces, `handedOn`, and `handedOver` later.
 */
import type { Carrier, CarrierEnd, RequestHead } from './carrier.ts';
import type { EngineView } from './engine-view.ts';
import type { Fault } from './fault.ts';
import type { Output } from './output.ts';

/** What an engine needs from its connection. */
export interface EngineHost {
	/** A request head is complete. The host sets `carrier.sink` and runs the application before it returns. Never throws. */
	exchange(carrier: Carrier, head: RequestHead): void;
	/** Output or deferred work has arisen outside of `receive`: a turn is wanted. Cheap, may be called many times. */
	wake(): void;
	/** The peer broke a rule. The engine has acted already (error response, RST_STREAM, GOAWAY); this is for the log. */
	fault(fault: Fault): void;
	/** The current time as IMF-fixdate (RFC 9110 §5.6.7), for Date. */
	date(): string;
	/** All connections together hold so much that none is to be given more than it must have. */
	readonly scarce: boolean;
	/** The scheme of this connection's transport: `https` over TLS. */
	readonly scheme: 'http' | 'https';
}

/** An HTTP engine for one connection, server side. */
export interface Engine {
	/** Bytes for the peer, gathered during a turn. */
	readonly output: Output;
	/** How many exchanges are open, tunnels and pushed ones included. */
	readonly exchanges: number;
	/** No more input is wanted for now: the read-ahead mark is reached. The connection stops reading until it is false. */
	readonly full: boolean;
	/** Nothing more will be read or written once the output has left: close the transport. */
	readonly finished: boolean;
	/**
	 * Finished by cutting off what only the end of the connection delimits (a response without a length on HTTP/1.0, a
	 * tunnel): reset the transport, or the peer would take it for whole. Always false in HTTP/2.
	 */
	readonly severed: boolean;
	/**
	 * Our half has ended, the peer's may go on: close the write side of the transport once the output has left. An HTTP/1
	 * tunnel that was ended on our side; always false in HTTP/2, where a tunnel is a stream.
	 */
	readonly ended: boolean;

	/**
	 * Takes bytes from the peer, in any split. Bytes that are less than a quarter of their memory are lent: the memory is
	 * used again when the call has returned, so the engine copies what it keeps or hands out, which it would do with so
	 * small a part of so much memory anyway. Others it may keep and hand out views of. `now` is in milliseconds of a clock that never runs backwards. Never throws.
	 */
	receive(bytes: Uint8Array, now: number): void;
	/** Octets of input in memory that wait for more of themselves, or to be wanted. */
	readonly held: number;
	/** Whether reads of any length may be lent now: they are used within the call. */
	readonly borrows: boolean;
	/** The peer has closed its half of the transport. */
	eof(): void;
	/** Time passes: refills rates and acts on deadlines that have passed. Called about once a second. */
	advance(now: number): void;
	/**
	 * Moves into `output` what may be sent now: held response heads, and waiting content up to about `room` bytes, in order
	 * of priority. Heads and control frames are not held back by `room`. Input that was held back may be delivered first,
	 * so exchanges may begin and events may come here too.
	 */
	gather(room: number): void;
	/**
	 * The transport has the gathered output, and will give back what is lent of it: the peer may know of the ends of
	 * exchanges before `handedOver` tells the sinks.
	 */
	handedOn(): void;
	/**
	 * The gathered output has been handed to the transport: reports `sent` and `closed('complete')` to the sinks.
	 * @param room as `gather` would have it now: what applications write in these events waits where there is none
	 */
	handedOver(room?: number): void;
	/**
	 * Begins a graceful stop: exchanges that are open go on, new ones are not taken; `finished` when none is left.
	 * @param patient an HTTP/1 connection between two requests is not finished: the next may be on its way, and is answered as the
	 *   last. HTTP/2 needs no such patience: its first GOAWAY takes what is on its way. May be called again without.
	 */
	retire(patient?: boolean): void;
	/** Tells the exchanges that are open that the server has begun a graceful stop. */
	tellStopping(): void;
	/** Ends every exchange at once with this reason: the transport is gone, or about to be closed. */
	abandon(end: CarrierEnd): void;
	/**
	 * All connections hold too much together, and this one has the largest part: it ends. 503 where no response has begun (HTTP/1),
	 * GOAWAY with ENHANCE_YOUR_CALM (HTTP/2).
	 */
	shed(): void;
	/** How it stands, for people who look on: with so many streams at most. Changes nothing. */
	view(streams: number): EngineView;
}
