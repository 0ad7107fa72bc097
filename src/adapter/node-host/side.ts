/** What a {@link NodeCarrier} asks of the objects that Node.js gives for one request. */
import type { Duplex, Readable, Writable } from '../../layer/node/server-objects.ts';
import type { CarrierEnd, RequestHead } from '../../wire/carrier.ts';
import type { Fields } from '../../wire/fields.ts';

/** A final response head, and what is known of what comes behind it. */
export interface ResponseStart {
	readonly status: number;
	readonly fields: Fields;
	readonly reason: string | undefined;
	/** Bytes of content, where all of it is there and no trailer fields are; or -1. */
	readonly length: number;
	/** Neither content nor trailer fields will come. */
	readonly bare: boolean;
	/** Nothing is there yet to go with it. */
	readonly alone: boolean;
}

/** The server's side of one exchange: a request and a response of HTTP/1, or a stream of HTTP/2. */
export interface NodeSide {
	readonly canInform: boolean;
	readonly canPush: boolean;
	readonly canAccept: boolean;
	readonly canTrail: boolean;
	/** Where the request's content comes from; null for a promise, which has none. */
	readonly input: Readable | null;
	/** Where the response's content goes; null for a promise whose stream is not there yet. */
	readonly output: Writable | null;
	/** The input is a connection: its end, before a tunnel is open, is that of the client. */
	readonly inputIsConnection: boolean;
	/** The head has ended the request. */
	readonly bodiless: boolean;
	/** What has come behind the content; asked for once it has ended. */
	trailers(): Fields;
	/** Whether the end of `input` is that of the request: the objects also end when the client has gone. */
	readonly inputWhole: boolean;
	/** Whether an output that was ended, and has closed, had all of it sent. */
	readonly outputWhole: boolean;
	inform(status: number, fields: Fields): void;
	/** Sends 100 (Continue). */
	continue(): void;
	/** Begins the response: its head is sent at once. Throws what Node.js has against it. */
	respond(start: ResponseStart): void;
	/** Ends the response. */
	end(trailers: Fields | null): void;
	/** Opens the tunnel, and gives both of its halves. */
	accept(fields: Fields): Duplex;
	/** Promises a request; null when it is declined. `opened` is called later, once, when `output` is there or never will be. */
	push(head: RequestHead, opened: (failed: boolean) => void): NodeSide | null;
	/** Ends it at once. */
	reset(code: number): void;
	/** The response is complete, and the rest of the request is unwanted. */
	abandon(): void;
	/** No more requests on this connection. */
	retire(): void;
	/** Why it closed before it was complete. */
	lostBy(): { readonly end: CarrierEnd; readonly code: number };
}
