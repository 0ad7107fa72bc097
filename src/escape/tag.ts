/** Tags: what a placeholder is known by. */

const PREFIX = 'rsgi-escape-';

/** How many octets a tag has; it is ASCII. */
export const TAG_LENGTH: number = PREFIX.length + 32;

/** Each octet as two digits. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Random octets, taken in bulk: asking for them costs more than they do. */
const pool = new Uint8Array(1024);
let taken = pool.length;

/** A tag that nobody can guess: 128 random bits. */
export function mintTag(): string {
	if (taken === pool.length) {
		crypto.getRandomValues(pool);
		taken = 0;
	}
	let tag = PREFIX;
	for (const end = taken + 16; taken < end; taken++) {
		tag += HEX[pool[taken] as number] as string;
		// What has been a tag is not kept.
		pool[taken] = 0;
	}
	return tag;
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
