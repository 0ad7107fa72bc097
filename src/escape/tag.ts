/** Tags: what a placeholder is known by. */
import { latin1Bytes, latin1Decode } from '../wire/latin1.ts';

const PREFIX = 'rsgi-escape-';

/** How many octets a tag has; it is ASCII. */
export const TAG_LENGTH: number = PREFIX.length + 32;

/** How many octets are drawn at once: asking for them costs more than they do, and so does a text of a few characters. */
const DRAWN = 2048;

const DIGITS = latin1Bytes('0123456789abcdef');

/** The digits of what has been drawn, and how many of them are used. */
let digits = '';
let used = 0;

/** A tag that nobody can guess: 128 random bits. */
export function mintTag(): string {
	if (used === digits.length) {
		digits = drawn();
		used = 0;
	}
	const from = used;
	used += 32;
	return PREFIX + digits.slice(from, used);
}

function drawn(): string {
	const octets = crypto.getRandomValues(new Uint8Array(DRAWN));
	const text = new Uint8Array(2 * DRAWN);
	for (let at = 0; at < DRAWN; at++) {
		const octet = octets[at] as number;
		text[2 * at] = DIGITS[octet >> 4] as number;
		text[2 * at + 1] = DIGITS[octet & 15] as number;
	}
	return latin1Decode(text, 0, text.length);
}

const ANYWHERE = new RegExp(`${PREFIX}[0-9a-f]{32}`, 'i');

/** Whether a text has a tag in it. */
export function holdsTag(text: string): boolean {
	return text.length >= TAG_LENGTH && ANYWHERE.test(text);
}

/** Whether octets may be a tag, or the beginning of one. */
export function mayBeTag(octets: Uint8Array, length: number): boolean {
	if (length > TAG_LENGTH) return false;
	const fixed = Math.min(length, PREFIX.length);
	for (let at = 0; at < fixed; at++) if (octets[at] !== PREFIX.charCodeAt(at)) return false;
	for (let at = fixed; at < length; at++) if (!isHex(octets[at] as number)) return false;
	return true;
}

function isHex(octet: number): boolean {
	return (octet >= 0x30 && octet <= 0x39) || (octet >= 0x61 && octet <= 0x66);
}
