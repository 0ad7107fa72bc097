/** Octets to latin-1 strings and back: one character per octet, nothing decoded, nothing lost. */

/** The octets of `bytes` from `start` to before `end` as a latin-1 string. */
export function latin1Decode(bytes: Uint8Array, start: number, end: number): string {
	if (end - start > CHUNK) {
		let text = '';
		for (let at = start; at < end; at += CHUNK) text += latin1Decode(bytes, at, Math.min(at + CHUNK, end));
		return text;
	}
	// A plain array: spreading one costs half of what a view of the octets does.
	const codes = new Array<number>(end - start);
	for (let at = start; at < end; at++) codes[at - start] = bytes[at] as number;
	return String.fromCharCode.apply(null, codes);
}

/** More arguments than this in one call can overflow the stack. */
const CHUNK = 4096;

/**
 * Writes a latin-1 string at `at`; the memory must have room for `text.length` octets.
 * @returns the place behind it
 */
export function latin1Write(bytes: Uint8Array, at: number, text: string): number {
	for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
	return at;
}

/** The octets of a latin-1 string. */
export function latin1Bytes(text: string): Uint8Array {
	const bytes = new Uint8Array(text.length);
	latin1Write(bytes, 0, text);
	return bytes;
}
