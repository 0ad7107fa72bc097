/** Whether octets are UTF-8 (RFC 3629), told as they arrive: the first octet that cannot stand where it stands is refused. */

/** Follows one text. */
export class Utf8Check {
	/** Octets that the character begun still needs. */
	#needed = 0;
	/** What the next of them must lie within. */
	#low = 0x80;
	#high = 0xbf;

	/** Begins another text. */
	reset(): void {
		this.#needed = 0;
		this.#low = 0x80;
		this.#high = 0xbf;
	}

	/** Takes the octets from `at` to before `end`. @returns false when they cannot be UTF-8, whatever follows */
	feed(bytes: Uint8Array, at: number, end: number): boolean {
		while (at < end) {
			if (this.#needed === 0) {
				at = pastAscii(bytes, at, end);
				if (at === end) return true;
				if (!this.#begin(bytes[at++] as number)) return false;
			} else {
				const octet = bytes[at++] as number;
				if (octet < this.#low || octet > this.#high) return false;
				this.#low = 0x80;
				this.#high = 0xbf;
				this.#needed--;
			}
		}
		return true;
	}

	/** The first octet of a character: no overlong forms, no surrogates, nothing beyond U+10FFFF (RFC 3629 §3, §4). */
	#begin(octet: number): boolean {
		if (octet < 0xc2 || octet > 0xf4) return false;
		if (octet < 0xe0) {
			this.#needed = 1;
		} else if (octet < 0xf0) {
			this.#needed = 2;
			if (octet === 0xe0) this.#low = 0xa0;
			else if (octet === 0xed) this.#high = 0x9f;
		} else {
			this.#needed = 3;
			if (octet === 0xf0) this.#low = 0x90;
			else if (octet === 0xf4) this.#high = 0x8f;
		}
		return true;
	}
}

/** From so many octets on, a view of words costs less than it saves. */
const WORDS_FROM = 64;
/** The bits that no ASCII octet has, in a word of four. */
const NOT_ASCII = 0x80808080 | 0;

/** The place of the first octet that is not ASCII, or `end`. */
function pastAscii(bytes: Uint8Array, at: number, end: number): number {
	if (end - at >= WORDS_FROM) {
		while (((bytes.byteOffset + at) & 3) !== 0) {
			if ((bytes[at] as number) >= 0x80) return at;
			at++;
		}
		const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (end - at) >> 2);
		const { length } = words;
		let word = 0;
		while (word < length && ((words[word] as number) & NOT_ASCII) === 0) word++;
		at += word << 2;
	}
	while (at < end && (bytes[at] as number) < 0x80) at++;
	return at;
}
