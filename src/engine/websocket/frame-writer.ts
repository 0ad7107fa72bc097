/** Messages to frames (RFC 6455 §5.2). A server's frames are not masked (§5.1), and messages are sent in one frame. */
import type { FrameRoom } from './frame-memory.ts';
import { FIN, Opcode } from './opcode.ts';

const encoder = new TextEncoder();

/** The longest head of a frame that is not masked. */
export const HEAD_MAX = 10;

/** Up to so many characters a loop is faster than the encoder. */
const FEW = 64;

/** A frame with these octets as its payload, or the head of one whose payload goes by itself. */
export function writeFrame(memory: FrameRoom, first: number, payload: Uint8Array): void {
	memory.reserve(HEAD_MAX + payload.length);
	writeHead(memory, first, payload.length);
	memory.bytes.set(payload, memory.at);
	memory.at += payload.length;
}

/** The head of a frame; room must have been reserved. */
export function writeHead(memory: FrameRoom, first: number, length: number): void {
	const { bytes } = memory;
	let { at } = memory;
	bytes[at++] = first;
	if (length < 126) {
		bytes[at++] = length;
	} else if (length < 0x1_0000) {
		bytes[at++] = 126;
		bytes[at++] = length >>> 8;
		bytes[at++] = length;
	} else {
		bytes[at++] = 127;
		const high = Math.floor(length / 0x1_0000_0000);
		for (const word of [high, length >>> 0]) {
			bytes[at++] = word >>> 24;
			bytes[at++] = word >>> 16;
			bytes[at++] = word >>> 8;
			bytes[at++] = word;
		}
	}
	memory.at = at;
}

/** A text message in one frame. Lone surrogates are sent as U+FFFD. */
export function writeText(memory: FrameRoom, text: string): void {
	const { length } = text;
	memory.reserve(HEAD_MAX + 3 * length);
	const start = memory.at;
	// Most text is ASCII: then its length is known beforehand. If it is not, the payload is moved where it makes a difference.
	const guessed = headSize(length);
	const payload = start + guessed;
	const size = length <= FEW && writeAscii(memory.bytes, payload, text) ? length : encode(memory.bytes, payload, text);
	const exact = headSize(size);
	if (exact !== guessed) memory.bytes.copyWithin(start + exact, payload, payload + size);
	writeHead(memory, FIN | Opcode.TEXT, size);
	memory.at = start + exact + size;
}

/**
 * A text message in one frame, if it is ASCII, or fits into as much room. Room for it and HEAD_MAX must have been reserved.
 * @returns false when it does not, and nothing was written
 */
export function writeLongAscii(memory: FrameRoom, text: string): boolean {
	const payload = memory.at + headSize(text.length);
	const { read, written } = encoder.encodeInto(text, memory.bytes.subarray(payload, payload + text.length));
	if (read < text.length || written !== text.length) return false;
	writeHead(memory, FIN | Opcode.TEXT, written);
	memory.at = payload + written;
	return true;
}

/** The octets of a long text. Most are ASCII, and those of others have to be made room for: the encoder alone is slower. */
export function textOctets(text: string): Uint8Array {
	const octets = new Uint8Array(text.length);
	return encoder.encodeInto(text, octets).read === text.length ? octets : encoder.encode(text);
}

/** A Close frame (RFC 6455 §5.5.1): without a code, an empty one. */
export function writeClose(memory: FrameRoom, code: number | null, reason: Uint8Array): void {
	if (code === null) {
		writeFrame(memory, FIN | Opcode.CLOSE, reason.subarray(0, 0));
		return;
	}
	const payload = new Uint8Array(2 + reason.length);
	payload[0] = code >>> 8;
	payload[1] = code;
	payload.set(reason, 2);
	writeFrame(memory, FIN | Opcode.CLOSE, payload);
}

function headSize(length: number): number {
	return length < 126 ? 2 : length < 0x1_0000 ? 4 : HEAD_MAX;
}

function encode(bytes: Uint8Array, at: number, text: string): number {
	return encoder.encodeInto(text, bytes.subarray(at)).written;
}

function writeAscii(bytes: Uint8Array, at: number, text: string): boolean {
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (code >= 0x80) return false;
		bytes[at + i] = code;
	}
	return true;
}
