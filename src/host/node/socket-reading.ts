/** How what a socket reads comes to its connection: by one memory that all sockets share, where Node.js allows it. */
import { Socket } from 'node:net';

/** As much as a socket reads at once where long reads are lent: a WebSocket's message of 64 KiB with its head. */
const READ = 128 * 1024;
/** And where they are copied: more would be memory for each read, and cost uploads time. */
const COPIED = 64 * 1024;
/**
 * All reads are less than a quarter of the memory, and so are lent (see {@link Engine.receive}). The system gives memory where
 * it is touched, so what lies behind costs nothing.
 */
const SIZE = 4 * READ + 4096;
/** Shorter ones are always lent. */
const LENT = 16 * 1024;

/**
 * After so much a socket steps aside: what it has to say besides is read when every other has had its turn. A system call is made
 * for it, so it is not less; and what a flood asks for by as much takes some milliseconds, so it is not more.
 */
const STINT = 256 * 1024;

/** The keys under which a socket keeps what its `onread` option said. */
interface Keys {
	readonly buffer: symbol;
	readonly callback: symbol;
}

interface Reading {
	[key: symbol]: unknown;
	readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
}

const keys = findKeys();
/** Reads of all sockets go here: each is consumed, or copied, before the next one. */
const shared = new Uint8Array(new ArrayBuffer(SIZE), 0, READ);
const shorter = shared.subarray(0, COPIED);
/** Views of it by their length: the requests of a server are mostly of few lengths. */
const views = new Array<Uint8Array | undefined>(LENT);

/** A server's sockets are made without `onread`, so they are given it afterwards: as a socket has it that was made with it. */
function findKeys(): Keys | null {
	const socket = new Socket({ onread: { buffer: new Uint8Array(1), callback: () => true } });
	const found = new Map(Object.getOwnPropertySymbols(socket).map((key) => [key.description, key]));
	const buffer = found.get('kBuffer');
	const callback = found.get('kBufferCb');
	return buffer !== undefined && callback !== undefined ? { buffer, callback } : null;
}

/** Who gets what is read. */
export interface Reader {
	/** Gets the bytes as {@link Engine.receive} does. */
	receive(bytes: Uint8Array): void;
	/** Whether long reads may be lent too, at this moment. */
	readonly borrows: boolean;
}

/** The same as {@link readFor}, where long reads are never lent. */
export function readInto(socket: Socket, take: (bytes: Uint8Array) => void): void {
	readFor(socket, { receive: take, borrows: false });
}

/**
 * Hands what the socket reads to the reader from now on: without memory, streams or events of its own for each read. Where the
 * runtime has no `onread`, or keeps it in another way, by `data` events, as ever (decisions/005).
 */
export function readFor(socket: Socket, reader: Reader): void {
	const reading = socket as unknown as Reading;
	const handle = reading._handle;
	if (keys === null || typeof handle?.useUserBuffer !== 'function') {
		socket.on('data', (bytes: Buffer) => reader.receive(bytes));
		return;
	}
	let isLong = false;
	let stint = 0;
	reading[keys.buffer] = shared;
	reading[keys.callback] = (length: number): boolean => {
		if (length < LENT) {
			views[length] ??= shared.subarray(0, length);
			reader.receive(views[length]);
		} else if (reader.borrows) {
			reader.receive(length === READ ? shared : shared.subarray(0, length));
			// It is a stream of long reads: they may be longer from now on, as long as they are lent.
			if (!isLong) reading._handle?.useUserBuffer?.(shared);
			isLong = true;
		} else {
			if (isLong) reading._handle?.useUserBuffer?.(shorter);
			isLong = false;
			giveCopied(reader, length);
		}
		stint += length;
		if (stint < STINT) return true;
		stint = 0;
		stepAside(socket);
		return false;
	};
	handle.useUserBuffer(shorter);
	socket.resume();
}

/** Sockets that go on reading in the next turn of the event loop. */
let aside: Socket[] = [];

function stepAside(socket: Socket): void {
	if (aside.push(socket) === 1) setImmediate(resumeAll);
}

function resumeAll(): void {
	const sockets = aside;
	aside = [];
	// Whoever has paused meanwhile goes on when it is told to.
	for (const socket of sockets) if (!socket.isPaused() && !socket.destroyed) socket.resume();
}

/** All of it is copied before any is taken: a taker may let other sockets be read. */
function giveCopied(reader: Reader, length: number): void {
	const given = Buffer.allocUnsafeSlow(length);
	given.set(shared.subarray(0, length));
	if (length <= COPIED) reader.receive(given);
	else for (let at = 0; at < length; at += COPIED) reader.receive(given.subarray(at, at + COPIED));
}
