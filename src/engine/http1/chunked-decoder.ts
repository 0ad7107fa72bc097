/** The chunked transfer coding, taken apart as it comes (RFC 9112 §7.1). */
import type { Fault } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import { VALUE_OCTET } from '../../wire/grammar.ts';
import { FieldLine } from './field-line.ts';
import type { Http1Limits } from './limits.ts';
import { CR, LF, SEMICOLON } from './octets.ts';
import { broken, excess } from './peer-fault.ts';
import { BAD, END, MORE } from './verdict.ts';

/** Before the first digit of a chunk size. */
const SIZE_START = 0;
const SIZE = 1;
const EXTENSION = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILERS = 7;
const DONE = 8;

/** Thirteen digits are the most that a double holds exactly. */
const DIGITS_MAX = 13;

/** Decodes the content of one request at a time. */
export class ChunkedDecoder {
	/** The place up to which octets were consumed by the last {@link next}. */
	at = 0;
	fault: Fault | null = null;
	trailers: Fields = new Fields();

	readonly #limits: Http1Limits;
	readonly #line = new FieldLine();
	#state = SIZE_START;
	#size = 0;
	#digits = 0;
	#extension = 0;
	#extensions = 0;
	#trailerSize = 0;

	constructor(limits: Http1Limits) {
		this.#limits = limits;
	}

	/** Makes ready for the next request. */
	begin(): void {
		this.#state = SIZE_START;
		this.#size = 0;
		this.#digits = 0;
		this.#extensions = 0;
		this.#trailerSize = 0;
		this.trailers = new Fields();
	}

	/**
	 * Reads on from `at`, up to the next stretch of chunk data, which then stands from the result to before `this.at`.
	 * @returns where the data begins, or MORE (all but an incomplete trailer line is consumed), END or BAD
	 */
	next(bytes: Uint8Array, at: number, end: number): number {
		for (; at < end; at++) {
			const octet = bytes[at] as number;
			switch (this.#state) {
				case SIZE_START:
				case SIZE: {
					const digit = hexDigit(octet);
					if (digit >= 0) {
						if (++this.#digits > DIGITS_MAX)
							return this.#refuse(at, 'RFC 9112 §7.1', 'A chunk size has more than 13 digits.');
						this.#size = this.#size * 16 + digit;
						this.#state = SIZE;
						continue;
					}
					if (this.#state === SIZE_START)
						return this.#refuse(at, 'RFC 9112 §7.1', 'A chunk does not begin with a hexadecimal size.');
					if (octet === CR) this.#state = SIZE_LF;
					else if (octet === SEMICOLON) {
						this.#state = EXTENSION;
						this.#extension = 0;
						if (!this.#countExtension(at)) return BAD;
					} else if (octet === LF) return this.#bareLf(at);
					else
						return this.#refuse(
							at,
							'RFC 9112 §7.1',
							'A chunk size is followed by something other than CRLF or an extension.',
						);
					continue;
				}
				case EXTENSION:
					if (octet === CR) this.#state = SIZE_LF;
					else if (octet === LF) return this.#bareLf(at);
					else if (VALUE_OCTET[octet] !== 1)
						return this.#refuse(at, 'RFC 9112 §7.1.1', 'A chunk extension holds a control character.');
					else if (!this.#countExtension(at)) return BAD;
					continue;
				case SIZE_LF:
					if (octet !== LF) return this.#refuse(at, 'RFC 9112 §7.1', 'A CR in a chunk line is not followed by LF.');
					this.#digits = 0;
					this.#state = this.#size === 0 ? TRAILERS : DATA;
					continue;
				case DATA: {
					const stop = Math.min(end, at + this.#size);
					this.#size -= stop - at;
					if (this.#size === 0) this.#state = DATA_CR;
					this.at = stop;
					return at;
				}
				case DATA_CR:
					if (octet !== CR) return this.#refuse(at, 'RFC 9112 §7.1', 'The data of a chunk is not followed by CRLF.');
					this.#state = DATA_LF;
					continue;
				case DATA_LF:
					if (octet !== LF) return this.#refuse(at, 'RFC 9112 §7.1', 'The data of a chunk is not followed by CRLF.');
					this.#state = SIZE_START;
					continue;
				case TRAILERS:
					return this.#readTrailers(bytes, at, end);
				default:
					this.at = at;
					return END;
			}
		}
		this.at = at;
		return this.#state === DONE ? END : MORE;
	}

	#readTrailers(bytes: Uint8Array, at: number, end: number): number {
		const stop = Math.min(end, at + this.#limits.trailerSize - this.#trailerSize);
		const lines = this.trailers.lines;
		for (;;) {
			const next = at < stop ? this.#line.parse(bytes, at, stop, lines.length === 0) : MORE;
			this.at = at;
			if (next === END) {
				this.at = this.#line.after;
				this.#state = DONE;
				return END;
			}
			if (next === BAD) {
				this.fault = this.#line.fault;
				return BAD;
			}
			if (next === MORE) {
				if (this.#trailerSize + stop - at < this.#limits.trailerSize) return MORE;
				return this.#exceed(431, 'limits.trailerSize', 'The trailer section is too large.');
			}
			lines.push(this.#line.name, this.#line.value);
			if (lines.length > this.#limits.fieldCount * 2) {
				return this.#exceed(431, 'limits.fieldCount', 'The trailer section has too many field lines.');
			}
			this.#trailerSize += next - at;
			at = next;
		}
	}

	#countExtension(at: number): boolean {
		this.#extensions++;
		if (++this.#extension > this.#limits.chunkExtensionSize) {
			this.#exceed(400, 'limits.chunkExtensionSize', 'The extensions of a chunk are too long.');
		} else if (this.#extensions > this.#limits.chunkExtensionTotal) {
			this.#exceed(400, 'limits.chunkExtensionTotal', 'The chunk extensions of the request are too long.');
		} else {
			return true;
		}
		this.at = at;
		return false;
	}

	#bareLf(at: number): number {
		return this.#refuse(at, 'RFC 9112 §2.2', 'A chunk line ends with LF alone.');
	}

	#refuse(at: number, rule: string, message: string): number {
		this.at = at;
		this.fault = broken(400, rule, message);
		return BAD;
	}

	#exceed(status: number, rule: string, message: string): number {
		this.fault = excess(status, rule, message);
		return BAD;
	}
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(octet: number): number {
	if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
	const letter = octet | 0x20;
	return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
