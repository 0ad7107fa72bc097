/** Byte strings: what the CGI values, the status line and the field lines of the bytes layer are made of. */
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { latin1Bytes, latin1Decode } from '../../wire/latin1.ts';

declare const BYTE_STRING: unique symbol;

/**
 * A string of octets. At run time it is a primitive latin-1 string, one character per octet, so that it costs nothing and
 * `===` compares it; to the compiler it is neither a string nor made from one, so that octets and text cannot be mixed
 * up. {@link bytes} makes one, {@link latin1} and `decodeUtf8` read one.
 */
export interface ByteString {
	readonly [BYTE_STRING]: 'octets';
}

/** Characters that are no octet. */
const NO_OCTET = /[\u0100-\uffff]/;

/**
 * A byte string from text of one character per octet, as a function or as the tag of a template.
 *
 * @param text characters up to U+00FF; for other text take `encodeUtf8`
 * @throws Misuse for a character above U+00FF (GATE-1)
 * @example
 * startResponse(bytes('200 OK'), [[bytes('Content-Length'), bytes`${block.length}`]]);
 */
export function bytes(text: string): ByteString;
export function bytes(parts: TemplateStringsArray, ...values: readonly (ByteString | string | number)[]): ByteString;
export function bytes(
	text: string | TemplateStringsArray,
	...values: readonly (ByteString | string | number)[]
): ByteString {
	if (typeof text !== 'string' && !Array.isArray(text)) {
		throw new Misuse('GATE-1', `bytes() takes a string, not ${described(text)}: of octets, byteString() makes one.`);
	}
	const whole = typeof text === 'string' ? text : templateText(text, values);
	if (isByteString(whole)) return whole;
	const at = whole.search(NO_OCTET);
	const code = whole.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
	throw new Misuse(
		'GATE-1',
		`A byte string has one character per octet, up to U+00FF; character ${at} is U+${code}: use encodeUtf8() for text.`,
	);
}

/** Not String.raw: escapes in the template mean what they do in any other. */
function templateText(parts: readonly string[], values: readonly unknown[]): string {
	let text = parts[0] as string;
	for (let at = 0; at < values.length; at++) text += String(values[at]) + (parts[at + 1] as string);
	return text;
}

/** Whether a value is a byte string: a primitive string whose every character is an octet. */
export function isByteString(value: unknown): value is ByteString {
	if (typeof value !== 'string') return false;
	if (value.length > SEEN_LENGTH) return !NO_OCTET.test(value);
	const place = (value.length + 7 * (value.charCodeAt(0) | 0)) & 63;
	if (seen[place] === value) return true;
	if (NO_OCTET.test(value)) return false;
	seen[place] = value;
	return true;
}

/**
 * Short byte strings seen last, each at a place that its length and first character give. Most come from literals, again and
 * again, and to find one here costs a third of looking at its characters.
 */
const seen: string[] = new Array<string>(64).fill('');
const SEEN_LENGTH = 64;

/** A byte string as a string of one character per octet: nothing is decoded, nothing lost. */
export function latin1(byteString: ByteString): string {
	return byteString as unknown as string;
}

/** The byte string of these octets. They are copied. */
export function byteString(octets: Uint8Array): ByteString {
	return latin1Decode(octets, 0, octets.length) as unknown as ByteString;
}

/** The octets of a byte string, as a block of content. */
export function octets(byteString: ByteString): Uint8Array {
	return latin1Bytes(latin1(byteString));
}

/** A byte string from what is known to be latin-1, as all that came from the wire is: nothing is looked at. */
export function uncheckedBytes(latin1Text: string): ByteString {
	return latin1Text as unknown as ByteString;
}
