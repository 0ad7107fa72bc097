/** A connection to one thread of a worker: it carries one request at a time. */
import type { Socket } from 'node:net';
import { readInto } from '../host/node/socket-reading.ts';
import type { ErrorStream } from '../layer/gateway/error-stream.ts';
import { latin1Decode } from '../wire/latin1.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { Flag, FrameType, frameHeader, readU32 } from './frames.ts';
import { PythonError, WorkerLost } from './python-error.ts';

/** A request that a lane carries, as the lane sees it. None of these may throw. */
export interface LaneCall {
	readonly errors: ErrorStream;
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
	 * @param isUnread it has certainly not read the request
	 */
	lost(error: WorkerLost, isUnread: boolean): void;
	/** All that has been read from the lane has been told. Whether no more is wanted for now. */
	told(): boolean;
}

/** Whose a lane is. */
export interface LaneOwner {
	/** The lane can take a request. */
	freed(lane: Lane): void;
	/** The worker does not keep to the channel. */
	broken(message: string): void;
	/** The connection is gone. */
	gone(): void;
	/** Why the connection is gone, for the message. */
	readonly fate: string;
}

/** Heads that were read last: an application has few, and they are long. */
let lastHead = '';
let lastParts: readonly string[] = [];

export class Lane implements FrameSink {
	/** The request that it carries, or carried last. */
	stream = 0;
	/** The errors stream of that request. */
	errors: ErrorStream | null = null;
	readonly #socket: Socket;
	readonly #owner: LaneOwner;
	readonly #reader: FrameReader;
	/** Null too while what is left of a cancelled request is read. */
	#call: LaneCall | null = null;
	#isBusy = false;
	#isPaused = false;
	#isOpen = true;
	#code: string | undefined;
	#closed: () => void = () => {};
	/** Resolves when the connection is gone, and its call has been told. */
	readonly closed: Promise<void>;

	constructor(socket: Socket, owner: LaneOwner) {
		this.#socket = socket;
		this.#owner = owner;
		this.#reader = new FrameReader(this);
		this.closed = new Promise((resolve) => {
			this.#closed = resolve;
		});
		readInto(socket, (octets) => this.#read(octets));
		socket.on('error', (error: NodeJS.ErrnoException) => {
			this.#code ??= error.code;
		});
		socket.on('end', () => socket.destroy());
		socket.on('close', () => this.#gone());
	}

	/** Whether a request is with the thread. */
	get isBusy(): boolean {
		return this.#isBusy;
	}

	/**
	 * Gives the thread a request.
	 * @param head its frame, one character per octet
	 * @param content all of its content where that is known, else null
	 */
	send(call: LaneCall, stream: number, head: string, content: readonly Uint8Array[] | null): void {
		this.stream = stream;
		this.errors = call.errors;
		this.#call = call;
		this.#isBusy = true;
		const socket = this.#socket;
		if (content === null) {
			socket.write(head, 'latin1');
			return;
		}
		let length = 0;
		for (const part of content) length += part.length;
		socket.cork();
		socket.write(head + frameHeader(length, FrameType.CONTENT, Flag.END, stream), 'latin1');
		for (const part of content) socket.write(part);
		socket.uncork();
	}

	/** More request content; none of it, with `isLast`, ends it. */
	sendContent(part: Uint8Array | null, isLast: boolean): void {
		const socket = this.#socket;
		socket.cork();
		const length = part === null ? 0 : part.length;
		socket.write(frameHeader(length, FrameType.CONTENT, isLast ? Flag.END : 0, this.stream), 'latin1');
		if (part !== null && length > 0) socket.write(part);
		socket.uncork();
	}

	/** Nobody wants the response of this call any more. The thread is told, and is free when it says so. */
	cancel(call: LaneCall): void {
		if (this.#call !== call) return;
		this.#call = null;
		this.#resume();
		if (this.#isOpen) this.#socket.write(frameHeader(0, FrameType.CANCEL, 0, this.stream), 'latin1');
	}

	/** The call wants more again. */
	pull(call: LaneCall): void {
		if (this.#call === call) this.#resume();
	}

	/** The process has ended. */
	destroy(): void {
		this.#socket.destroy();
	}

	#resume(): void {
		if (!this.#isPaused) return;
		this.#isPaused = false;
		this.#socket.resume();
	}

	// ---- what comes from the thread ---------------------------------------------------------------------------------

	#read(octets: Uint8Array): void {
		const call = this.#call;
		this.#reader.feed(octets);
		// When it is free, a frame has told it.
		if (call !== null && this.#call === call && call.told() && !this.#isPaused) {
			this.#isPaused = true;
			this.#socket.pause();
		}
	}

	frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
		if (stream !== this.stream || !this.#isBusy) {
			this.broken(`a frame of type ${type} for a request that is over`);
			return;
		}
		const call = this.#call;
		if (type === FrameType.HEAD) call?.head(headParts(payload));
		else if (type === FrameType.FAULT) call?.fail(pythonError(payload));
		else if (type === FrameType.WINDOW && payload.length === 4) call?.wanted(readU32(payload, 0));
		else if (type !== FrameType.DONE) {
			this.broken(`a frame of type ${type}`);
			return;
		}
		this.#flags(flags);
	}

	content(flags: number, stream: number, part: Uint8Array): void {
		if (stream !== this.stream || !this.#isBusy) {
			this.broken('content for a request that is over');
			return;
		}
		if (part.length > 0) this.#call?.content(part.slice());
		this.#flags(flags);
	}

	broken(message: string): void {
		this.#code = 'EPROTO';
		this.#owner.broken(message);
		this.#socket.destroy();
	}

	#flags(flags: number): void {
		const call = this.#call;
		if ((flags & Flag.END) !== 0) call?.end();
		if ((flags & Flag.FREE) === 0) return;
		this.#call = null;
		this.#isBusy = false;
		// The thread has its next request before this one is answered.
		this.#owner.freed(this);
		call?.told();
	}

	#gone(): void {
		this.#isOpen = false;
		const call = this.#call;
		this.#call = null;
		// Both say that something was on its way to the thread and was not read (WSGI-19).
		const isUnread = this.#code === 'EPIPE' || this.#code === 'ECONNRESET';
		this.#isBusy = false;
		call?.lost(
			new WorkerLost(`The worker of this request ${this.#owner.fate} before the response was complete.`),
			isUnread,
		);
		this.#owner.gone();
		this.#closed();
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
