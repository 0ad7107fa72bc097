/** HTTP/2 frames for tests: a builder that can build wrong ones too, and a reader of what a server sends. */
import { latin1Bytes } from '../../src/wire/latin1.ts';

/** `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n` (RFC 9113 §3.4). */
export const PREFACE: Uint8Array = latin1Bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const TYPES = {
	DATA: 0,
	HEADERS: 1,
	PRIORITY: 2,
	RST_STREAM: 3,
	SETTINGS: 4,
	PUSH_PROMISE: 5,
	PING: 6,
	GOAWAY: 7,
	WINDOW_UPDATE: 8,
	CONTINUATION: 9,
	PRIORITY_UPDATE: 16,
} as const;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY = 0x20;

/** Bytes of all arguments, one behind the other: numbers are octets, strings latin-1. */
export function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array {
	const chunks = parts.map((part) =>
		typeof part === 'number' ? Uint8Array.of(part) : typeof part === 'string' ? latin1Bytes(part) : part,
	);
	const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
	let at = 0;
	for (const chunk of chunks) {
		all.set(chunk, at);
		at += chunk.length;
	}
	return all;
}

export function be32(value: number): Uint8Array {
	return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** A frame, as wrong as it may be. */
export function frame(
	type: number,
	flags: number,
	stream: number,
	...payload: (number | string | Uint8Array)[]
): Uint8Array {
	const body = bytes(...payload);
	const head = Uint8Array.of(body.length >>> 16, body.length >>> 8, body.length, type, flags);
	return bytes(head, be32(stream), body);
}

export function settings(...pairs: [id: number, value: number][]): Uint8Array {
	return frame(TYPES.SETTINGS, 0, 0, ...pairs.flatMap(([id, value]) => [0, id, be32(value)]));
}

export function windowUpdate(stream: number, increment: number): Uint8Array {
	return frame(TYPES.WINDOW_UPDATE, 0, stream, be32(increment));
}

export function rst(stream: number, code: number): Uint8Array {
	return frame(TYPES.RST_STREAM, 0, stream, be32(code));
}

export function data(stream: number, flags: number, content: string | Uint8Array = ''): Uint8Array {
	return frame(TYPES.DATA, flags, stream, content);
}

export function ping(opaque = '12345678'): Uint8Array {
	return frame(TYPES.PING, 0, 0, opaque);
}

export const SETTINGS_ACK: Uint8Array = frame(TYPES.SETTINGS, ACK, 0);

/** A field block of literals that enter no table (RFC 7541 §6.2.2), so that anything can be said. */
export function block(...lines: string[]): Uint8Array {
	const parts: (number | Uint8Array)[] = [];
	for (const text of lines) {
		if (parts.length % 3 === 0) parts.push(0);
		parts.push(literal(text));
	}
	return bytes(...parts);
}

function literal(text: string): Uint8Array {
	const octets = latin1Bytes(text);
	if (octets.length < 127) return bytes(octets.length, octets);
	const length: number[] = [127];
	let rest = octets.length - 127;
	for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128);
	return bytes(Uint8Array.from([...length, rest]), octets);
}

/** The pseudo-fields of a request, and what is added. */
export function request(method: string, path: string, ...fields: string[]): Uint8Array {
	return block(':method', method, ':scheme', 'http', ':authority', 'example.org', ':path', path, ...fields);
}

/** HEADERS that hold a whole field block. */
export function headers(stream: number, flags: number, fields: Uint8Array): Uint8Array {
	return frame(TYPES.HEADERS, flags | END_HEADERS, stream, fields);
}

/** GET, whole. */
export function get(stream: number, path = '/', ...fields: string[]): Uint8Array {
	return headers(stream, END_STREAM, request('GET', path, ...fields));
}

/** POST, with content to follow. */
export function post(stream: number, path = '/', ...fields: string[]): Uint8Array {
	return headers(stream, 0, request('POST', path, ...fields));
}

/** A frame that a server sent. */
export interface Frame {
	readonly type: number;
	readonly flags: number;
	readonly stream: number;
	readonly payload: Uint8Array;
}

/** Reads frames out of bytes in any split. */
export class FrameStream {
	#kept: Uint8Array = new Uint8Array(0);

	read(chunk: Uint8Array): Frame[] {
		const all = bytes(this.#kept, chunk);
		const frames: Frame[] = [];
		let at = 0;
		while (all.length - at >= 9) {
			const view = new DataView(all.buffer, at);
			const length = view.getUint32(0) >>> 8;
			if (all.length - at < 9 + length) break;
			frames.push({
				type: view.getUint8(3),
				flags: view.getUint8(4),
				stream: view.getUint32(5) & 0x7fffffff,
				payload: all.slice(at + 9, at + 9 + length),
			});
			at += 9 + length;
		}
		this.#kept = all.slice(at);
		return frames;
	}
}

export function read32(payload: Uint8Array, at = 0): number {
	return new DataView(payload.buffer, payload.byteOffset).getUint32(at);
}
