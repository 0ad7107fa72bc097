/** The mask of a client's frames (RFC 6455 §5.3), taken off where the octets are. */

/** From so many octets on, a view of words costs less than it saves. */
const WORDS_FROM = 48;

/** The first octet in memory is the lowest of a word. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A mask of four octets as a number, its first octet lowest. */
export function maskAt(bytes: Uint8Array, at: number): number {
	return (
		(bytes[at] as number) |
		((bytes[at + 1] as number) << 8) |
		((bytes[at + 2] as number) << 16) |
		((bytes[at + 3] as number) << 24)
	);
}

/** The mask as it applies that many octets further on. */
export function rotated(mask: number, octets: number): number {
	const bits = (octets & 3) << 3;
	return bits === 0 ? mask : (mask >>> bits) | (mask << (32 - bits));
}

/**
 * Takes the mask off the octets from `at` to before `end`, in place.
 * @param mask by {@link maskAt}, rotated so that its lowest octet is for the first one
 */
export function unmask(bytes: Uint8Array, at: number, end: number, mask: number): void {
	if (end - at >= WORDS_FROM) {
		while (((bytes.byteOffset + at) & 3) !== 0) {
			bytes[at] = (bytes[at] as number) ^ mask;
			mask = (mask >>> 8) | (mask << 24);
			at++;
		}
		const count = (end - at) >> 2;
		const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count);
		const word = IS_LITTLE_ENDIAN ? mask : swapped(mask);
		for (let i = 0; i < count; i++) words[i] = (words[i] as number) ^ word;
		at += count << 2;
	}
	for (; at < end; at++) {
		bytes[at] = (bytes[at] as number) ^ mask;
		mask = (mask >>> 8) | (mask << 24);
	}
}

function swapped(word: number): number {
	return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
