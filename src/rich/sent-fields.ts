/** What an application may send as field lines (RICH-14, RICH-15, RICH-20): checked before anything reaches an engine. */

import { Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { isFieldValue, isToken, parseDecimal } from '../wire/grammar.ts';

/** Fields of a head or a trailer section that belong to one connection, and are the server's own business. */
const CONNECTION_FIELDS = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding']);

/** Fields that a trailer section must not hold (RFC 9110 §6.5.1): framing, routing, authentication, content format. */
const NOT_IN_TRAILERS = new Set([
	'content-length',
	'content-encoding',
	'content-type',
	'content-range',
	'host',
	'trailer',
	'te',
	'expect',
	'max-forwards',
	'cache-control',
	'authorization',
	'set-cookie',
	'proxy-authenticate',
	'www-authenticate',
	'range',
]);

/**
 * The field section of a response or a promise.
 * @throws Misuse for names, values or fields that cannot be sent
 */
export function sentFields(init: FieldsInit | undefined): Fields {
	const fields = fieldsOf(init);
	checkLines(fields.lines);
	return fields;
}

/** The field section of an informational response: the same, without Content-Length (RFC 9110 §8.6). */
export function informFields(init: FieldsInit | undefined): Fields {
	const fields = sentFields(init);
	if (fields.has('content-length')) {
		throw new Misuse('RFC 9110 §8.6', 'An informational response has no content: leave Content-Length out.');
	}
	return fields;
}

/** The field section of a tunnel's response: the same, without Content-Length (RFC 9110 §9.3.6). */
export function tunnelFields(init: FieldsInit | undefined): Fields {
	const fields = sentFields(init);
	if (fields.has('content-length')) {
		throw new Misuse('RFC 9110 §9.3.6', 'A tunnel has no content: leave Content-Length out.');
	}
	return fields;
}

/** A trailer section. */
export function trailerFields(init: FieldsInit | undefined): Fields | null {
	if (init === undefined) return null;
	const fields = fieldsOf(init);
	if (fields.lines.length === 0) return null;
	checkLines(fields.lines);
	for (let at = 0; at < fields.lines.length; at += 2) {
		const name = (fields.lines[at] as string).toLowerCase();
		if (NOT_IN_TRAILERS.has(name)) {
			throw new Misuse('RICH-20', `${name} cannot be a trailer field (RFC 9110 §6.5.1): send it with respond.`);
		}
	}
	return fields;
}

/**
 * The Content-Length among checked fields, or -1.
 * @throws Misuse when there are several or it is not a number (RICH-19)
 */
export function sentContentLength(fields: Fields): number {
	const lines = fields.lines;
	let length = -1;
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (name !== 'content-length' && (name.length !== 14 || name.toLowerCase() !== 'content-length')) continue;
		const value = parseDecimal(lines[at + 1] as string);
		if (value < 0 || length >= 0) {
			throw new Misuse(
				'RICH-19',
				`Content-Length is one decimal number, not ${JSON.stringify(fields.all('content-length'))}.`,
			);
		}
		length = value;
	}
	return length;
}

function fieldsOf(init: FieldsInit | undefined): Fields {
	// A copy: the head may be held until the end of the turn, and what is changed after the check would go out unchecked.
	if (init instanceof Fields) return init.clone();
	if (init === undefined) return new Fields();
	if (!Array.isArray(init)) {
		throw new Misuse('RICH-14', 'Fields are a Fields object, or lines laid out flat as [name, value, name, value …].');
	}
	if (init.length % 2 !== 0) {
		throw new Misuse(
			'RICH-14',
			'Field lines are laid out flat as name, value, name, value …: the last name has no value.',
		);
	}
	return new Fields(init.slice());
}

/**
 * The lines checked last, by their place. Applications repeat themselves: a line that stood in its place in the section
 * before was good then, and to look at each of its characters again would be most of what it costs to send it.
 */
const goodLines: string[] = [];
/** Sections are seldom longer, and what is remembered is never let go. */
const GOOD_LINES_MAX = 32;

function checkLines(lines: readonly string[]): void {
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (at < goodLines.length && goodLines[at] === name && goodLines[at + 1] === lines[at + 1]) continue;
		if (!isName(name)) {
			throw new Misuse('RICH-14', `${JSON.stringify(name)} is not a field name (RFC 9110 §5.1): a token is expected.`);
		}
		const value: unknown = lines[at + 1];
		if (typeof value !== 'string') {
			throw new Misuse('RICH-14', `The value of ${name} is a ${typeof value}, not a string: write String(value).`);
		}
		if (!isFieldValue(value)) {
			throw new Misuse(
				'RICH-14',
				`The value of ${name} cannot be sent: latin-1 characters without controls, and no white space at its edges (RFC 9110 §5.5).`,
			);
		}
		if (at < 2 * GOOD_LINES_MAX) {
			goodLines[at] = name;
			goodLines[at + 1] = value;
		}
	}
}

/**
 * Names seen before and found good. Names come from code, not from clients, so there are few; the bound is for the
 * application that makes them up.
 */
const goodNames = new Set<string>();
const GOOD_NAMES_MAX = 1024;

function isName(name: string): boolean {
	if (goodNames.has(name)) return true;
	if (typeof name !== 'string' || !isToken(name)) return false;
	if (CONNECTION_FIELDS.has(name.toLowerCase())) {
		throw new Misuse(
			'RICH-15',
			`${name} belongs to the connection, which is the server's: leave it out (to close, call retire()).`,
		);
	}
	if (goodNames.size < GOOD_NAMES_MAX) goodNames.add(name);
	return true;
}

/**
 * Checks a reason phrase: HTAB, SP, VCHAR and obs-text (RFC 9112 §4).
 * @throws Misuse when it cannot be sent
 */
export function requireReason(reason: string): void {
	if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(reason)) {
		throw new Misuse('RFC 9112 §4', 'A reason phrase is latin-1 without controls.');
	}
}
