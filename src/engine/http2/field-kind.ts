/**
 * What a request's field line is to HTTP/2 (RFC 9113 §8.2, §8.3). The answer follows from name and value alone, so it is
 * kept in the HPACK entry: a line that comes out of a table has been checked once, not once for each request.
 */

import type { Fault } from '../../wire/fault.ts';
import { isFieldValue, isToken, parseDecimal, TOKEN_OCTET } from '../../wire/grammar.ts';
import type { FieldEntry } from '../hpack/field-entry.ts';
import { malformed } from './peer-fault.ts';

/** The kinds. Those from {@link FIRST_BAD} on make a message malformed. */
export const FieldKind = {
	UNKNOWN: 0,
	/** A field that means nothing to the engine. */
	PLAIN: 1,
	HOST: 2,
	CONTENT_LENGTH: 3,
	/** `expect: 100-continue`; other expectations are plain. */
	EXPECT_CONTINUE: 4,
	PRIORITY: 5,
	METHOD: 6,
	SCHEME: 7,
	PATH: 8,
	/** `:path` of `*`, which OPTIONS alone may have. */
	PATH_ASTERISK: 9,
	AUTHORITY: 10,
	PROTOCOL: 11,
	BAD_NAME: 12,
	BAD_VALUE: 13,
	CONNECTION_SPECIFIC: 14,
	BAD_TE: 15,
	BAD_CONTENT_LENGTH: 16,
	BAD_HOST: 17,
	UNKNOWN_PSEUDO: 18,
	BAD_METHOD: 19,
	BAD_SCHEME: 20,
	BAD_PATH: 21,
	BAD_AUTHORITY: 22,
	BAD_PROTOCOL: 23,
} as const;
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

/** The first kind that makes a message malformed. */
export const FIRST_BAD: number = FieldKind.BAD_NAME;
/** The first and the last kind of pseudo-fields. */
export const FIRST_PSEUDO: number = FieldKind.METHOD;
export const LAST_PSEUDO: number = FieldKind.PROTOCOL;

/** 1 for each octet of a lower-case field name (RFC 9113 §8.2.1). */
const NAME_OCTET: Uint8Array = TOKEN_OCTET.slice();
NAME_OCTET.fill(0, 0x41, 0x5b);

/** 1 for each octet of host and port (RFC 3986 §3.2.2): what is not userinfo, and cannot be taken for anything else. */
const AUTHORITY_OCTET: Uint8Array = TOKEN_OCTET.slice();
for (const character of '^`|#') AUTHORITY_OCTET[character.charCodeAt(0)] = 0;
for (const character of ':[](),;=') AUTHORITY_OCTET[character.charCodeAt(0)] = 1;

/** The kind of a line; remembered in the entry. */
export function kindOf(entry: FieldEntry): number {
	if (entry.kind === FieldKind.UNKNOWN) entry.kind = classify(entry.name, entry.value);
	return entry.kind;
}

function classify(name: string, value: string): FieldKind {
	if (name.charCodeAt(0) === 0x3a) return classifyPseudo(name, value);
	if (!isName(name)) return FieldKind.BAD_NAME;
	if (!isFieldValue(value)) return FieldKind.BAD_VALUE;
	switch (name) {
		case 'host':
			return value === '' || isAuthority(value) ? FieldKind.HOST : FieldKind.BAD_HOST;
		case 'content-length':
			return parseDecimal(value) < 0 ? FieldKind.BAD_CONTENT_LENGTH : FieldKind.CONTENT_LENGTH;
		case 'expect':
			return value.toLowerCase() === '100-continue' ? FieldKind.EXPECT_CONTINUE : FieldKind.PLAIN;
		case 'priority':
			return FieldKind.PRIORITY;
		case 'te':
			return value.toLowerCase() === 'trailers' ? FieldKind.PLAIN : FieldKind.BAD_TE;
		case 'connection':
		case 'keep-alive':
		case 'proxy-connection':
		case 'transfer-encoding':
		case 'upgrade':
			return FieldKind.CONNECTION_SPECIFIC;
		default:
			return FieldKind.PLAIN;
	}
}

function classifyPseudo(name: string, value: string): FieldKind {
	switch (name) {
		case ':method':
			return isToken(value) ? FieldKind.METHOD : FieldKind.BAD_METHOD;
		case ':scheme':
			return isScheme(value) ? FieldKind.SCHEME : FieldKind.BAD_SCHEME;
		case ':path':
			if (value === '*') return FieldKind.PATH_ASTERISK;
			return isPath(value) ? FieldKind.PATH : FieldKind.BAD_PATH;
		case ':authority':
			return isAuthority(value) ? FieldKind.AUTHORITY : FieldKind.BAD_AUTHORITY;
		case ':protocol':
			return isProtocol(value) ? FieldKind.PROTOCOL : FieldKind.BAD_PROTOCOL;
		default:
			return FieldKind.UNKNOWN_PSEUDO;
	}
}

function isName(name: string): boolean {
	if (name.length === 0) return false;
	for (let i = 0; i < name.length; i++) {
		if (NAME_OCTET[name.charCodeAt(i)] !== 1) return false;
	}
	return true;
}

/** `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )` (RFC 3986 §3.1). */
function isScheme(value: string): boolean {
	return value === 'https' || value === 'http' || /^[A-Za-z][A-Za-z0-9+\-.]*$/.test(value);
}

/** An absolute path and a query: visible ASCII without the mark of a fragment, as a target of HTTP/1 (RFC 3986 §3.3, §3.4). */
function isPath(value: string): boolean {
	if (value.charCodeAt(0) !== 0x2f) return false;
	for (let i = 1; i < value.length; i++) {
		const octet = value.charCodeAt(i);
		if (octet <= 0x20 || octet >= 0x7f || octet === 0x23) return false;
	}
	return true;
}

function isAuthority(value: string): boolean {
	if (value.length === 0) return false;
	for (let i = 0; i < value.length; i++) {
		if (AUTHORITY_OCTET[value.charCodeAt(i)] !== 1) return false;
	}
	return true;
}

/** `protocol-name ["/" protocol-version]` (RFC 9110 §7.8, RFC 8441 §4). */
function isProtocol(value: string): boolean {
	const slash = value.indexOf('/');
	return slash < 0 ? isToken(value) : isToken(value.slice(0, slash)) && isToken(value.slice(slash + 1));
}

/** The fault of a line whose kind is bad. */
export function badField(kind: number): Fault {
	switch (kind) {
		case FieldKind.BAD_NAME:
			return malformed(
				'RFC 9113 §8.2.1',
				'A field name is empty, or has an upper-case letter or an octet that names cannot have',
			);
		case FieldKind.BAD_VALUE:
			return malformed('RFC 9113 §8.2.1', 'A field value has a control in it, or white space at its edge');
		case FieldKind.CONNECTION_SPECIFIC:
			return malformed('RFC 9113 §8.2.2', 'The message has a connection-specific field');
		case FieldKind.BAD_TE:
			return malformed('RFC 9113 §8.2.2', 'TE has a value other than trailers');
		case FieldKind.BAD_CONTENT_LENGTH:
			return malformed('RFC 9110 §8.6', 'Content-Length is not one decimal number of at most 15 digits');
		case FieldKind.BAD_HOST:
			return malformed('RFC 9110 §7.2', 'The value of Host is not a host with an optional port');
		case FieldKind.UNKNOWN_PSEUDO:
			return malformed('RFC 9113 §8.3', 'A pseudo-header field is not one that requests have');
		case FieldKind.BAD_METHOD:
			return malformed('RFC 9110 §9.1', ':method is not a token');
		case FieldKind.BAD_SCHEME:
			return malformed('RFC 9113 §8.3.1', ':scheme is not a scheme');
		case FieldKind.BAD_PATH:
			return malformed(
				'RFC 9113 §8.3.1',
				':path does not start with a slash, or has an octet that targets cannot have',
			);
		case FieldKind.BAD_AUTHORITY:
			return malformed('RFC 9113 §8.3.1', ':authority is not a host with an optional port and without userinfo');
		default:
			return malformed('RFC 8441 §4', ':protocol is not the name of a protocol');
	}
}
