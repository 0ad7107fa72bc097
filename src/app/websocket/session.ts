/** One WebSocket over its tunnel: frames both ways, the closing handshake, backpressure, time. */
import { CloseCode } from '../../engine/websocket/close-code.ts';
import { FrameMemory } from '../../engine/websocket/frame-memory.ts';
import {
	HEAD_MAX,
	textOctets,
	writeClose,
	writeFrame,
	writeHead,
	writeText,
} from '../../engine/websocket/frame-writer.ts';
import { FIN, Opcode, RSV1 } from '../../engine/websocket/opcode.ts';
import type { WebSocketFault } from '../../engine/websocket/peer-fault.ts';
import type { PerMessageDeflate } from '../../engine/websocket/permessage-deflate.ts';
import { Receiver, type ReceiverEvents } from '../../engine/websocket/receiver.ts';
import type { Tunnel } from '../../rich/exchange.ts';
import { BorrowingHandler, type TunnelHandler } from '../../rich/handler.ts';
import { LiveTunnel } from '../../rich/live-tunnel.ts';
import { isThenable } from '../../rich/thenable.ts';
import { BackpressureFault } from '../../wire/fault.ts';
import { utf8 } from '../../wire/utf8.ts';
import { shortened } from './close-reason.ts';
import { LARGE, sendFrame, sendText } from './direct-frames.ts';
import { overflown } from './overflow.ts';
import { isCompressed, type Prepared } from './prepared.ts';
import type { SessionContext } from './session-context.ts';
import type { Message, Socket } from './socket.ts';
import type { Timed } from './socket-clock.ts';
import type { Subscription } from './topic.ts';

/** Where the closing handshake stands. */
const OPEN = 0;
/** We have sent a Close frame, the client has not. */
const CLOSING = 1;
/** Our half of the tunnel ends, when what waits here has left. */
const ENDING = 2;
const CLOSED = 3;

const NO_REASON = new Uint8Array(0);

/** So much is gathered at most before it is sent. */
const GATHERED_MAX = 16 * 1024;

/** All sockets write their frames here: what is not gathered is handed on within the call. */
const memory = new FrameMemory();

/** Drives one socket. */
export class Session<Data> extends BorrowingHandler implements TunnelHandler, ReceiverEvents, Timed {
	place = -1;
	/** What it is subscribed to; null where it never was. */
	subscriptions: Subscription[] | null = null;
	readonly #context: SessionContext<Data>;
	readonly #deflate: PerMessageDeflate | null;
	readonly #receiver: Receiver;
	#socket!: Socket<Data>;
	#tunnel!: Tunnel;
	#state = OPEN;
	/** Our half of the tunnel has ended. */
	#ended = false;
	/** When something was last heard, when a Ping was sent, and when closing began, in milliseconds. */
	#heardAt: number;
	#pingedAt = 0;
	#closingAt = 0;
	/** What `close` will be told. */
	#code: number = CloseCode.ABNORMAL;
	#reason = '';
	/** What the client did, where that has ended it. */
	peerFault: WebSocketFault | null = null;

	/** `send` has said false, and the tunnel has not drained. */
	#blocked = false;
	/** What the tunnel would not take beyond its hard mark: the rest of one message, and a Close frame perhaps. */
	#backlog: Uint8Array[] | null = null;
	/** The payload of a Ping that could not be answered yet. */
	#pongOwed: Uint8Array | null = null;
	/** The application wants no messages. */
	#paused = false;
	/** The receiver and the tunnel are held, for either reason. */
	#held = false;

	/** How many calls are gathering, and what they have gathered: a part of the shared memory. */
	#corks = 0;
	#gathered: Uint8Array | null = null;
	#from = 0;
	#to = 0;

	/** Handlers that have not settled, and the first failure among them. */
	#running = 0;
	#failure: { readonly error: unknown } | null = null;
	#settle: (() => void) | null = null;

	constructor(context: SessionContext<Data>, deflate: PerMessageDeflate | null) {
		super();
		this.#context = context;
		this.#deflate = deflate;
		this.#receiver = new Receiver(this, context.limits, deflate);
		this.#heardAt = context.clock.now;
	}

	/** The tunnel is open. */
	begin(tunnel: Tunnel, socket: Socket<Data>): void {
		this.#tunnel = tunnel;
		this.#socket = socket;
		this.#context.clock.add(this);
		this.#heardAt = this.#context.clock.now;
		this.#run(() => this.#context.handlers.open?.(socket));
	}

	// ---- commands ---------------------------------------------------------------------------------------------------

	get isOpen(): boolean {
		return this.#state === OPEN;
	}

	get bufferedAmount(): number {
		let waiting = this.#tunnel.waiting + (this.#gathered === null ? 0 : this.#to - this.#from);
		if (this.#backlog !== null) for (const chunk of this.#backlog) waiting += chunk.length;
		return waiting;
	}

	send(message: Message, compress: boolean | undefined): boolean {
		if (this.#state !== OPEN) return false;
		const deflate = this.#deflate;
		const isText = typeof message === 'string';
		if (deflate !== null && (compress ?? isCompressed(message.length, this.#context.threshold)) && message.length > 0) {
			const octets = isText ? utf8(message) : message;
			const payload = deflate.compress(octets);
			const first = FIN | (isText ? Opcode.TEXT : Opcode.BINARY);
			return payload === null ? this.#sendOctets(first, octets) : this.#sendOctets(first | RSV1, payload);
		}
		if (!isText) return this.#sendOctets(FIN | Opcode.BINARY, message);
		const direct = this.#direct;
		const sent = direct === null ? null : sendText(direct, message);
		if (sent !== null) return this.#sent(sent);
		if (message.length >= LARGE) return this.#sendOctets(FIN | Opcode.TEXT, textOctets(message));
		// A larger block is taken for a text that may need it: then `at` begins anew.
		memory.reserve(HEAD_MAX + 3 * message.length);
		const start = memory.at;
		writeText(memory, message);
		return this.#written(start);
	}

	/** Sends what was made ready for many. */
	sendPrepared(prepared: Prepared): boolean {
		if (this.#state !== OPEN) return false;
		this.#flush();
		return this.#write(prepared.frameFor(this.#deflate, this.#context));
	}

	sendPing(payload: Message): void {
		if (this.#state === OPEN && !this.#blocked) {
			this.#sendOctets(FIN | Opcode.PING, typeof payload === 'string' ? utf8(payload) : payload);
		}
	}

	cork(run: () => void): void {
		this.#corks++;
		try {
			run();
		} finally {
			this.#uncork();
		}
	}

	/** @param code null for a Close frame without one */
	close(code: number | null, reason: Uint8Array): void {
		if (this.#state !== OPEN) return;
		this.#leave(CLOSING);
		this.#sayClose(code, reason);
	}

	terminate(): void {
		if (this.#state !== CLOSED) this.#tunnel.abort();
	}

	pause(): void {
		this.#paused = true;
		if (this.#state === OPEN) this.#hold();
	}

	resume(): void {
		this.#paused = false;
		this.#resumeInput();
	}

	// ---- the tunnel's events ----------------------------------------------------------------------------------------

	data(chunk: Uint8Array): void {
		this.borrow(chunk, 0, chunk.length);
	}

	borrow(bytes: Uint8Array, from: number, to: number): void {
		this.#heardAt = this.#context.clock.now;
		if (this.#receiver.stopped) return;
		this.#corks++;
		this.#receiver.receive(bytes, from, to);
		this.holding = this.#receiver.holding;
		this.#uncork();
	}

	end(): void {
		// Without a Close frame: 1006. With one, this is how it ends.
		if (this.#state < ENDING) this.#leave(ENDING);
		this.#receiver.stop();
		this.#backlog = null;
		this.#endTunnel();
	}

	drain(): void {
		this.#blocked = false;
		const backlog = this.#backlog;
		while (backlog !== null && backlog.length > 0 && !this.#blocked) {
			this.#blocked = !this.#tunnel.write(backlog.shift() as Uint8Array);
		}
		if (backlog?.length === 0) this.#backlog = null;
		if (this.#blocked) return;
		if (this.#state === ENDING) this.#endTunnel();
		if (this.#state !== OPEN) return;
		const owed = this.#pongOwed;
		this.#pongOwed = null;
		if (owed !== null) this.#sendOctets(FIN | Opcode.PONG, owed);
		this.#run(() => this.#context.handlers.drain?.(this.#socket));
		this.#resumeInput();
	}

	/** The server stops, and waits for the closing handshake. */
	stopping(): void {
		this.close(CloseCode.GOING_AWAY, NO_REASON);
	}

	closed(): Promise<void> | void {
		this.#state = CLOSED;
		this.#receiver.stop();
		this.#backlog = null;
		this.#gathered = null;
		this.#context.clock.delete(this);
		this.#context.topics.leave(this);
		this.#run(() => this.#context.handlers.close?.(this.#socket, this.#code, this.#reason));
		if (this.#running > 0) {
			return new Promise((resolve, reject) => {
				this.#settle = () => (this.#failure === null ? resolve() : reject(this.#failure.error));
			});
		}
		// Told now, and not when it happened: the exchange's own end would have cut off the Close frame.
		if (this.#failure !== null) throw this.#failure.error;
	}

	// ---- the receiver's events --------------------------------------------------------------------------------------

	text(message: string): void {
		this.#message(message);
	}

	binary(message: Uint8Array): void {
		this.#message(message);
	}

	ping(payload: Uint8Array): void {
		if (this.#state !== OPEN) return;
		// Of several that wait only the last needs an answer (RFC 6455 §5.5.3).
		if (this.#blocked) this.#pongOwed = payload.slice();
		else this.#sendOctets(FIN | Opcode.PONG, payload);
		this.#run(() => this.#context.handlers.ping?.(this.#socket, payload.slice()));
	}

	pong(payload: Uint8Array): void {
		if (this.#state === OPEN) this.#run(() => this.#context.handlers.pong?.(this.#socket, payload.slice()));
	}

	closing(code: number, reason: string): void {
		this.#code = code;
		this.#reason = reason;
		if (this.#state === OPEN) this.#sayClose(code === CloseCode.NO_STATUS ? null : code, utf8(reason));
		this.#endTunnel();
	}

	fault(fault: WebSocketFault): void {
		this.peerFault = fault;
		this.#code = fault.code;
		this.#reason = fault.toString();
		if (this.#state === OPEN) this.#sayClose(fault.code, shortened(this.#reason));
		this.#endTunnel();
	}

	// ---- time -------------------------------------------------------------------------------------------------------

	tick(now: number): void {
		const { pingEvery, idle, closing } = this.#context.times;
		if (this.#state !== OPEN) {
			if (now - this.#closingAt >= closing) this.#tunnel.abort();
			return;
		}
		// Nobody is listening to it: its silence says nothing.
		if (this.#held) this.#heardAt = now;
		if (idle > 0 && now - this.#heardAt >= idle) {
			this.#reason = `Nothing was heard for ${idle} ms`;
			this.#tunnel.abort();
		} else if (pingEvery > 0 && now - Math.max(this.#heardAt, this.#pingedAt) >= pingEvery) {
			this.#pingedAt = now;
			this.sendPing('');
		}
	}

	// ---- output -----------------------------------------------------------------------------------------------------

	/** A frame of this payload. */
	#sendOctets(first: number, payload: Uint8Array): boolean {
		const direct = this.#direct;
		const sent = direct === null ? null : sendFrame(direct, first, payload);
		if (sent !== null) return this.#sent(sent);
		if (payload.length < LARGE || this.#blocked) {
			memory.reserve(HEAD_MAX + payload.length);
			const start = memory.at;
			writeFrame(memory, first, payload);
			return this.#written(start);
		}
		this.#flush();
		memory.reserve(HEAD_MAX);
		const start = memory.at;
		writeHead(memory, first, payload.length);
		if (this.#write(memory.bytes.subarray(start, memory.at))) return this.#write(payload);
		// The head has been taken, so the payload must follow.
		this.#backlog ??= [];
		this.#backlog.push(payload);
		return false;
	}

	/** The tunnel, where frames may be made in the output itself: what has been gathered or waits goes first. */
	get #direct(): LiveTunnel | null {
		const tunnel = this.#tunnel;
		return !this.#blocked && this.#gathered === null && tunnel instanceof LiveTunnel ? tunnel : null;
	}

	/** The tunnel has taken it, and said whether it wants more. */
	#sent(more: boolean): boolean {
		this.#blocked = !more;
		if (!more && !this.#context.readsWhileBlocked) this.#hold();
		return more;
	}

	/** What was written behind `start` is sent: at once, or with what follows. */
	#written(start: number): boolean {
		const { bytes, at } = memory;
		if (this.#corks === 0 || this.#gathered !== bytes || this.#to !== start) this.#flush();
		if (this.#corks === 0 || this.#blocked) return this.#write(bytes.subarray(start, at));
		if (this.#gathered === null) {
			this.#gathered = bytes;
			this.#from = start;
		}
		this.#to = at;
		if (at - this.#from >= GATHERED_MAX) this.#flush();
		return !this.#blocked;
	}

	#uncork(): void {
		if (--this.#corks === 0) this.#flush();
	}

	#flush(): void {
		const gathered = this.#gathered;
		if (gathered === null) return;
		this.#gathered = null;
		this.#write(gathered.subarray(this.#from, this.#to));
	}

	/** A chunk to the tunnel, in the order of the calls. @throws BackpressureFault when `send` has said false before */
	#write(chunk: Uint8Array): boolean {
		if (!this.#blocked) {
			if (this.#tunnel.waiting === 0) this.#blocked = !this.#tunnel.write(chunk);
			else this.#writeParts(chunk);
			if (this.#blocked && !this.#context.readsWhileBlocked) this.#hold();
			return !this.#blocked;
		}
		if (this.#backlog !== null) throw overflown(this.bufferedAmount);
		try {
			this.#tunnel.write(chunk);
		} catch (error) {
			throw error instanceof BackpressureFault ? overflown(this.bufferedAmount) : error;
		}
		return false;
	}

	/**
	 * One message is taken whatever its length, as long as `send` has not said false. What the tunnel does not take waits
	 * here; but the tunnel must have been filled past its high mark, or its drain would never come.
	 */
	#writeParts(chunk: Uint8Array): void {
		let at = 0;
		let size = chunk.length;
		while (at < chunk.length && !this.#blocked) {
			const part = chunk.subarray(at, at + size);
			try {
				this.#blocked = !this.#tunnel.write(part);
				at += part.length;
			} catch (error) {
				if (!(error instanceof BackpressureFault) || size === 1) throw error;
				size >>= 1;
			}
		}
		if (at < chunk.length) this.#backlog = [chunk.subarray(at)];
	}

	// ---- the closing handshake --------------------------------------------------------------------------------------

	#sayClose(code: number | null, reason: Uint8Array): void {
		this.#flush();
		memory.reserve(HEAD_MAX + 2 + reason.length);
		const start = memory.at;
		writeClose(memory, code, reason);
		const frame = memory.bytes.subarray(start, memory.at);
		if (this.#backlog !== null) {
			this.#backlog.push(frame);
			return;
		}
		try {
			this.#write(frame);
		} catch (error) {
			if (!(error instanceof BackpressureFault)) throw error;
			this.#backlog = [frame];
		}
	}

	/** Both have closed, or the client has broken a rule: our half ends. */
	#endTunnel(): void {
		this.#leave(ENDING);
		if (this.#backlog !== null || this.#ended) return;
		this.#ended = true;
		this.#tunnel.end();
	}

	/** It is not open any more: what still comes is looked through for a Close frame, and nothing holds it back. */
	#leave(state: number): void {
		if (this.#state === OPEN) this.#closingAt = performance.now();
		this.#state = state;
		this.#pongOwed = null;
		this.#resumeInput();
	}

	// ---- input ------------------------------------------------------------------------------------------------------

	#message(message: Message): void {
		if (this.#state !== OPEN) return;
		const { handlers } = this.#context;
		if (handlers.message === undefined) return;
		try {
			const result = handlers.message(this.#socket, message);
			if (isThenable(result)) this.#watch(result);
		} catch (error) {
			this.#failed(error);
		}
	}

	#hold(): void {
		if (this.#held) return;
		this.#held = true;
		this.#receiver.hold();
		this.#tunnel.pause();
	}

	/** Reads on if nothing stands against it. Nothing is delivered within the call. */
	#resumeInput(): void {
		if (this.#held && (this.#state !== OPEN || (!this.#paused && !this.#blocked)))
			queueMicrotask(() => this.#release());
	}

	#release(): void {
		if (!this.#held || this.#state === CLOSED) return;
		if (this.#state === OPEN && (this.#paused || this.#blocked)) return;
		this.#held = false;
		this.#corks++;
		this.#receiver.release();
		this.#uncork();
		if (!this.#held) this.#tunnel.resume();
	}

	// ---- handlers ---------------------------------------------------------------------------------------------------

	#run(event: () => unknown): void {
		try {
			const result = event();
			if (isThenable(result)) this.#watch(result);
		} catch (error) {
			this.#failed(error);
		}
	}

	#watch(result: PromiseLike<unknown>): void {
		this.#running++;
		Promise.resolve(result)
			.catch((error: unknown) => this.#failed(error))
			.then(() => {
				if (--this.#running === 0) this.#settle?.();
			});
	}

	#failed(error: unknown): void {
		this.#failure ??= { error };
		this.close(CloseCode.INTERNAL_ERROR, NO_REASON);
	}
}
