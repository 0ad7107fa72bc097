/** The character classes of RFC 9110 §5.5 and §5.6.2 that every protocol checks, as tables and tests over octets. */

/** 1 for each octet of `tchar` (RFC 9110 §5.6.2). */
export const TOKEN_OCTET: Uint8Array = table(
	"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
);

/** 1 for each octet that a field value may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5). */
export const VALUE_OCTET: Uint8Array = valueTable();

function table(characters: string): Uint8Array {
	const octets = new Uint8Array(256);
	for (let i = 0; i < characters.length; i++) octets[characters.charCodeAt(i)] = 1;
	return octets;
}

function valueTable(): Uint8Array {
	const octets = new Uint8Array(256).fill(1, 0x20);
	octets[0x09] = 1;
	octets[0x7f] = 0;
	return octets;
}

/** Whether the text is a token (RFC 9110 §5.6.2): a method, a field name, a protocol name. */
export function isToken(text: string): boolean {
	if (text.length === 0) return false;
	for (let i = 0; i < text.length; i++) {
		// Past 0xff the table has no entry: undefined is not 1.
		if (TOKEN_OCTET[text.charCodeAt(i)] !== 1) return false;
	}
	return true;
}

/** Whether the text is a field value (RFC 9110 §5.5): its octets, and no white space at either edge. */
export function isFieldValue(text: string): boolean {
	const last = text.length - 1;
	if (last < 0) return true;
	if (isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(last))) return false;
	for (let i = 0; i <= last; i++) {
		if (VALUE_OCTET[text.charCodeAt(i)] !== 1) return false;
	}
	return true;
}

function isBlank(octet: number): boolean {
	return octet === 0x20 || octet === 0x09;
}

/** A decimal of digits alone that a double can hold exactly, such as Content-Length (RFC 9110 §8.6), or -1. */
export function parseDecimal(text: string): number {
	if (text.length === 0 || text.length > 15) return -1;
	let value = 0;
	for (let i = 0; i < text.length; i++) {
		const digit = text.charCodeAt(i) - 0x30;
		if (digit < 0 || digit > 9) return -1;
		value = value * 10 + digit;
	}
	return value;
}
