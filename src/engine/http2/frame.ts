/** HTTP/2 frames as they stand on the wire (RFC 9113 §4.1, §6): types, flags, settings, and the nine octets in front. */
import type { Output } from '../../wire/output.ts';

/** Frame types (RFC 9113 §11.2, RFC 9218 §7.1). */
export const FrameType = {
	DATA: 0x0,
	HEADERS: 0x1,
	PRIORITY: 0x2,
	RST_STREAM: 0x3,
	SETTINGS: 0x4,
	PUSH_PROMISE: 0x5,
	PING: 0x6,
	GOAWAY: 0x7,
	WINDOW_UPDATE: 0x8,
	CONTINUATION: 0x9,
	PRIORITY_UPDATE: 0x10,
} as const;

/** Flags; which of them mean something depends on the frame type. */
export const Flag = {
	END_STREAM: 0x01,
	ACK: 0x01,
	END_HEADERS: 0x04,
	PADDED: 0x08,
	PRIORITY: 0x20,
} as const;

/** Settings (RFC 9113 §6.5.2, RFC 8441 §3, RFC 9218 §2.1). */
export const Setting = {
	HEADER_TABLE_SIZE: 0x1,
	ENABLE_PUSH: 0x2,
	MAX_CONCURRENT_STREAMS: 0x3,
	INITIAL_WINDOW_SIZE: 0x4,
	MAX_FRAME_SIZE: 0x5,
	MAX_HEADER_LIST_SIZE: 0x6,
	ENABLE_CONNECT_PROTOCOL: 0x8,
	NO_RFC7540_PRIORITIES: 0x9,
} as const;

/** Octets of a frame's head: length, type, flags, stream identifier (RFC 9113 §4.1). */
export const FRAME_HEAD = 9;
/** The least that SETTINGS_MAX_FRAME_SIZE may be, what it is at first, and what we never raise it from (RFC 9113 §6.5.2). */
export const FRAME_SIZE = 16384;
/** The most that SETTINGS_MAX_FRAME_SIZE may be (RFC 9113 §6.5.2). */
export const FRAME_SIZE_MAX = 0xffffff;
/** The highest stream identifier (RFC 9113 §5.1.1). */
export const STREAM_ID_MAX = 0x7fffffff;
/** The largest window (RFC 9113 §6.9.1). */
export const WINDOW_MAX = 0x7fffffff;
/** Every window before SETTINGS and WINDOW_UPDATE say otherwise (RFC 9113 §6.9.2). */
export const WINDOW_DEFAULT = 65535;
/** What HPACK tables are bounded by before SETTINGS says otherwise (RFC 9113 §6.5.2). */
export const TABLE_DEFAULT = 4096;

/** What a client sends first (RFC 9113 §3.4): `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`. */
export const PREFACE: Uint8Array = Uint8Array.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (c) => c.charCodeAt(0));

/** The head of a frame; room must have been reserved. */
export function putFrameHead(out: Output, length: number, type: number, flags: number, stream: number): void {
	const bytes = out.bytes;
	let at = out.at;
	bytes[at++] = length >>> 16;
	bytes[at++] = length >>> 8;
	bytes[at++] = length;
	bytes[at++] = type;
	bytes[at++] = flags;
	bytes[at++] = stream >>> 24;
	bytes[at++] = stream >>> 16;
	bytes[at++] = stream >>> 8;
	bytes[at++] = stream;
	out.at = at;
}

/** Two octets, most significant first. */
export function u16(bytes: Uint8Array, at: number): number {
	return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** Three octets, most significant first. */
export function u24(bytes: Uint8Array, at: number): number {
	return ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}

/** Four octets, most significant first, as an unsigned number. */
export function u32(bytes: Uint8Array, at: number): number {
	return (((bytes[at] as number) << 24) | u24(bytes, at + 1)) >>> 0;
}

/** Four octets without the reserved first bit: a stream identifier or a window increment. */
export function u31(bytes: Uint8Array, at: number): number {
	return (((bytes[at] as number) & 0x7f) << 24) | u24(bytes, at + 1);
}
