/** The request line (RFC 9112 §3): `method SP request-target SP HTTP-version CRLF`, and nothing looser. */
import type { Fault } from '../../wire/fault.ts';
import { TOKEN_OCTET } from '../../wire/grammar.ts';
import { latin1Decode } from '../../wire/latin1.ts';
import { CR, HTAB, LF, SP } from './octets.ts';
import { broken } from './peer-fault.ts';
import { BAD, MORE } from './verdict.ts';

/** 1 for the octets a target may hold: visible ASCII, without `#`, since a target has no fragment (RFC 9112 §3.2). */
const TARGET_OCTET: Uint8Array = targetTable();

/** `HTTP/d.d` CR LF; 0 stands for a digit. */
const VERSION = [0x48, 0x54, 0x54, 0x50, 0x2f, 0, 0x2e, 0, CR, LF];
const MAJOR = 5;
const MINOR = 7;
const ZERO = 0x30;

function targetTable(): Uint8Array {
	const octets = new Uint8Array(256).fill(1, 0x21, 0x7f);
	octets[0x23] = 0;
	return octets;
}

/** Reads one request line; the results stand in its members until the next. */
export class RequestLine {
	method = '';
	target = '';
	/** The minor version: HTTP/1.0 or HTTP/1.1. */
	minor = 1;
	fault: Fault | null = null;

	/**
	 * Reads the line at `at`, which ends before `end`.
	 * @returns the place behind the line, or MORE, or BAD
	 */
	parse(bytes: Uint8Array, at: number, end: number): number {
		let i = at;
		while (i < end && TOKEN_OCTET[bytes[i] as number] === 1) i++;
		if (i === end) return MORE;
		const methodEnd = i;
		if (i === at || bytes[i] !== SP) return this.#badMethod(bytes[i] as number, i === at);
		const target = ++i;
		while (i < end && TARGET_OCTET[bytes[i] as number] === 1) i++;
		if (i === end) return MORE;
		if (i === target || bytes[i] !== SP) return this.#badTarget(bytes[i] as number, i === target);
		const version = i + 1;
		const read = this.#version(bytes, version, end);
		if (read < 0) return read;
		this.method = methodName(bytes, at, methodEnd);
		this.target = latin1Decode(bytes, target, version - 1);
		return read;
	}

	#version(bytes: Uint8Array, at: number, end: number): number {
		for (let i = 0; i < VERSION.length; i++) {
			if (at + i === end) return MORE;
			const octet = bytes[at + i] as number;
			const wanted = VERSION[i] as number;
			if (wanted === 0 ? octet < ZERO || octet > ZERO + 9 : octet !== wanted) return this.#badVersion(octet, i);
			if (i === MINOR && (bytes[at + MAJOR] !== ZERO + 1 || octet > ZERO + 1)) {
				return this.#refuse(505, 'RFC 9110 §15.6.6', 'The version of the request is neither HTTP/1.0 nor HTTP/1.1.');
			}
		}
		this.minor = (bytes[at + MINOR] as number) - ZERO;
		return at + VERSION.length;
	}

	#badMethod(octet: number, empty: boolean): number {
		if (octet === LF) return this.#bareLf();
		if (octet === CR) return this.#refuse(400, 'RFC 9112 §3', 'The request line ends after the method.');
		if (empty && (octet === SP || octet === HTAB)) {
			return this.#refuse(400, 'RFC 9112 §3', 'White space stands before the method.');
		}
		return this.#refuse(400, 'RFC 9110 §9.1', 'The method is not a token followed by one space.');
	}

	#badTarget(octet: number, empty: boolean): number {
		if (octet === LF) return this.#bareLf();
		if (octet === CR) return this.#refuse(400, 'RFC 9112 §3', 'The request line ends without an HTTP version.');
		if (octet === HTAB || (empty && octet === SP)) {
			return this.#refuse(400, 'RFC 9112 §3', 'The parts of the request line are not separated by exactly one space.');
		}
		return this.#refuse(400, 'RFC 9112 §3.2', 'The request target holds an octet that must be percent-encoded.');
	}

	#badVersion(octet: number, index: number): number {
		if (octet === LF) return this.#bareLf();
		if (index === VERSION.length - 1)
			return this.#refuse(400, 'RFC 9112 §2.2', 'A CR in the request line is not followed by LF.');
		return this.#refuse(400, 'RFC 9112 §2.3', 'The request line does not end with one HTTP version.');
	}

	#bareLf(): number {
		return this.#refuse(400, 'RFC 9112 §2.2', 'The request line ends with LF alone.');
	}

	#refuse(status: number, rule: string, message: string): number {
		this.fault = broken(status, rule, message);
		return BAD;
	}
}

/** The method; the two most frequent without decoding. */
function methodName(bytes: Uint8Array, at: number, end: number): string {
	const length = end - at;
	if (length === 3 && bytes[at] === 0x47 && bytes[at + 1] === 0x45 && bytes[at + 2] === 0x54) return 'GET';
	if (length === 4 && bytes[at] === 0x50 && bytes[at + 1] === 0x4f && bytes[at + 2] === 0x53 && bytes[at + 3] === 0x54)
		return 'POST';
	return latin1Decode(bytes, at, end);
}
