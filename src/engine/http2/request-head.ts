/** From decoded field lines to a request head, or to the reason why they make none (RFC 9113 §8.1.1, §8.2, §8.3). */
import type { Priority, RequestHead } from '../../wire/carrier.ts';
import type { Fault } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import { parseDecimal } from '../../wire/grammar.ts';
import { DEFAULT_PRIORITY, parsePriority } from '../../wire/priority.ts';
import type { FieldEntry } from '../hpack/field-entry.ts';
import { badField, FIRST_BAD, FIRST_PSEUDO, FieldKind, kindOf, LAST_PSEUDO } from './field-kind.ts';
import { malformed } from './peer-fault.ts';

/** A request head over HPACK entries; its fields are built when somebody asks for them. */
export class Http2RequestHead implements RequestHead {
	readonly method: string;
	readonly scheme: string;
	readonly authority: string;
	readonly target: string;
	readonly protocol: string | null;
	readonly httpVersion = '2' as const;
	readonly expectsContinue: boolean;
	readonly contentLength: number;
	priority: Priority;
	/** All lines, pseudo-fields first. */
	readonly #entries: readonly FieldEntry[];
	/** Where the fields begin. */
	readonly #first: number;
	readonly #sensitive: string[] | null;
	#fields: Fields | null = null;

	constructor(
		method: string,
		scheme: string,
		authority: string,
		target: string,
		protocol: string | null,
		expectsContinue: boolean,
		contentLength: number,
		priority: Priority,
		entries: readonly FieldEntry[],
		first: number,
		sensitive: string[] | null,
	) {
		this.method = method;
		this.scheme = scheme;
		this.authority = authority;
		this.target = target;
		this.protocol = protocol;
		this.expectsContinue = expectsContinue;
		this.contentLength = contentLength;
		this.priority = priority;
		this.#entries = entries;
		this.#first = first;
		this.#sensitive = sensitive;
	}

	get fields(): Fields {
		this.#fields ??= fieldsOf(this.#entries, this.#first, this.#sensitive);
		return this.#fields;
	}
}

/** The lines from `first` on, as an application sees them. */
function fieldsOf(entries: readonly FieldEntry[], first: number, sensitive: string[] | null): Fields {
	// Of its size from the beginning: an array that grows takes several times the memory.
	const lines = new Array<string>(2 * (entries.length - first));
	for (let i = first, at = 0; i < entries.length; i++) {
		const entry = entries[i] as FieldEntry;
		lines[at++] = entry.name;
		lines[at++] = entry.value;
	}
	const fields = new Fields(lines);
	fields.sensitive = sensitive;
	return fields;
}

/**
 * Reads a request's field section.
 * @param entries kept by the head
 * @param endStream the head ends the request
 * @param extendedConnect whether we announced RFC 8441
 */
export function readRequestHead(
	entries: readonly FieldEntry[],
	sensitive: string[] | null,
	endStream: boolean,
	extendedConnect: boolean,
): Http2RequestHead | Fault {
	let method: string | null = null;
	let scheme: string | null = null;
	let path: string | null = null;
	let authority: string | null = null;
	let protocol: string | null = null;
	let asterisk = false;
	let first = 0;
	// Pseudo-fields come first (RFC 9113 §8.3), each at most once.
	for (; first < entries.length; first++) {
		const entry = entries[first] as FieldEntry;
		const kind = kindOf(entry);
		if (kind < FIRST_PSEUDO) break;
		if (kind === FieldKind.METHOD) {
			if (method !== null) return twice(':method');
			method = entry.value;
		} else if (kind === FieldKind.PATH || kind === FieldKind.PATH_ASTERISK) {
			if (path !== null) return twice(':path');
			path = entry.value;
			asterisk = kind === FieldKind.PATH_ASTERISK;
		} else if (kind === FieldKind.SCHEME) {
			if (scheme !== null) return twice(':scheme');
			scheme = entry.value;
		} else if (kind === FieldKind.AUTHORITY) {
			if (authority !== null) return twice(':authority');
			authority = entry.value;
		} else if (kind === FieldKind.PROTOCOL) {
			if (protocol !== null) return twice(':protocol');
			protocol = entry.value;
		} else {
			return badField(kind);
		}
	}

	let host: string | null = null;
	let contentLength = -1;
	let expectsContinue = false;
	let priority: string | null = null;
	for (let i = first; i < entries.length; i++) {
		const entry = entries[i] as FieldEntry;
		const kind = kindOf(entry);
		if (kind === FieldKind.PLAIN) continue;
		if (kind >= FIRST_BAD) return badField(kind);
		if (kind === FieldKind.HOST) {
			if (host !== null) return malformed('RFC 9110 §7.2', 'The request has more than one Host field line');
			host = entry.value;
		} else if (kind === FieldKind.CONTENT_LENGTH) {
			const length = parseDecimal(entry.value);
			if (contentLength >= 0 && contentLength !== length) {
				return malformed('RFC 9110 §8.6', 'The request has Content-Length fields of different values');
			}
			contentLength = length;
		} else if (kind === FieldKind.EXPECT_CONTINUE) {
			expectsContinue = !endStream;
		} else if (kind === FieldKind.PRIORITY) {
			priority = priority === null ? entry.value : `${priority},${entry.value}`;
		} else {
			return malformed('RFC 9113 §8.3', 'A pseudo-header field comes after a regular field');
		}
	}

	if (method === null) return missing(':method');
	const connect = method === 'CONNECT';
	if (protocol !== null) {
		if (!extendedConnect)
			return malformed('RFC 8441 §3', ':protocol was sent although extended CONNECT is not announced');
		if (!connect) return malformed('RFC 8441 §4', ':protocol was sent with a method other than CONNECT');
	}
	if (connect && protocol === null) {
		if (scheme !== null || path !== null) return malformed('RFC 9113 §8.5', 'CONNECT has :scheme or :path');
		if (authority === null) return missing(':authority');
		if (!hasPort(authority)) return malformed('RFC 9113 §8.5', ':authority of CONNECT has no port');
	} else {
		if (scheme === null) return missing(':scheme');
		if (path === null) return missing(':path');
		if (asterisk && method !== 'OPTIONS')
			return malformed('RFC 9113 §8.3.1', ':path is * for a method other than OPTIONS');
		if (protocol !== null && authority === null) return malformed('RFC 8441 §4', 'Extended CONNECT has no :authority');
	}
	if (authority === null) {
		// http and https URIs without a host are to be rejected (RFC 9110 §4.2.1, §4.2.2).
		if (host === null || host === '')
			return malformed('RFC 9113 §8.3.1', 'The request has neither :authority nor Host');
	} else if (host !== null && host !== authority && host.toLowerCase() !== authority.toLowerCase()) {
		return malformed('RFC 9113 §8.3.1', 'Host differs from :authority');
	}
	if (connect) {
		// A tunnel's bytes are not content, so none can have been announced (RFC 9110 §9.3.6).
		contentLength = endStream ? 0 : -1;
	} else if (endStream) {
		if (contentLength > 0)
			return malformed('RFC 9113 §8.1.1', 'Content-Length is not 0, but the request ends with its head');
		contentLength = 0;
	}
	return new Http2RequestHead(
		method,
		scheme ?? '',
		authority ?? (host as string),
		path ?? (authority as string),
		protocol,
		expectsContinue && contentLength !== 0,
		contentLength,
		priority === null ? DEFAULT_PRIORITY : parsePriority(priority),
		entries,
		first,
		sensitive,
	);
}

/** Reads a request's trailer section: fields alone, no pseudo-fields (RFC 9113 §8.1). */
export function readTrailers(entries: readonly FieldEntry[], sensitive: string[] | null): Fields | Fault {
	for (let i = 0; i < entries.length; i++) {
		const kind = kindOf(entries[i] as FieldEntry);
		if (kind >= FIRST_BAD) return badField(kind);
		if (kind >= FIRST_PSEUDO && kind <= LAST_PSEUDO) {
			return malformed('RFC 9113 §8.1', 'A trailer section has a pseudo-header field');
		}
	}
	return fieldsOf(entries, 0, sensitive);
}

function twice(name: string): Fault {
	return malformed('RFC 9113 §8.3.1', `The request has more than one ${name}`);
}

function missing(name: string): Fault {
	return malformed('RFC 9113 §8.3.1', `The request has no ${name}`);
}

/** Host and a port that is not empty (RFC 9110 §9.3.6). */
function hasPort(authority: string): boolean {
	return /^[^:]+:[0-9]+$|^\[[^\]]*\]:[0-9]+$/.test(authority);
}
