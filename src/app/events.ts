/** Server-sent events: a response that stays open, in the format that EventSource reads (HTML standard, §9.2). */
import type { Duplex } from '../rich/duplex.ts';
import type { Exchange } from '../rich/exchange.ts';
import type { Handler } from '../rich/handler.ts';
import type { Outcome } from '../rich/outcome.ts';
import { BackpressureFault, Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { latin1Bytes } from '../wire/latin1.ts';
import { utf8 } from '../wire/utf8.ts';
import { commentText, eventText, retryText, type ServerEvent } from './event-text.ts';

export type { ServerEvent } from './event-text.ts';

/** How an event stream is set up. Everything has a default. */
export interface EventStreamOptions {
	/** Further response fields. A Cache-Control among them replaces `no-store`; Content-Type is not theirs to say. */
	readonly fields?: FieldsInit;
	/** How long the client shall wait before it connects again, in milliseconds; the client's own default otherwise. */
	readonly retry?: number;
	/**
	 * After how many milliseconds a comment is sent, over and over, so that nothing between here and the client takes the
	 * stream for dead; 15000 by default, 0 for never. One `setInterval`, cleared when the stream ends.
	 */
	readonly keepAlive?: number;
	/** The duplex that has read the request's content, where that was wanted; without it the stream attaches itself. */
	readonly duplex?: Duplex;
}

/** An open stream of events. After its end nothing throws on that account, and nothing is sent. */
export interface EventStream {
	/** What the client received last before it connected again (Last-Event-ID), or null when this is its first time. */
	readonly lastEventId: string | null;
	/** Whether events can still be sent: neither closed here nor ended otherwise. */
	readonly open: boolean;
	/** How the exchange ended. Never rejects. */
	readonly closed: Promise<Outcome>;
	/**
	 * Sends an event.
	 * @returns false when bytes wait for the client beyond the high mark: wait for {@link EventStream.drained}, or leave
	 *   events out. Also when the stream is no longer open. What goes on sending reaches the hard mark (400 KiB by default):
	 *   the stream is aborted then, rather than memory filled, and the client may connect again with its Last-Event-ID.
	 * @throws Misuse (RICH-49) for a type or id of several lines, NUL in an id, data that is not a string
	 */
	send(event: ServerEvent): boolean;
	/** Sends a comment, which clients ignore. Returns as {@link EventStream.send}. */
	comment(text: string): boolean;
	/** Resolves when more may be sent, at once if that is now; also when the stream ends. */
	drained(): Promise<void>;
	/** Ends the response. A client that was not told otherwise connects again. */
	close(): void;
}

const KEEP_ALIVE = 15_000;

/** The longest delay that timers take. */
const DELAY_MAX = 0x7fffffff;

const EMPTY = new Uint8Array(0);

/**
 * Begins a stream of events: responds 200 with `text/event-stream` and attaches itself, so nothing else may; content of
 * the request is discarded (see the option `duplex`). A HEAD request gets the head alone.
 *
 * @throws Misuse when a handler is attached already (RICH-4), the response has begun (RICH-12), or the options make no
 *   sense (RICH-49)
 * @example
 * const clock = rich((exchange) => {
 *   const stream = eventStream(exchange, { retry: 2000 });
 *   const timer = setInterval(() => stream.send({ event: 'time', data: new Date().toISOString() }), 1000);
 *   stream.closed.then(() => clearInterval(timer));
 * });
 * @example
 * // As fast as the client takes it, and no faster.
 * const tokens = rich(async (exchange) => {
 *   const request = duplex(exchange);
 *   const answer = model(await text(request.content));
 *   const stream = eventStream(exchange, { duplex: request });
 *   for await (const data of answer) {
 *     if (!stream.send({ data })) await stream.drained();
 *     if (!stream.open) break;
 *   }
 *   stream.close();
 * });
 */
export function eventStream(exchange: Exchange, options: EventStreamOptions = {}): EventStream {
	return new LiveEventStream(exchange, options);
}

class LiveEventStream implements EventStream {
	readonly lastEventId: string | null;
	readonly closed: Promise<Outcome>;

	readonly #exchange: Exchange;
	readonly #duplex: Duplex | null;
	#timer: ReturnType<typeof setInterval> | null = null;
	#isEnded = false;
	/** While more should not be sent; resolves when it may. */
	#blocked: Promise<void> | null = null;
	#unblock: (() => void) | null = null;

	constructor(exchange: Exchange, options: EventStreamOptions) {
		const { retry, keepAlive = KEEP_ALIVE, duplex = null } = options;
		if (!(keepAlive >= 0 && keepAlive <= DELAY_MAX)) {
			throw new Misuse('RICH-49', `keepAlive is a time in milliseconds, 0 for never, not ${keepAlive}.`);
		}
		const fields = streamFields(options.fields);
		const opening = retry === undefined ? null : retryText(retry);
		this.#exchange = exchange;
		this.#duplex = duplex;
		this.lastEventId = lastEventId(exchange.fields);
		if (duplex === null) {
			const { promise, resolve } = Promise.withResolvers<Outcome>();
			this.closed = promise;
			exchange.attach(this.#handler(resolve));
			exchange.discard();
		} else {
			this.closed = duplex.closed;
			void duplex.closed.then(() => this.#stop());
		}
		exchange.respond(200, fields);
		if (exchange.method === 'HEAD') {
			this.close();
			return;
		}
		if (keepAlive > 0 && this.open) this.#timer = setInterval(() => this.#ping(), keepAlive);
		if (opening !== null) this.#write(opening);
	}

	get open(): boolean {
		return !this.#isEnded && this.#exchange.outcome === null;
	}

	send(event: ServerEvent): boolean {
		return this.#write(eventText(event));
	}

	comment(text: string): boolean {
		return this.#write(commentText(text));
	}

	drained(): Promise<void> {
		return this.#blocked ?? Promise.resolve();
	}

	close(): void {
		if (this.#isEnded) return;
		this.#stop();
		if (this.#duplex === null) this.#exchange.end();
		else this.#duplex.end();
	}

	#handler(closed: (outcome: Outcome) => void): Handler {
		return {
			drain: () => this.#unblock?.(),
			closed: (outcome) => {
				this.#stop();
				closed(outcome);
			},
		};
	}

	/** Bytes that wait will tell as well as a comment that we are alive, and a client that stalls gets no more of them. */
	#ping(): void {
		if (this.#blocked !== null) return;
		try {
			this.comment('');
		} catch {
			// The response was ended behind the stream's back. Nobody could catch an error that a timer throws.
			this.#stop();
		}
	}

	#write(text: string): boolean {
		if (!this.open) {
			this.#stop();
			return false;
		}
		let more: boolean;
		try {
			more = this.#exchange.write(utf8(text));
		} catch (fault) {
			if (!(fault instanceof BackpressureFault)) throw fault;
			this.#stop();
			this.#exchange.abort();
			return false;
		}
		if (!more && this.#blocked === null) this.#block();
		return more;
	}

	#block(): void {
		this.#blocked = new Promise((resolve) => {
			this.#unblock = () => {
				this.#blocked = null;
				this.#unblock = null;
				resolve();
			};
		});
		if (this.#duplex === null) return;
		// The drain event goes to the duplex: its empty write resolves with it, and rejects when the exchange ends.
		const unblock = (): void => this.#unblock?.();
		this.#duplex.write(EMPTY).then(unblock, unblock);
	}

	#stop(): void {
		this.#isEnded = true;
		if (this.#timer !== null) clearInterval(this.#timer);
		this.#timer = null;
		this.#unblock?.();
	}
}

function streamFields(init: FieldsInit | undefined): Fields {
	const fields = Fields.from(init ?? []).clone();
	if (fields.has('content-type')) {
		throw new Misuse('RICH-49', 'The Content-Type of an event stream is text/event-stream: leave it out.');
	}
	fields.append('content-type', 'text/event-stream');
	if (!fields.has('cache-control')) fields.append('cache-control', 'no-store');
	return fields;
}

/** Ids are UTF-8 on the wire, field values octets (HTML standard, §9.2.4). */
function lastEventId(fields: Fields): string | null {
	const value = fields.first('last-event-id');
	return value === null ? null : new TextDecoder('utf-8', { ignoreBOM: true }).decode(latin1Bytes(value));
}
