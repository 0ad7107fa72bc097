/** A client's side of an HTTP/1 engine in memory: feeds octets in any split, runs turns, records what comes out. */
import { Http1Engine } from '../../src/engine/http1/engine.ts';
import { HTTP1_LIMITS, type Http1Limits } from '../../src/engine/http1/limits.ts';
import type { Carrier, CarrierEnd, CarrierSink, RequestHead } from '../../src/wire/carrier.ts';
import type { EngineHost } from '../../src/wire/engine.ts';
import type { Fault } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Bytes, latin1Decode } from '../../src/wire/latin1.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../../src/wire/timeouts.ts';
import { lend } from './lent-bytes.ts';

export const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT';

/** One exchange as its application would see it, with the events it got. */
export class TalkExchange implements CarrierSink {
	readonly carrier: Carrier;
	readonly head: RequestHead;
	/** The content received so far, as latin-1. */
	text = '';
	/** Chunks as they came. */
	readonly chunks: Uint8Array[] = [];
	/** Trailer lines of each `contentEnd`. */
	readonly ends: string[][] = [];
	readonly waitings: number[] = [];
	readonly closes: CarrierEnd[] = [];
	onContent: ((chunk: Uint8Array) => void) | null = null;
	onEnd: (() => void) | null = null;
	onSent: ((waiting: number) => void) | null = null;

	constructor(carrier: Carrier, head: RequestHead) {
		this.carrier = carrier;
		this.head = head;
	}

	/** Responds at once with this text. */
	answer(text: string, status: number = 200, lines: string[] = []): void {
		this.carrier.respond(status, new Fields(lines), undefined);
		if (text !== '' && this.head.method !== 'HEAD') this.carrier.write(latin1Bytes(text));
		this.carrier.end(null);
	}

	content(chunk: Uint8Array): void {
		if (this.closes.length > 0) throw new Error('content after closed');
		this.chunks.push(chunk);
		this.text += latin1Decode(chunk, 0, chunk.length);
		this.onContent?.(chunk);
	}

	contentEnd(trailers: Fields): void {
		if (this.closes.length > 0) throw new Error('contentEnd after closed');
		this.ends.push(trailers.lines);
		this.onEnd?.();
	}

	sent(waiting: number): void {
		if (this.closes.length > 0) throw new Error('sent after closed');
		this.waitings.push(waiting);
		this.onSent?.(waiting);
	}

	reprioritized(): void {}

	closed(end: CarrierEnd): void {
		this.closes.push(end);
	}
}

export interface TalkOptions {
	readonly limits?: Partial<Http1Limits>;
	readonly timeouts?: Partial<Timeouts>;
	readonly scheme?: 'http' | 'https';
	/** What the transport takes in a turn; no bound by default. */
	readonly room?: number;
}

/** One connection. */
export class Talk implements EngineHost {
	readonly engine: Http1Engine;
	readonly exchanges: TalkExchange[] = [];
	readonly faults: Fault[] = [];
	readonly scheme: 'http' | 'https';
	/** Everything sent so far, as latin-1. */
	output = '';
	/** How many turns handed something over. */
	writes = 0;
	scarce = false;
	now = 1000;
	room: number;
	readonly #app: (exchange: TalkExchange) => void;
	#woken = false;

	constructor(app: (exchange: TalkExchange) => void = (exchange) => exchange.answer('ok'), options: TalkOptions = {}) {
		this.#app = app;
		this.scheme = options.scheme ?? 'http';
		this.room = options.room ?? Number.MAX_SAFE_INTEGER;
		this.engine = new Http1Engine(
			this,
			{ ...HTTP1_LIMITS, ...options.limits },
			{ ...DEFAULT_TIMEOUTS, ...options.timeouts },
		);
	}

	/** The last exchange that began. */
	get last(): TalkExchange {
		const last = this.exchanges.at(-1);
		if (last === undefined) throw new Error('no exchange has begun');
		return last;
	}

	/** Feeds octets in one piece, lent, and runs the turn. */
	feed(text: string | Uint8Array): this {
		lend(typeof text === 'string' ? latin1Bytes(text) : text, (bytes) => this.engine.receive(bytes, this.now));
		return this.turn();
	}

	/** Feeds octets one by one, a turn for each. */
	drip(text: string): this {
		for (const octet of text) this.feed(octet);
		return this;
	}

	eof(): this {
		this.engine.eof();
		return this.turn();
	}

	/** Lets milliseconds pass, looking about once a second. */
	pass(milliseconds: number): this {
		for (let left = milliseconds; left > 0; left -= 1000) {
			this.now += Math.min(1000, left);
			this.engine.advance(this.now);
			this.turn();
		}
		return this;
	}

	/** Runs turns until nothing more is wanted. */
	turn(): this {
		for (let round = 0; round < 10_000; round++) {
			this.#woken = false;
			this.engine.gather(this.room);
			if (this.engine.output.at > 0) {
				const bytes = this.engine.output.take();
				this.output += latin1Decode(bytes, 0, bytes.length);
				this.writes++;
			}
			this.engine.handedOver();
			if (!this.#woken) return this;
		}
		throw new Error('the engine never comes to rest');
	}

	/** Takes what was sent since the last call. */
	sent(): string {
		const output = this.output;
		this.output = '';
		return output;
	}

	/** A turn is wanted. */
	get woken(): boolean {
		return this.#woken;
	}

	exchange(carrier: Carrier, head: RequestHead): void {
		const exchange = new TalkExchange(carrier, head);
		carrier.sink = exchange;
		this.exchanges.push(exchange);
		this.#app(exchange);
	}

	wake(): void {
		this.#woken = true;
	}

	fault(fault: Fault): void {
		this.faults.push(fault);
	}

	date(): string {
		return DATE;
	}
}
