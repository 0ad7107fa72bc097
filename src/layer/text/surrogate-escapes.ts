/**
 * UTF-8 to text and back with nothing lost. An octet that is no part of valid UTF-8 becomes a lone low surrogate, U+DC80
 * to U+DCFF, as PEP 383 does it; no valid UTF-8 gives one of those, so it maps back to exactly that octet.
 */
import { Misuse } from '../../wire/fault.ts';
import { type ByteString, latin1, uncheckedBytes } from '../gateway/byte-string.ts';

const NOT_ASCII = /[\u0080-\uffff]/;

/** What is added to an octet from 0x80 to 0xFF to make its escape. */
const ESCAPE = 0xdc00;

/**
 * The text of a byte string that is, or should be, UTF-8. Never throws: octets that are no UTF-8 (overlong forms and
 * encoded surrogates too) become U+DC80 to U+DCFF (TEXT-3).
 */
export function decodeUtf8(byteString: ByteString): string {
	const raw = latin1(byteString);
	if (!NOT_ASCII.test(raw)) return raw;
	let text = '';
	for (let at = 0; at < raw.length; ) {
		const lead = raw.charCodeAt(at);
		const length = lead < 0x80 ? 1 : sequenceLength(raw, at, lead);
		if (length === 0) text += String.fromCharCode(ESCAPE + lead);
		else text += String.fromCodePoint(length === 1 ? lead : codePoint(raw, at, length));
		at += length === 0 ? 1 : length;
	}
	return text;
}

/**
 * The UTF-8 of a text as a byte string; surrogate escapes become the octets that they stand for, so that
 * `encodeUtf8(decodeUtf8(b)) === b` for every byte string.
 *
 * @throws Misuse for a lone surrogate that is no escape (TEXT-5)
 */
export function encodeUtf8(text: string): ByteString {
	if (!NOT_ASCII.test(text)) return uncheckedBytes(text);
	let raw = '';
	for (let at = 0; at < text.length; at++) {
		const code = text.codePointAt(at) as number;
		if (code < 0x80) raw += String.fromCharCode(code);
		else if (code < 0x800) raw += String.fromCharCode(0xc0 | (code >> 6), tail(code, 0));
		else if (code > 0xffff) {
			raw += String.fromCharCode(0xf0 | (code >> 18), tail(code, 12), tail(code, 6), tail(code, 0));
			at++;
		} else if (code < 0xd800 || code > 0xdfff) {
			raw += String.fromCharCode(0xe0 | (code >> 12), tail(code, 6), tail(code, 0));
		} else if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) raw += String.fromCharCode(code - ESCAPE);
		else {
			throw new Misuse(
				'TEXT-5',
				`Character ${at} is the lone surrogate U+${code.toString(16).toUpperCase()}, which stands for no octet (U+DC80 to U+DCFF do): take it out, as text.toWellFormed() does.`,
			);
		}
	}
	return uncheckedBytes(raw);
}

function tail(code: number, shift: number): number {
	return 0x80 | ((code >> shift) & 0x3f);
}

/** How many octets the valid sequence at `at` has, or 0 when there is none: the table of RFC 3629 §4. */
function sequenceLength(raw: string, at: number, lead: number): number {
	const second = raw.charCodeAt(at + 1);
	if (lead >= 0xc2 && lead <= 0xdf) return isTail(second) ? 2 : 0;
	if (lead >= 0xe0 && lead <= 0xef) {
		const low = lead === 0xe0 ? 0xa0 : 0x80;
		const high = lead === 0xed ? 0x9f : 0xbf;
		return second >= low && second <= high && isTail(raw.charCodeAt(at + 2)) ? 3 : 0;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		const low = lead === 0xf0 ? 0x90 : 0x80;
		const high = lead === 0xf4 ? 0x8f : 0xbf;
		if (second < low || second > high) return 0;
		// Behind the end charCodeAt() is NaN, which no comparison takes.
		return second >= low && isTail(raw.charCodeAt(at + 2)) && isTail(raw.charCodeAt(at + 3)) ? 4 : 0;
	}
	return 0;
}

function isTail(octet: number): boolean {
	return octet >= 0x80 && octet <= 0xbf;
}

function codePoint(raw: string, at: number, length: number): number {
	let code = raw.charCodeAt(at) & (0x7f >> length);
	for (let next = at + 1; next < at + length; next++) code = (code << 6) | (raw.charCodeAt(next) & 0x3f);
	return code;
}
