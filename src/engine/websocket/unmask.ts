/** The mask of a client's frames (RFC 6455 §5.3), taken off where the octets are. */

/** From so many octets on, words are worth their alignment. */
const WORDS_FROM = 48;
/** From so many octets on, words of eight are: their mask is a BigInt, which must be made. */
const LONG_WORDS_FROM = 512;
/** Views of larger memory are not kept, or they would keep it. */
const KEPT_MAX = 1024 * 1024;

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
	if (end - at >= LONG_WORDS_FROM) {
		const begun = unmaskLong(bytes, at, end, mask);
		mask = rotated(mask, begun - at);
		at = begun;
	} else if (end - at >= WORDS_FROM) {
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

/** Most of many octets. @returns the place behind them */
function unmaskLong(bytes: Uint8Array, at: number, end: number, mask: number): number {
	while (((bytes.byteOffset + at) & 7) !== 0) {
		bytes[at] = (bytes[at] as number) ^ mask;
		mask = (mask >>> 8) | (mask << 24);
		at++;
	}
	const half = BigInt((IS_LITTLE_ENDIAN ? mask : swapped(mask)) >>> 0);
	const word = (half << 32n) | half;
	const words = longWords(bytes.buffer as ArrayBuffer);
	const first = (bytes.byteOffset + at) >> 3;
	const count = (end - at) >> 3;
	for (let i = first; i < first + count; i++) words[i] = (words[i] as bigint) ^ word;
	return at + (count << 3);
}

/** The view that was made last: most reads are into one memory. */
let view = new BigUint64Array(0);

function longWords(buffer: ArrayBuffer): BigUint64Array {
	if (view.buffer === buffer) return view;
	const made = new BigUint64Array(buffer, 0, buffer.byteLength >> 3);
	if (buffer.byteLength <= KEPT_MAX) view = made;
	return made;
}

function swapped(word: number): number {
	return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
