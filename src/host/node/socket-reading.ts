/** How what a socket reads comes to its connection: by one memory that all sockets share, where Node.js allows it. */
import { Socket } from 'node:net';

/** As much as a socket reads at once; what libuv suggests. */
const SIZE = 64 * 1024;
/** A read that fills less of the memory than this part is lent, not given: see {@link Engine.receive}. */
const LENT = SIZE / 4;

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
const shared = new Uint8Array(SIZE);
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

/**
 * Hands what the socket reads to `take` from now on: without memory, streams or events of its own for each read. Where the
 * runtime has no `onread`, or keeps it in another way, by `data` events, as ever (decisions/005).
 * @param take gets the bytes as {@link Engine.receive} does
 */
export function readInto(socket: Socket, take: (bytes: Uint8Array) => void): void {
	const reading = socket as unknown as Reading;
	const handle = reading._handle;
	if (keys === null || typeof handle?.useUserBuffer !== 'function') {
		socket.on('data', take);
		return;
	}
	reading[keys.buffer] = shared;
	reading[keys.callback] = (length: number): boolean => {
		if (length < LENT) {
			views[length] ??= shared.subarray(0, length);
			take(views[length]);
		} else {
			const given = Buffer.allocUnsafeSlow(length);
			given.set(length === SIZE ? shared : shared.subarray(0, length));
			take(given);
		}
		return true;
	};
	handle.useUserBuffer(shared);
	socket.resume();
}
