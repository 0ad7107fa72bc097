/** UTF-8 to strings. */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to so many octets a loop is faster than the decoder. */
const FEW = 40;

/** The text of the octets from `from` to before `to`, or null when they are not UTF-8. A byte order mark is a character. */
export function textOf(bytes: Uint8Array, from: number, to: number): string | null {
	if (to - from <= FEW) {
		const codes = new Array<number>(to - from);
		let seen = 0;
		for (let at = from; at < to; at++) {
			const octet = bytes[at] as number;
			seen |= octet;
			codes[at - from] = octet;
		}
		if (seen < 0x80) return String.fromCharCode.apply(null, codes);
	}
	try {
		return strict.decode(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
	} catch {
		return null;
	}
}
