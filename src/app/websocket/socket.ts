/** A WebSocket as an application has it, and what it is told. */
import type { WebSocketFault } from '../../engine/websocket/peer-fault.ts';
import type { Exchange } from '../../rich/exchange.ts';
import type { FieldsInit } from '../../wire/fields.ts';

/** Text is a string, binary is octets. */
export type Message = string | Uint8Array;

/** How a message is sent. */
export interface SendOptions {
	/** Whether it is compressed, where that was agreed on; by its length otherwise. */
	readonly compress?: boolean;
}

/** An accepted WebSocket. Once it has closed, commands do nothing. */
export interface Socket<Data = unknown> {
	/** What `upgrade` gave; the application's to change. */
	data: Data;
	/** The exchange that it came by: its fields, target and connection. */
	readonly exchange: Exchange;
	/** The subprotocol agreed on, or null. */
	readonly subprotocol: string | null;
	/** Whether messages can be sent: neither side has closed. */
	readonly isOpen: boolean;
	/** The rule that the client broke, where that has ended it; `close` is told its code and text. Null otherwise. */
	readonly fault: WebSocketFault | null;
	/** How many octets were sent that have not been handed to the transport. */
	readonly bufferedAmount: number;
	/**
	 * Sends a message. Octets belong to the socket until `drain` or `close`, or until {@link Socket.bufferedAmount} is 0.
	 * @returns false when the client should be waited for: `drain` comes (WS-20). Also when the socket is not open.
	 * @throws BackpressureFault when that was said before and the hard mark would be passed (WS-21)
	 */
	send(message: Message, options?: SendOptions): boolean;
	/** Sends a Ping of at most 125 octets; the answer comes as `pong`. Nothing while the client is waited for. */
	ping(payload?: Message): void;
	/** Calls a function, and sends what it sends in one piece. Events do so by themselves. */
	cork(run: () => void): void;
	/** Begins the closing handshake: no message is delivered any more. `close` comes when it has ended, or taken too long. */
	close(code?: number, reason?: string): void;
	/** Ends it at once, without a Close frame. */
	terminate(): void;
	/** Delivers no more messages until `resume`; the client gets no more credit. */
	pause(): void;
	/** Delivers messages again. */
	resume(): void;
	/** Gets what is published to the topic from now on. */
	subscribe(topic: string): void;
	/** Gets it no more. */
	unsubscribe(topic: string): void;
	/** Whether it gets what is published to the topic. */
	isSubscribed(topic: string): boolean;
	/** Publishes to all subscribers of the topic but this socket. */
	publish(topic: string, message: Message, options?: SendOptions): void;
}

/** What a client asks for. */
export interface Offer {
	/** The subprotocols offered, in the client's order. */
	readonly subprotocols: readonly string[];
	/** The one that `subprotocols` of the options chooses, or null. */
	readonly subprotocol: string | null;
	/** Origin, as browsers say it; null from other clients. */
	readonly origin: string | null;
}

/** How a client is accepted. */
export interface Upgrade<Data> {
	/** Becomes `socket.data`. */
	readonly data?: Data;
	/** One of those offered, in place of the one that the options choose; null for none. */
	readonly subprotocol?: string | null;
	/** Further fields of the response, as Set-Cookie. */
	readonly fields?: FieldsInit;
}

/**
 * The events of all sockets of an application: one object for all of them. They may be async; a rejection counts as a
 * throw, which closes the socket with 1011 and is logged, but a promise is not backpressure (use `socket.pause()`).
 */
export interface WebSocketHandlers<Data = unknown> {
	/**
	 * A client asks to connect. Respond on the exchange to refuse it; otherwise it is accepted when this has ended.
	 * Not called for requests that could not be accepted (WS-2 to WS-8).
	 */
	upgrade?(
		exchange: Exchange,
		offer: Offer,
	): Upgrade<Data> | undefined | void | PromiseLike<Upgrade<Data> | undefined | void>;
	/** It is open. Before any other event. */
	open?(socket: Socket<Data>): unknown;
	/** A message. Octets are the application's: their memory is never reused. */
	message?(socket: Socket<Data>, message: Message): unknown;
	/** A Ping, which has been answered already. */
	ping?(socket: Socket<Data>, payload: Uint8Array): unknown;
	/** The answer to a Ping. */
	pong?(socket: Socket<Data>, payload: Uint8Array): unknown;
	/** The client has taken all that was sent, after `send` said false. */
	drain?(socket: Socket<Data>): unknown;
	/**
	 * It is over. Always, once, last, if it was accepted.
	 * @param code of the client's Close frame; 1005 for none in it; the one that we told it where it broke a rule; 1006 when
	 *   it ended without
	 * @param reason what the Close frame says, or what the client did wrong
	 */
	close?(socket: Socket<Data>, code: number, reason: string): unknown;
}
