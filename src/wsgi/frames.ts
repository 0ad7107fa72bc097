/** The frames of the channel to the workers (spec/wsgi-channel.md §1). */

/** The version of the channel that this side speaks. */
export const VERSION = 1;

/** The types of frames. */
export const FrameType = {
	REQUEST: 0x01,
	CONTENT: 0x02,
	CANCEL: 0x03,
	HEAD: 0x11,
	DONE: 0x13,
	FAULT: 0x14,
	WINDOW: 0x15,
	HELLO: 0x20,
	LOADED: 0x21,
	FAILED: 0x22,
	LOG: 0x23,
	LEAVING: 0x24,
	RECALL: 0x25,
	RECALLED: 0x26,
	ANSWERS: 0x27,
} as const;

/** The flags of frames. */
export const Flag = {
	/** The content is complete with this frame. */
	END: 0x01,
	/** The thread is free after this frame. */
	FREE: 0x02,
	/** Values of a request are escaped, because they hold NUL. */
	ESCAPED: 0x04,
	/** Content follows a request … */
	FOLLOWS: 0x08,
	/** … and its first octets without being asked for. */
	EAGER: 0x10,
	/** The request has the escape. */
	UPGRADE: 0x20,
	/** The host may leave its answer unread until ANSWERS. */
	HELD: 0x40,
} as const;

/** Octets of a frame's header. */
export const HEADER_SIZE = 10;

/** As much content as is sent without being asked for, in octets. */
export const WINDOW_SIZE: number = 64 * 1024;

/** The header of a frame, one character per octet. */
export function frameHeader(length: number, type: number, flags: number, stream: number): string {
	return `${u32(length)}${String.fromCharCode(type, flags)}${u32(stream)}`;
}

/** A number in four octets, the highest first. */
export function u32(value: number): string {
	return String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** Reads what {@link u32} has written. */
export function readU32(octets: Uint8Array, at: number): number {
	return (
		(((octets[at] as number) << 24) |
			((octets[at + 1] as number) << 16) |
			((octets[at + 2] as number) << 8) |
			(octets[at + 3] as number)) >>>
		0
	);
}
