/** Frames as a client sends them, and as a server's are read. */
import { utf8 } from '../../src/wire/utf8.ts';

export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;
const FIN = 0x80;
export const RSV1 = 0x40;

export interface FrameOptions {
	/** The last frame of its message; yes by default. */
	readonly fin?: boolean;
	/** Further bits of the first octet. */
	readonly bits?: number;
	/** Four octets; null for a frame that is not masked. */
	readonly mask?: readonly number[] | null;
	/** The form of the length: 7, 16 or 64 bits; the shortest by default. */
	readonly form?: 7 | 16 | 64;
	/** The length said, where it is not that of the payload. */
	readonly length?: number;
}

/** A frame of a client. */
export function frame(opcode: number, payload: Uint8Array | string = '', options: FrameOptions = {}): Uint8Array {
	const content = typeof payload === 'string' ? utf8(payload) : payload;
	const { fin = true, bits = 0, mask = [0x37, 0xfa, 0x21, 0x3d], length = content.length } = options;
	const form = options.form ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64);
	const head = [
		(fin ? FIN : 0) | bits | opcode,
		(mask === null ? 0 : 0x80) | (form === 7 ? length : form === 16 ? 126 : 127),
	];
	if (form === 16) head.push((length >>> 8) & 0xff, length & 0xff);
	else if (form === 64) {
		const all = new DataView(new ArrayBuffer(8));
		all.setBigUint64(0, BigInt(length));
		for (let at = 0; at < 8; at++) head.push(all.getUint8(at));
	}
	if (mask !== null) head.push(...mask);
	const whole = new Uint8Array(head.length + content.length);
	whole.set(head);
	for (let at = 0; at < content.length; at++) {
		whole[head.length + at] = (content[at] as number) ^ (mask === null ? 0 : (mask[at & 3] as number));
	}
	return whole;
}

/** A Close frame's payload. */
export function closing(code: number, reason = ''): Uint8Array {
	return joined(Uint8Array.of(code >>> 8, code & 0xff), utf8(reason));
}

/** Octets written in hexadecimal, with spaces where they help. */
export function hex(text: string): Uint8Array {
	return Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));
}

/** Octets in a row. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

/** A frame of a server. */
export interface ServerFrame {
	readonly fin: boolean;
	readonly rsv1: boolean;
	readonly opcode: number;
	readonly payload: Uint8Array;
}

/** Reads the frames of a server, in any split. They must not be masked (RFC 6455 §5.1). */
export class ServerFrames {
	#rest: Uint8Array = new Uint8Array(0);

	/** How many octets of an incomplete frame have come. */
	get left(): number {
		return this.#rest.length;
	}

	take(bytes: Uint8Array): ServerFrame[] {
		const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
		const view = new DataView(all.buffer, all.byteOffset, all.length);
		const frames: ServerFrame[] = [];
		let at = 0;
		while (all.length - at >= 2) {
			const [first, second] = [view.getUint8(at), view.getUint8(at + 1)];
			if (second >= 0x80) throw new Error('a frame of a server is masked');
			const head = second < 126 ? 2 : second === 126 ? 4 : 10;
			if (all.length - at < head) break;
			let length = second;
			if (second === 126) length = view.getUint16(at + 2);
			else if (second === 127) length = Number(view.getBigUint64(at + 2));
			if (second === 126 && length < 126) throw new Error('the length is not in its shortest form');
			if (second === 127 && length < 65_536) throw new Error('the length is not in its shortest form');
			if (all.length - at < head + length) break;
			frames.push({
				fin: (first & FIN) !== 0,
				rsv1: (first & RSV1) !== 0,
				opcode: first & 0x0f,
				payload: all.slice(at + head, at + head + length),
			});
			at += head + length;
		}
		this.#rest = all.slice(at);
		return frames;
	}
}

/** A frame in a line: `text hello`, `binary 3`, `close 1000 bye`, `ping x`. */
export function shown({ opcode, payload, fin, rsv1 }: ServerFrame): string {
	const text = new TextDecoder();
	const marks = `${fin ? '' : ' more'}${rsv1 ? ' compressed' : ''}`;
	if (opcode === CLOSE) {
		if (payload.length === 0) return 'close';
		const reason = text.decode(payload.subarray(2));
		return `close ${((payload[0] as number) << 8) | (payload[1] as number)}${reason === '' ? '' : ` ${reason}`}`;
	}
	if (opcode === BINARY) return `binary ${payload.length}${marks}`;
	const name = opcode === TEXT ? 'text' : opcode === PING ? 'ping' : opcode === PONG ? 'pong' : `opcode ${opcode}`;
	if (rsv1) return `${name} ${payload.length}${marks}`;
	return `${name} ${text.decode(payload)}${marks}`;
}
