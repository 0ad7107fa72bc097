/** Text to bytes. */
const encoder = new TextEncoder();

/** Up to so many characters a loop is faster than a call to native code. */
const SHORT = 64;

/** The UTF-8 bytes of a text, for `write` and `end`. */
export function utf8(text: string): Uint8Array {
	const { length } = text;
	if (length > SHORT) return encoder.encode(text);
	const bytes = new Uint8Array(length);
	for (let at = 0; at < length; at++) {
		const code = text.charCodeAt(at);
		if (code > 0x7f) return encoder.encode(text);
		bytes[at] = code;
	}
	return bytes;
}
