/** A connection to one thread of a worker: it carries requests one after the other, some of them ahead of their turn. */
import type { Socket } from 'node:net';
import { readFor } from '../host/node/socket-reading.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import type { ErrorStream } from '../layer/gateway/error-stream.ts';
import { latin1Decode } from '../wire/latin1.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { Flag, FrameType, frameHeader, readU32 } from './frames.ts';
import { PythonError, WorkerLost } from './python-error.ts';

/** A request that a lane carries, as the lane sees it. None of these may throw. */
export interface LaneCall {
	readonly errors: ErrorStream;
	/** The environ, while it has not been answered; for what it escapes to. */
	readonly unanswered: Environ | null;
	/** All of its content is sent with it, so that nothing of it follows behind other requests. */
	readonly isPlain: boolean;
	/** It is its turn: the thread has it, or has it just now. */
	turn(now: number): void;
	/** The head of the response: the parts of the frame, which are a status line and names and values of fields. */
	head(parts: readonly string[]): void;
	/** Content of the response; the memory is the call's. */
	content(part: Uint8Array): void;
	/** The response is complete. */
	end(): void;
	/** The application has failed. */
	fail(error: PythonError): void;
	/** The worker has room for so much more of the request content. */
	wanted(octets: number): void;
	/**
	 * The worker has gone.
	 * @param isUnread it has certainly not begun the request
	 */
	lost(error: WorkerLost, isUnread: boolean): void;
	/** All that has been read from the lane has been told. Whether no more is wanted for now. */
	told(): boolean;
}

/** Whose a lane is. */
export interface LaneOwner {
	/** The lane is done with one request. */
	freed(lane: Lane): void;
	/** The worker does not keep to the channel. */
	broken(message: string): void;
	/** The connection is gone, and takes no more requests. */
	gone(): void;
	/** So many requests were lost with it. */
	lost(count: number): void;
	/** What became of the worker, for the message. */
	readonly fate: string;
}

/** A request on a lane. */
interface Carried {
	readonly stream: number;
	readonly errors: ErrorStream;
	readonly hasContent: boolean;
	/** The worker will say when its answer is to be read. */
	readonly isHeld: boolean;
	/** Null when nobody wants its response any more. */
	call: LaneCall | null;
}

/** Frames that wait for each other, to be written at once, are written in any case when there are so many characters. */
const GATHERED_MAX = 16 * 1024;

/** Answers are left unread for as long as this, when the worker says nothing: its thread has one that takes long; in milliseconds. */
const HELD_MOST = 2;

/** They are not, where requests are over sooner than this: to be told costs more than it saves; in milliseconds. */
const HELD_FROM = 0.04;

/** Heads that were read last: an application has few, and they are long. */
let lastHead = '';
let lastParts: readonly string[] = [];

export class Lane implements FrameSink {
	/** Resolves when the connection is gone, and its calls have been told. */
	readonly closed: Promise<void>;
	readonly #socket: Socket;
	readonly #owner: LaneOwner;
	readonly #reader: FrameReader;
	/** In the order in which the thread answers: the first is with it, the others wait behind. */
	readonly #carried: Carried[] = [];
	/** The one that was answered last. */
	#former: Carried | null = null;
	/** When the first got its turn, by `performance.now()`. */
	#since = 0;
	/** Whether answers are left unread (CHANNEL-19): of a worker with one thread. */
	readonly #isAlone: boolean;
	/** Requests took as long lately as it pays for. */
	#isWorth = true;
	/** How long the last one took, in milliseconds. */
	took = 0;
	/** How many were over with the octets that are read now. */
	#freed = 0;
	#isPaused = false;
	/** Nothing is read: the client of the first does not take what has come … */
	#isStalled = false;
	/** … or answers wait for each other, to be read at once. */
	#isHeld = false;
	/** The last request whose answer is to be read as it comes. */
	#due = 0;
	#timer: NodeJS.Timeout | null = null;
	#isOpen = true;
	/** Frames that will be written together, and how many requests they are: the last of those that it carries. */
	#gathered = '';
	#unsent = 0;
	/** Why the connection has failed. */
	#code: string | undefined;

	/** @param isAlone the worker has no other thread */
	constructor(socket: Socket, owner: LaneOwner, isAlone: boolean) {
		this.#isAlone = isAlone;
		this.#socket = socket;
		this.#owner = owner;
		this.#reader = new FrameReader(this);
		// All of it is taken, or copied, before anything else is read.
		readFor(socket, { receive: (octets) => this.#read(octets), borrows: true });
		socket.on('error', (error: NodeJS.ErrnoException) => {
			this.#code ??= error.code;
			this.#shut();
		});
		socket.on('end', () => {
			this.#shut();
			socket.destroy();
		});
		this.closed = new Promise((resolve) => {
			socket.on('close', () => {
				this.#gone();
				resolve();
			});
		});
	}

	/** How many requests are on it. */
	get size(): number {
		return this.#carried.length;
	}

	/** Whether the answer to the next request that is sent will be left unread. */
	get holdsNext(): boolean {
		return this.#isAlone && this.#isWorth && this.#carried.length > 0;
	}

	/** How long the first of them has been with the thread, in milliseconds. */
	busyFor(now: number): number {
		return this.#carried.length === 0 ? 0 : now - this.#since;
	}

	/** Whether another may be sent behind those that it has: nothing of them is still to be sent. */
	get takesAhead(): boolean {
		const first = this.#carried[0];
		return this.#isOpen && (first === undefined || first.call === null || first.call.isPlain);
	}

	/**
	 * Sends a request.
	 * @param head its frame, one character per octet
	 * @param content all of its content where that is known, else null
	 */
	send(call: LaneCall, stream: number, head: string, content: readonly Uint8Array[] | null): void {
		const isFirst = this.#carried.length === 0;
		const hasContent = content !== null || !call.isPlain;
		this.#carried.push({ stream, errors: call.errors, hasContent, isHeld: this.holdsNext, call });
		if (isFirst) this.#turn();
		if (content === null) {
			this.#gather(head);
			return;
		}
		let length = 0;
		for (const part of content) length += part.length;
		const socket = this.#socket;
		socket.cork();
		this.flush();
		socket.write(head + frameHeader(length, FrameType.CONTENT, Flag.END, stream), 'latin1');
		for (const part of content) socket.write(part);
		socket.uncork();
	}

	/** More content of the first request; none of it, with `isLast`, ends it. */
	sendContent(part: Uint8Array, isLast: boolean): void {
		const stream = this.#carried[0]?.stream ?? 0;
		const socket = this.#socket;
		socket.cork();
		this.flush();
		socket.write(frameHeader(part.length, FrameType.CONTENT, isLast ? Flag.END : 0, stream), 'latin1');
		if (part.length > 0) socket.write(part);
		socket.uncork();
	}

	/** Nobody wants the response of this call any more. The thread is told. */
	cancel(call: LaneCall): void {
		const carried = this.#carried.find((each) => each.call === call);
		if (carried === undefined) return;
		carried.call = null;
		if (carried === this.#carried[0]) this.#unstall();
		this.flush();
		if (this.#isOpen) this.#socket.write(frameHeader(0, FrameType.CANCEL, 0, carried.stream), 'latin1');
	}

	/** The call wants more again. */
	pull(call: LaneCall): void {
		if (this.#carried[0]?.call === call) this.#unstall();
	}

	/** The numbers of the requests behind the first. */
	ahead(): number[] {
		return this.#carried.slice(1).map(({ stream }) => stream);
	}

	/** The worker has not begun this request, and never will. Gives its call, if somebody still wants it. */
	recalled(stream: number): LaneCall | null {
		const at = this.#carried.findIndex((each) => each.stream === stream);
		if (at < 0) return null;
		const [carried] = this.#carried.splice(at, 1);
		return carried?.call ?? null;
	}

	/** The call of a request that the thread has or will have, if somebody still wants its response. */
	callOf(stream: number): LaneCall | null {
		return this.#carried.find((each) => each.stream === stream)?.call ?? null;
	}

	/** Where the lines go of a request that is on it, or was just now. */
	errorsOf(stream: number): ErrorStream | null {
		const carried = this.#carried.find((each) => each.stream === stream);
		if (carried !== undefined) return carried.errors;
		return this.#former?.stream === stream ? this.#former.errors : null;
	}

	/** Writes what has been gathered. */
	flush(): void {
		if (this.#gathered === '') return;
		this.#socket.write(this.#gathered, 'latin1');
		this.#gathered = '';
		this.#unsent = 0;
		this.#hold();
	}

	/** The worker says that the answers are to be read up to that of this request, as far as there is any of it (CHANNEL-19). */
	answers(stream: number): void {
		if (!this.#carried.some((each) => each.stream === stream)) return;
		this.#due = stream;
		this.#release();
	}

	/** The process has ended. */
	destroy(): void {
		this.#socket.destroy();
	}

	/** What is sent in one turn of the event loop is written in one piece, when it has seen to all that has come. */
	#gather(head: string): void {
		if (this.#gathered === '') setImmediate(() => this.flush());
		this.#gathered += head;
		this.#unsent++;
		if (this.#gathered.length > GATHERED_MAX) this.flush();
	}

	/** Leaves the answers unread until the worker says so, where it will: each would take the processor from Python (decisions/023). */
	#hold(): void {
		const first = this.#carried[0];
		if (first === undefined || this.#isStalled || first.stream <= this.#due) return;
		if (this.#carried.at(-1)?.isHeld !== true) return;
		this.#isHeld = true;
		this.#pauseOrResume();
		this.#timer ??= setTimeout(() => this.#release(), HELD_MOST).unref();
		this.#timer.refresh();
	}

	#release(): void {
		this.#isHeld = false;
		this.#pauseOrResume();
	}

	#stall(): void {
		this.#isStalled = true;
		this.#pauseOrResume();
	}

	#unstall(): void {
		this.#isStalled = false;
		this.#pauseOrResume();
	}

	#pauseOrResume(): void {
		const pauses = this.#isStalled || this.#isHeld;
		if (pauses === this.#isPaused) return;
		this.#isPaused = pauses;
		if (pauses) this.#socket.pause();
		else this.#socket.resume();
	}

	#turn(): void {
		this.#since = performance.now();
		this.#carried[0]?.call?.turn(this.#since);
	}

	// ---- what comes from the thread ---------------------------------------------------------------------------------

	#read(octets: Uint8Array): void {
		const since = this.#since;
		this.#freed = 0;
		this.#reader.feed(octets);
		if (this.#freed > 0) this.#isWorth = (this.#since - since) / this.#freed >= HELD_FROM;
		const call = this.#carried[0]?.call ?? null;
		if (call?.told() === true) this.#stall();
		else this.#hold();
	}

	frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
		const first = this.#first(stream);
		if (first === null) return;
		const { call } = first;
		if (type === FrameType.HEAD) call?.head(headParts(payload));
		else if (type === FrameType.FAULT) call?.fail(pythonError(payload));
		else if (type === FrameType.WINDOW && payload.length === 4) call?.wanted(readU32(payload, 0));
		else if (type !== FrameType.DONE) {
			this.broken(`a frame of type ${type}`);
			return;
		}
		this.#flags(flags, first);
	}

	content(flags: number, stream: number, part: Uint8Array): void {
		const first = this.#first(stream);
		if (first === null) return;
		if (part.length > 0) first.call?.content(part.slice());
		this.#flags(flags, first);
	}

	broken(message: string): void {
		this.#owner.broken(message);
		this.#socket.destroy();
	}

	#first(stream: number): Carried | null {
		const first = this.#carried[0];
		if (first !== undefined && first.stream === stream) return first;
		this.broken('a frame for a request whose turn it is not');
		return null;
	}

	#flags(flags: number, first: Carried): void {
		const { call } = first;
		if ((flags & Flag.END) !== 0) call?.end();
		if ((flags & Flag.FREE) === 0) return;
		this.#carried.shift();
		this.#former = first;
		// Its reader, who was waited for, asks no lane any more.
		this.#unstall();
		this.#freed++;
		const since = this.#since;
		this.#turn();
		this.took = this.#since - since;
		// The thread has its next request before this one is answered.
		this.#owner.freed(this);
		call?.told();
	}

	/** From here on it takes no requests; those that it has are told when all has been read. */
	#shut(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		this.#owner.gone();
	}

	#gone(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#shut();
		const carried = this.#carried.splice(0);
		this.#owner.lost(carried.length);
		const error = new WorkerLost(`The worker of this request ${this.#owner.fate} before the response was complete.`);
		for (const [at, { call, hasContent }] of carried.entries()) {
			const wasSent = at < carried.length - this.#unsent;
			call?.lost(error, !wasSent || this.#isUnread(at, carried.length, hasContent, call.isPlain));
		}
	}

	/** Whether the thread has certainly not begun a request (CHANNEL-13). */
	#isUnread(at: number, count: number, hasContent: boolean, isPlain: boolean): boolean {
		// What goes in one write could not be written at all.
		if (this.#code === 'EPIPE') return count === 1 && isPlain;
		// Something on its way to the thread has not been read: with content, that may be it.
		if (count === 1) return this.#code === 'ECONNRESET' && !hasContent;
		// A thread answers one before it begins the next.
		return at > 0;
	}
}

function headParts(payload: Uint8Array): readonly string[] {
	const head = latin1Decode(payload, 0, payload.length);
	if (head !== lastHead) {
		lastParts = head.split('\0');
		lastHead = head;
	}
	return lastParts;
}

function pythonError(payload: Uint8Array): PythonError {
	const [summary = '', traceback = ''] = new TextDecoder().decode(payload).split('\0');
	return new PythonError(summary, traceback);
}
