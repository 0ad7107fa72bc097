/** A conversation with an HTTP/2 engine in bytes: what it says is read, what it does to exchanges is recorded. */
import { HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import type { FieldEntry } from '../../src/engine/hpack/field-entry.ts';
import { Http2Engine } from '../../src/engine/http2/engine.ts';
import { HTTP2_LIMITS, type Http2Limits } from '../../src/engine/http2/limits.ts';
import type { Carrier, CarrierEnd, CarrierSink, Priority, RequestHead } from '../../src/wire/carrier.ts';
import type { EngineHost } from '../../src/wire/engine.ts';
import type { Fault } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../../src/wire/timeouts.ts';
import { bytes, type Frame, FrameStream, PREFACE, read32, SETTINGS_ACK, settings, TYPES } from './http2-frames.ts';
import { lend } from './lent-bytes.ts';

/** One exchange, and all that it was told. */
export class Exchange implements CarrierSink {
	readonly carrier: Carrier;
	readonly head: RequestHead;
	/** `content 5`, `end`, `sent 0`, `priority 1`, `closed complete 0` … */
	readonly events: string[] = [];
	content$: Uint8Array[] = [];
	trailers: string[] | null = null;
	/** Credit content as it comes. */
	credits = true;
	onContent: ((chunk: Uint8Array) => void) | null = null;
	onEnd: (() => void) | null = null;
	onSent: ((waiting: number) => void) | null = null;
	onClosed: (() => void) | null = null;

	constructor(carrier: Carrier, head: RequestHead) {
		this.carrier = carrier;
		this.head = head;
		carrier.sink = this;
	}

	get text(): string {
		const all = bytes(...this.content$);
		return latin1Decode(all, 0, all.length);
	}

	content(chunk: Uint8Array): void {
		this.events.push(`content ${chunk.length}`);
		this.content$.push(chunk);
		this.onContent?.(chunk);
		if (this.credits) this.carrier.credit(chunk.length);
	}
	contentEnd(trailers: Fields): void {
		this.events.push('end');
		this.trailers = trailers.lines.slice();
		this.onEnd?.();
	}
	sent(waiting: number): void {
		this.events.push(`sent ${waiting}`);
		this.onSent?.(waiting);
	}
	reprioritized(priority: Priority): void {
		this.events.push(`priority ${priority.urgency}${priority.incremental ? ' i' : ''}`);
	}
	closed(end: CarrierEnd, code: number): void {
		this.events.push(`closed ${end} ${code}`);
		this.onClosed?.();
	}

	/** How it ended, or undefined. */
	get outcome(): string | undefined {
		return this.events.find((event) => event.startsWith('closed'))?.slice(7);
	}

	/** A whole response. */
	answer(status = 200, content: string | Uint8Array = '', ...fields: string[]): void {
		this.carrier.respond(status, new Fields(fields), undefined);
		const chunk = bytes(content);
		if (chunk.length > 0) this.carrier.write(chunk);
		this.carrier.end(null);
	}
}

export interface TalkOptions {
	readonly limits?: Partial<Http2Limits>;
	readonly timeouts?: Partial<Timeouts>;
	readonly extendedConnect?: boolean;
	/** Called for each request, while the engine waits. By default nothing is answered. */
	readonly app?: (exchange: Exchange) => void;
	/** How much the transport takes in a turn. */
	readonly room?: () => number;
}

/** The client's end, and the engine's host. */
export class Talk implements EngineHost {
	readonly scheme = 'http' as const;
	readonly engine: Http2Engine;
	readonly exchanges: Exchange[] = [];
	readonly faults: Fault[] = [];
	/** All frames that the engine has sent. */
	readonly frames: Frame[] = [];
	scarce = false;
	now = 1000;
	room: () => number;
	readonly #app: (exchange: Exchange) => void;
	readonly #reader = new FrameStream();
	readonly #decoder = new HpackDecoder(4096);
	readonly #blocks = new Map<Frame, string[]>();
	#fragments: { first: Frame; parts: Uint8Array[] } | null = null;
	#again = false;

	constructor(options: TalkOptions = {}) {
		this.#app = options.app ?? (() => {});
		this.room = options.room ?? (() => 1 << 20);
		this.engine = new Http2Engine(
			this,
			{ limits: { ...HTTP2_LIMITS, ...options.limits }, extendedConnect: options.extendedConnect ?? false },
			{ ...DEFAULT_TIMEOUTS, ...options.timeouts },
		);
	}

	/** Preface and SETTINGS exchanged. */
	static open(options: TalkOptions = {}, ...pairs: [id: number, value: number][]): Talk {
		const talk = new Talk(options);
		talk.send(bytes(PREFACE, settings(...pairs), SETTINGS_ACK));
		talk.frames.length = 0;
		return talk;
	}

	exchange(carrier: Carrier, head: RequestHead): void {
		const exchange = new Exchange(carrier, head);
		this.exchanges.push(exchange);
		this.#app(exchange);
	}
	wake(): void {
		this.#again = true;
	}
	fault(fault: Fault): void {
		this.faults.push(fault);
	}
	date(): string {
		return 'Mon, 01 Jan 2029 00:00:00 GMT';
	}

	/** Bytes to the engine, in one piece and lent, and the turn behind them. */
	send(...input: Uint8Array[]): this {
		lend(bytes(...input), (lent) => this.engine.receive(lent, this.now));
		return this.turn();
	}

	/** What a connection does when input has been taken, or when it was woken. */
	turn(): this {
		for (let round = 0; round < 100; round++) {
			this.#again = false;
			this.engine.gather(this.room());
			if (this.engine.output.at > 0) this.#read(this.engine.output.take());
			this.engine.handedOver();
			if (!this.#again) break;
		}
		return this;
	}

	/** Time passes. */
	pass(milliseconds: number): this {
		this.now += milliseconds;
		this.engine.advance(this.now);
		return this.turn();
	}

	/** Whether the engine has asked for a turn. */
	get woken(): boolean {
		return this.#again;
	}

	of(type: number, stream?: number): Frame[] {
		return this.frames.filter((frame) => frame.type === type && (stream === undefined || frame.stream === stream));
	}

	/** The decoded field lines of a HEADERS or PUSH_PROMISE frame, with those of its CONTINUATION. */
	lines(frame: Frame): string[] {
		return this.#blocks.get(frame) as string[];
	}

	/** The statuses of the HEADERS on a stream; `trailers` for a section without. */
	statuses(stream: number): string[] {
		return this.of(TYPES.HEADERS, stream).map((frame) => {
			const lines = this.lines(frame);
			return lines[0] === ':status' ? (lines[1] as string) : 'trailers';
		});
	}

	/** All content sent on a stream. */
	content(stream: number): Uint8Array {
		return bytes(...this.of(TYPES.DATA, stream).map((frame) => frame.payload));
	}

	text(stream: number): string {
		const content = this.content(stream);
		return latin1Decode(content, 0, content.length);
	}

	/** The error codes of RST_STREAM on a stream. */
	resets(stream: number): number[] {
		return this.of(TYPES.RST_STREAM, stream).map((frame) => read32(frame.payload));
	}

	/** The error code of the last GOAWAY, or null. */
	get goaway(): number | null {
		const frame = this.of(TYPES.GOAWAY).at(-1);
		return frame === undefined ? null : read32(frame.payload, 4);
	}

	get lastStream(): number | null {
		const frame = this.of(TYPES.GOAWAY).at(-1);
		return frame === undefined ? null : read32(frame.payload);
	}

	/** The rule that the last fault cites. */
	get rule(): string | undefined {
		return this.faults.at(-1)?.rule;
	}

	only(): Exchange {
		return this.exchanges[0] as Exchange;
	}

	#read(chunk: Uint8Array): void {
		for (const frame of this.#reader.read(chunk)) {
			this.frames.push(frame);
			if (frame.type === TYPES.HEADERS || frame.type === TYPES.PUSH_PROMISE) {
				const skipped = frame.type === TYPES.PUSH_PROMISE ? 4 : 0;
				this.#fragments = { first: frame, parts: [frame.payload.subarray(skipped)] };
			} else if (frame.type === TYPES.CONTINUATION) {
				this.#fragments?.parts.push(frame.payload);
			} else {
				continue;
			}
			if ((frame.flags & 4) === 0 || this.#fragments === null) continue;
			const block = bytes(...this.#fragments.parts);
			const entries: FieldEntry[] = [];
			if (this.#decoder.decode(block, 0, block.length, entries, 1 << 24) !== 0)
				throw new Error(String(this.#decoder.error));
			this.#blocks.set(
				this.#fragments.first,
				entries.flatMap((entry) => [entry.name, entry.value]),
			);
			this.#fragments = null;
		}
	}
}

/** Ways to give the same input: each is to have the same outcome. */
export const SPLITS: readonly [name: string, send: (talk: Talk, input: Uint8Array) => void][] = [
	['whole', (talk, input) => talk.send(input)],
	[
		'byte by byte',
		(talk, input) => {
			for (let i = 0; i < input.length; i++) talk.send(input.subarray(i, i + 1));
		},
	],
	['with bytes behind it', (talk, input) => talk.send(input, bytes(0, 0, 8, TYPES.PING, 0, 0, 0, 0, 0, 'behind!!'))],
];
