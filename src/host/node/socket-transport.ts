/** A connection's transport over a socket of `node:net` or `node:tls`. */
import type { Socket } from 'node:net';
import type { Connection } from '../../connection/connection.ts';
import type { Transport } from '../../connection/transport.ts';
import { readFor } from './socket-reading.ts';

/** What was written last, and the same as a Buffer: a stream makes one of whatever else it is given. */
let written: Uint8Array | null = null;
let buffer: Buffer = Buffer.alloc(0);

function asBuffer(bytes: Uint8Array): Buffer {
	if (bytes !== written) {
		written = bytes;
		buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
	}
	return buffer;
}

const ON_DENO = 'Deno' in globalThis;

/**
 * Deno's TLS goes on reading, and keeps what it reads, when the socket above it is paused (2.9): it stops when the TCP handle
 * below stops.
 */
function readBelow(socket: Socket, wanted: boolean): void {
	const { _handle: handle } = socket as {
		_handle?: { _parent?: { readStart?(): unknown; readStop?(): unknown } } | null;
	};
	if (wanted) handle?._parent?.readStart?.();
	else handle?._parent?.readStop?.();
}

/** Where a socket has its transport: one function for each event serves all of them. */
const TRANSPORT = Symbol('rsgi.transport');

interface Joined {
	[TRANSPORT]?: SocketTransport;
}

function onEnd(this: Joined): void {
	this[TRANSPORT]?.connection?.eof();
}

function onDrain(this: Joined): void {
	this[TRANSPORT]?.connection?.drained();
}

/** `close` always follows, and tells the connection. */
function onError(): void {}

function onClose(this: Joined): void {
	this[TRANSPORT]?.closed();
}

/** Joins a socket and a connection: bytes and events up, bytes and commands down. */
export class SocketTransport implements Transport {
	readonly #socket: Socket;
	/** Writes end later than the call, as they do on TLS: each tells when it has. */
	readonly #isSlow: boolean;
	/** What was written and has not left yet, first first; null when there is nothing. */
	#leaving: Uint8Array[] | null = null;
	/** How many times pieces were written that have not been reported to have left. */
	#lent = 0;
	/** Made when they are needed first. */
	#onLeft: (() => void) | null = null;
	#onPiecesLeft: ((error?: Error | null) => void) | null = null;
	/** What it has been joined with. */
	connection: Connection | null = null;
	#gone: ((connection: Connection) => void) | null = null;

	/** @param isSlow writes end later than the call, as they do on TLS: their memory is given back when they have */
	constructor(socket: Socket, isSlow: boolean) {
		this.#socket = socket;
		this.#isSlow = isSlow;
	}

	/** Hands the socket's events to the connection from now on. */
	join(connection: Connection, gone: (connection: Connection) => void): void {
		const socket = this.#socket;
		this.connection = connection;
		this.#gone = gone;
		(socket as Joined)[TRANSPORT] = this;
		readFor(socket, connection);
		socket.on('end', onEnd).on('drain', onDrain).on('error', onError).on('close', onClose);
	}

	/** The socket is no more. */
	closed(): void {
		const connection = this.connection as Connection;
		this.#giveBack();
		connection.lost();
		this.#gone?.(connection);
	}

	get waiting(): number {
		const { writableLength } = this.#socket;
		if (writableLength === 0 && this.#leaving !== null && !this.#isSlow) this.#giveBack();
		return writableLength;
	}

	write(bytes: Uint8Array): boolean {
		const socket = this.#socket;
		if (!this.#isSlow) {
			socket.write(asBuffer(bytes));
			// What a socket is given after an error never leaves, and is nobody's: there may be many such sockets before they close.
			if (socket.writableLength === 0 || socket.errored) return true;
			this.#leaving ??= [];
			this.#leaving.push(bytes);
			return false;
		}
		this.#leaving ??= [];
		this.#leaving.push(bytes);
		this.#onLeft ??= () => this.#left();
		socket.write(asBuffer(bytes), this.#onLeft);
		return false;
	}

	/** All of it has left, or never will. */
	#giveBack(): void {
		const leaving = this.#leaving;
		this.#leaving = null;
		if (leaving !== null) for (const bytes of leaving) this.connection?.left(bytes);
	}

	/** A socket takes pieces in one system call; TLS would copy them together to encrypt them. */
	get takesPieces(): boolean {
		return !this.#isSlow;
	}

	writePieces(pieces: readonly Uint8Array[]): boolean {
		const socket = this.#socket;
		const last = pieces.length - 1;
		this.#lent++;
		socket.cork();
		for (let at = 0; at < last; at++) socket.write(pieces[at] as Uint8Array);
		this.#onPiecesLeft ??= (error) => this.#piecesLeft(error);
		socket.write(pieces[last] as Uint8Array, this.#onPiecesLeft);
		socket.uncork();
		return socket.writableLength === 0;
	}

	#piecesLeft(error?: Error | null): void {
		this.#lent--;
		// After an error `close` follows, and tells the connection.
		if (this.#lent === 0 && !error) this.connection?.returned();
	}

	#left(): void {
		const bytes = this.#leaving?.shift();
		if (bytes !== undefined) this.connection?.left(bytes);
	}

	end(): void {
		this.#socket.end();
	}

	destroy(): void {
		this.#socket.destroy();
	}

	reset(): void {
		// On TLS, and on a Unix socket, there is no RST of ours; the missing close_notify tells.
		if (!this.#isSlow && this.#socket.remoteFamily !== undefined) this.#socket.resetAndDestroy();
		else this.#socket.destroy();
	}

	read(wanted: boolean): void {
		if (wanted) this.#socket.resume();
		else this.#socket.pause();
		if (ON_DENO && this.#isSlow) readBelow(this.#socket, wanted);
	}
}
