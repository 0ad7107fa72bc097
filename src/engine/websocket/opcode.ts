/** Frame types (RFC 6455 §5.2, §11.8) and the bits around them. */

export const Opcode = {
	CONTINUATION: 0x0,
	TEXT: 0x1,
	BINARY: 0x2,
	CLOSE: 0x8,
	PING: 0x9,
	PONG: 0xa,
} as const;

/** In the first octet of a frame: the last of its message. */
export const FIN = 0x80;
/** In the first octet: a compressed message begins (RFC 7692 §6). */
export const RSV1 = 0x40;
/** In the first octet: bits that no extension of ours gives a meaning. */
export const RSV23 = 0x30;
/** In the second octet: a mask follows the length. */
export const MASK = 0x80;
/** The longest payload of a control frame (RFC 6455 §5.5). */
export const CONTROL_MAX = 125;
