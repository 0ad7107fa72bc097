/** Carries one exchange over the objects of a server of Node.js. */
import type { Duplex, Readable, Writable } from '../../layer/node/server-objects.ts';
import type { ConnectionFacts } from '../../rich/connection-facts.ts';
import { type ExchangeContext, OUTPUT_MARKS, type OutputMarks } from '../../rich/context.ts';
import type { LiveExchange } from '../../rich/live-exchange.ts';
import type { Carrier, CarrierEnd, CarrierSink, RequestHead } from '../../wire/carrier.ts';
import { ErrorCode } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import type { Rostered } from '../../wire/roster.ts';
import type { NodeSide } from './side.ts';

/** What all exchanges of a connection share. */
export interface NodeConnection {
	readonly facts: ConnectionFacts;
	/** Bytes of output that wait, of all of them. */
	waiting: number;
}

/** Told what applications, and hosts, do wrong. Must not throw. */
export type ErrorLog = (error: unknown) => void;

/** Where the response, or our half of the tunnel, stands. */
const Stage = {
	HEAD: 0,
	/** The head is held until the command's caller has returned: how the response goes on may decide its framing. */
	HELD: 1,
	HELD_ENDED: 2,
	CONTENT: 3,
	/** All of it is with the host. */
	ENDED: 4,
	TUNNEL: 5,
	TUNNEL_ENDED: 6,
	/** Commands do nothing. */
	OVER: 7,
} as const;

type Stage = (typeof Stage)[keyof typeof Stage];

/** How much of what comes before an Upgrade is answered is kept, in bytes, before reading stops. */
const EARLY_MARK = 64 * 1024;

const NO_FIELDS = new Fields();

/**
 * The exchange is above, as the sink; below is a {@link NodeSide}. While the host's buffer has room, what is written counts as handed
 * over; when it says that it is full, all that follows waits until it drains. So the marks of the rich layer come on top of the
 * host's own, and middleware that keeps chunks for itself, or forgets callbacks, does not stop anything.
 */
export class NodeCarrier implements Carrier, ExchangeContext, Rostered {
	/** Among the open ones of its host. */
	place = -1;
	sink!: CarrierSink;
	readonly marks: OutputMarks = OUTPUT_MARKS;
	readonly connection: ConnectionFacts;

	readonly #side: NodeSide;
	readonly #shared: NodeConnection;
	readonly #log: ErrorLog;
	/** An Upgrade, which has no content: what comes is the tunnel's, or nobody's. */
	readonly #isUpgrade: boolean;
	readonly #waitsForContinue: boolean;
	#continued = false;
	#stage: Stage = Stage.HEAD;
	#head: { readonly status: number; readonly fields: Fields; readonly reason: string | undefined } | null = null;
	#trailers: Fields | null = null;
	/** Written while the head is held. */
	#chunks: Uint8Array[] = [];
	/** Bytes that wait: of these chunks, and written since the host was full. */
	#waiting = 0;
	/** What is held of the request: the host bounds its own. */
	held = 0;
	#full = false;
	/** Bytes that the host has in hand. */
	#lent = 0;
	#returned: LiveExchange | null = null;
	/** All of our half has been handed to the system. */
	#finished = false;
	#inputOver = false;
	#discarding = false;
	/** The tunnel of an HTTP/1 connection, once it is open. */
	#tunnel: Duplex | null = null;
	/** Came before an Upgrade was accepted. */
	#early: Uint8Array[] | null = null;
	#earlySize = 0;
	#closed = false;
	readonly #over: () => void;

	/** @param over called once, when the exchange is over for the host */
	constructor(side: NodeSide, head: RequestHead, shared: NodeConnection, log: ErrorLog, over: () => void = ignore) {
		this.#side = side;
		this.#shared = shared;
		this.#log = log;
		this.#over = over;
		this.connection = shared.facts;
		this.#isUpgrade = head.protocol !== null && head.method !== 'CONNECT' && side.canAccept;
		this.#waitsForContinue = head.expectsContinue;
	}

	/** The application's call has returned: events may flow. */
	begin(): void {
		const { input, output } = this.#side;
		if (input !== null) this.#readFrom(input);
		if (output !== null) this.#writeTo(output);
		// Not for the object to say so: one that has been answered in the meantime may close without a word.
		if (this.#side.bodiless && this.#stage < Stage.TUNNEL) queueMicrotask(() => this.#requestEnd());
	}

	// ---- the context of the exchange --------------------------------------------------------------------------------

	get waiting(): number {
		return this.#shared.waiting;
	}
	set waiting(waiting: number) {
		this.#shared.waiting = waiting;
	}
	get lending(): boolean {
		return this.#lent > 0;
	}
	get unhanded(): number {
		return this.#lent;
	}
	whenReturned(exchange: LiveExchange): void {
		this.#returned = exchange;
	}
	report(error: unknown): void {
		this.#log(error);
	}
	/** Deadlines are the host's. */
	awaiting(): void {}
	answered(): void {}

	// ---- the exchange's commands ------------------------------------------------------------------------------------

	get canInform(): boolean {
		return this.#side.canInform;
	}
	get canPush(): boolean {
		return this.#side.canPush;
	}
	get canAccept(): boolean {
		return this.#side.canAccept;
	}
	get canTrail(): boolean {
		return this.#side.canTrail;
	}

	inform(status: number, fields: Fields): void {
		if (status === 100) this.#continued = true;
		this.#guarded(() => this.#side.inform(status, fields));
	}

	continue(): void {
		if (this.#continued || !this.#waitsForContinue) return;
		this.#continued = true;
		this.#guarded(() => this.#side.continue());
	}

	respond(status: number, fields: Fields, reason: string | undefined): void {
		if (this.#stage !== Stage.HEAD) return;
		this.#stage = Stage.HELD;
		this.#head = { status, fields, reason };
		if (this.#isUpgrade) this.#refuseTunnel();
		queueMicrotask(() => this.flush());
	}

	write(chunk: Uint8Array): number {
		if (this.#stage === Stage.HELD) {
			this.#chunks.push(chunk);
			this.#waiting += chunk.length;
		} else if (this.#stage === Stage.CONTENT || this.#stage === Stage.TUNNEL) {
			this.#give(chunk);
		}
		return this.#waiting;
	}

	end(trailers: Fields | null): void {
		if (this.#stage === Stage.HELD) {
			this.#stage = Stage.HELD_ENDED;
			this.#trailers = trailers;
		} else if (this.#stage === Stage.CONTENT || this.#stage === Stage.TUNNEL) {
			this.#finish(trailers);
		}
	}

	accept(fields: Fields): void {
		if (this.#stage !== Stage.HEAD) return;
		this.#stage = Stage.TUNNEL;
		this.#inputOver = false;
		this.#guarded(() => {
			const duplex = this.#side.accept(fields);
			if (duplex !== this.#side.output) this.#tunnelOver(duplex);
		});
	}

	push(head: RequestHead): Carrier | null {
		let carrier: NodeCarrier | null = null;
		const side = this.#side.push(head, (failed) => carrier?.opened(failed));
		if (side === null) return null;
		const pushed = new NodeCarrier(side, head, this.#shared, this.#log);
		carrier = pushed;
		queueMicrotask(() => pushed.#requestEnd());
		return pushed;
	}

	reset(code: number): void {
		this.#closed = true;
		this.#stage = Stage.OVER;
		this.#chunks.length = 0;
		this.#early = null;
		this.#guarded(() => this.#side.reset(code));
		this.#over();
	}

	retire(): void {
		this.#guarded(() => this.#side.retire());
	}

	discard(): void {
		this.#discarding = true;
		this.#side.input?.resume();
		queueMicrotask(() => this.#complete());
	}

	hold(): void {
		this.#input?.pause();
	}

	release(): void {
		this.#input?.resume();
	}

	/** Streams give credit as they are read. */
	credit(): void {}
	prioritize(): void {}

	// ---- the response -----------------------------------------------------------------------------------------------

	/** Sends the head, and what was written behind it. */
	flush(): void {
		const { output } = this.#side;
		const ended = this.#stage === Stage.HELD_ENDED;
		if (output === null || this.#head === null || (this.#stage !== Stage.HELD && !ended)) return;
		const chunks = this.#chunks;
		const trailers = this.#trailers !== null && this.#trailers.size > 0 ? this.#trailers : null;
		const size = this.#waiting;
		try {
			const bare = ended && size === 0 && trailers === null;
			const length = ended && trailers === null ? size : -1;
			this.#side.respond({ ...this.#head, length, bare, alone: !ended && size === 0 });
		} catch (error) {
			this.#broken(error);
			return;
		}
		this.#stage = Stage.CONTENT;
		this.#chunks = [];
		this.#waiting = 0;
		for (const chunk of chunks) this.#give(chunk);
		if (ended) this.#finish(trailers);
		if (this.#waiting < size && !this.#closed) this.sink.sent(this.#waiting);
	}

	#give(chunk: Uint8Array): void {
		const output = this.#output as Writable;
		this.#lent += chunk.length;
		const room = output.write(chunk, () => this.#handBack(chunk.length));
		if (!room) this.#full = true;
		if (this.#full) this.#waiting += chunk.length;
	}

	#finish(trailers: Fields | null): void {
		if (this.#stage === Stage.TUNNEL) {
			this.#stage = Stage.TUNNEL_ENDED;
			this.#output?.end();
			return;
		}
		this.#stage = Stage.ENDED;
		this.#guarded(() => this.#side.end(trailers));
		// To HEAD the host may have finished before.
		queueMicrotask(() => this.#complete());
	}

	/** The host has nothing against it any more, or there is nobody to send it to. */
	#handBack(octets: number): void {
		this.#lent = Math.max(0, this.#lent - octets);
		if (this.#lent > 0 || this.#returned === null) return;
		const exchange = this.#returned;
		this.#returned = null;
		queueMicrotask(() => exchange.returned());
	}

	#drained(): void {
		this.#full = false;
		if (this.#waiting === 0 || this.#stage < Stage.CONTENT) return;
		this.#waiting = 0;
		if (!this.#closed) this.sink.sent(0);
	}

	/** A promise's stream is there, or will never be. */
	opened(failed: boolean): void {
		const { output } = this.#side;
		if (failed || output === null) {
			this.#close('reset', ErrorCode.REFUSED_STREAM);
			return;
		}
		if (this.#stage === Stage.OVER) return;
		this.#writeTo(output);
		this.flush();
	}

	// ---- the objects' events ----------------------------------------------------------------------------------------

	/** Where bytes come from, and go to, now. */
	get #input(): Readable | null {
		return this.#tunnel ?? this.#side.input;
	}
	get #output(): Writable | null {
		return this.#tunnel ?? this.#side.output;
	}

	#readFrom(input: Readable): void {
		input.on('error', ignore);
		input.on('data', this.#data);
		input.on('end', () => {
			if (this.#side.inputWhole || this.#tunnel !== null) this.#inputEnd();
		});
		input.on('close', () => this.#gone(input));
		// Nobody reads what has ended already, or was ended for us: it is told all the same.
		if (input.readableEnded) queueMicrotask(() => this.#inputEnd());
		else if (input.destroyed) queueMicrotask(() => this.#gone(input));
	}

	#writeTo(output: Writable): void {
		output.on('error', ignore);
		output.on('drain', () => this.#drained());
		output.on('finish', () => {
			this.#finished = true;
			this.#complete();
		});
		output.on('close', () => this.#gone(output));
	}

	/** HTTP/1: the tunnel is the socket, which is neither the request nor the response. */
	#tunnelOver(duplex: Duplex): void {
		const same = duplex === (this.#side.input as unknown);
		this.#tunnel = duplex;
		this.#finished = false;
		this.#writeTo(duplex);
		if (!same) this.#readFrom(duplex);
		const early = this.#early;
		this.#early = null;
		queueMicrotask(() => {
			for (const chunk of early ?? []) if (!this.#closed) this.sink.content(chunk);
		});
		if (early !== null && this.#earlySize >= EARLY_MARK) duplex.resume();
	}

	readonly #data = (chunk: Uint8Array): void => {
		if (this.#closed || this.#discarding) return;
		if (!this.#isUpgrade || this.#stage >= Stage.TUNNEL) {
			this.sink.content(chunk);
			return;
		}
		if (this.#stage !== Stage.HEAD) return;
		this.#early ??= [];
		this.#early.push(chunk);
		this.#earlySize += chunk.length;
		if (this.#earlySize >= EARLY_MARK) this.#side.input?.pause();
	};

	/** What was sent for a tunnel that is refused is nobody's. */
	#refuseTunnel(): void {
		this.#early = null;
		this.#inputOver = true;
		this.#discarding = true;
		this.#side.input?.resume();
	}

	/** The head was all of the request. What comes behind an Upgrade is the tunnel's, unless it has been accepted already. */
	#requestEnd(): void {
		if (this.#closed || this.#stage >= Stage.TUNNEL || (this.#inputOver && !this.#isUpgrade)) return;
		if (!this.#isUpgrade) this.#inputOver = true;
		if (!this.#discarding) this.sink.contentEnd(NO_FIELDS);
		this.#complete();
	}

	#inputEnd(): void {
		if (this.#closed) return;
		const answering = this.#stage < Stage.ENDED && this.#stage !== Stage.HELD_ENDED;
		if (this.#side.inputIsConnection && answering) {
			this.#guarded(() => this.#side.reset(ErrorCode.CANCEL));
			this.#close('lost', 0);
			return;
		}
		if (this.#inputOver) return;
		this.#inputOver = true;
		if (!this.#discarding) this.sink.contentEnd(this.#tunnel === null ? this.#side.trailers() : NO_FIELDS);
		this.#complete();
	}

	#gone(which: Readable | Writable): void {
		// A request of HTTP/1 closes when it has been read; its response may be on its way.
		if (which === this.#side.input && which !== (this.#output as unknown) && this.#inputOver) return;
		// An accepted Upgrade's request and response are over: the socket goes on.
		if (this.#tunnel !== null && which !== (this.#tunnel as unknown)) return;
		if (this.#stage === Stage.ENDED && this.#side.outputWhole) this.#finished = true;
		this.#complete();
		if (!this.#closed) {
			const { end, code } = this.#side.lostBy();
			this.#close(end, code);
		}
		this.#handBack(this.#lent);
	}

	#complete(): void {
		if (this.#closed || !this.#finished) return;
		if (this.#stage !== Stage.ENDED && this.#stage !== Stage.TUNNEL_ENDED) return;
		const unsent = this.#waitsForContinue && !this.#continued;
		if (!this.#inputOver) {
			if (this.#stage === Stage.TUNNEL_ENDED) return;
			if (!this.#discarding && !unsent) return;
			this.#guarded(() => this.#side.abandon());
		}
		this.#lent = 0;
		this.#close('complete', 0);
	}

	#close(end: CarrierEnd, code: number): void {
		if (this.#closed) return;
		this.#closed = true;
		this.#stage = Stage.OVER;
		this.#chunks.length = 0;
		this.#early = null;
		this.sink.closed(end, code);
		this.#over();
	}

	/** Node.js throws where an object has been closed under us, of which its events tell too. */
	#guarded(action: () => void): void {
		try {
			action();
		} catch (error) {
			if (!this.#closed && !isGone(error)) this.#log(error);
		}
	}

	/** The host does not send what the application gave. */
	#broken(error: unknown): void {
		if (!isGone(error)) this.#log(error);
		this.#guarded(() => this.#side.reset(ErrorCode.INTERNAL_ERROR));
		this.#close('lost', 0);
	}
}

/** `close` follows, and tells. */
function ignore(): void {}

const GONE = new Set([
	'ERR_HTTP2_INVALID_STREAM',
	'ERR_HTTP2_INVALID_SESSION',
	'ERR_STREAM_DESTROYED',
	'ERR_HTTP2_GOAWAY_SESSION',
]);

function isGone(error: unknown): boolean {
	return GONE.has((error as { code?: string } | null)?.code ?? '');
}
