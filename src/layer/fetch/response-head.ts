/** The head of a Response, read from what its constructor is given. */
import { isFieldValue, isToken } from '../../wire/grammar.ts';
import type { HeadersSource } from './light-headers.ts';

/** What is sent before the content. */
export class ResponseHead implements HeadersSource {
	readonly status: number;
	readonly statusText: string;
	/** Flat, as Headers would have them: in lower case, sorted, those of one name joined, save Set-Cookie. */
	readonly lines: readonly string[];

	constructor(status: number, statusText: string, lines: readonly string[]) {
		this.status = status;
		this.statusText = statusText;
		this.lines = lines;
	}

	fieldValue(name: string): string | null {
		return valueOf(this.lines, name);
	}

	makeHeaders(): Headers {
		const headers = new Headers();
		for (let at = 0; at < this.lines.length; at += 2) {
			headers.append(this.lines[at] as string, this.lines[at + 1] as string);
		}
		return headers;
	}
}

const NONE: readonly string[] = [];

/**
 * Reads the head where all of it is plainly right, as almost always; null where the platform has to look at it, which converts,
 * and throws what has to be thrown.
 * @param contentType that of the content, sent where the head has none; null for none
 */
export function plainHead(init: unknown, contentType: string | null): ResponseHead | null {
	if (init === undefined || init === null) return new ResponseHead(200, '', withType(NONE, contentType));
	if (typeof init !== 'object') return null;
	const { headers, status = 200, statusText = '' } = init as Readonly<Record<string, unknown>>;
	if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return null;
	if (typeof statusText !== 'string' || (statusText !== '' && !/^[\t\x20-\x7e\x80-\xff]*$/.test(statusText)))
		return null;
	const lines = headers === undefined ? NONE : plainLines(headers);
	return lines === null ? null : new ResponseHead(status, statusText, withType(lines, contentType));
}

function withType(lines: readonly string[], contentType: string | null): readonly string[] {
	if (contentType === null || valueOf(lines, 'content-type') !== null) return lines;
	const all = [...lines];
	insert(all, 'content-type', contentType);
	return all;
}

/** The value of a field of such lines, as `get` of Headers gives it. */
function valueOf(lines: readonly string[], name: string): string | null {
	let value: string | null = null;
	for (let at = 0; at < lines.length; at += 2) {
		if (lines[at] === name) value = value === null ? (lines[at + 1] as string) : `${value}, ${lines[at + 1]}`;
	}
	return value;
}

/** Flat lines of what `headers` may be: Headers, pairs, or a record. */
function plainLines(headers: unknown): readonly string[] | null {
	if (typeof headers !== 'object' || headers === null) return null;
	const lines: string[] = [];
	if (Array.isArray(headers)) {
		for (const pair of headers as readonly unknown[]) {
			if (!Array.isArray(pair) || pair.length !== 2 || !add(lines, pair[0], pair[1])) return null;
		}
		return lines;
	}
	const prototype: unknown = Object.getPrototypeOf(headers);
	if (prototype === Object.prototype || prototype === null) {
		for (const name of Reflect.ownKeys(headers)) {
			if (!add(lines, name, (headers as Readonly<Record<PropertyKey, unknown>>)[name])) return null;
		}
		return Symbol.iterator in headers ? null : lines;
	}
	if (!(headers instanceof Headers)) return null;
	for (const [name, value] of headers) {
		if (!isFieldValue(value)) return null;
		lines.push(name, value);
	}
	return lines;
}

/** @returns whether it is plainly a field */
function add(lines: string[], name: unknown, value: unknown): boolean {
	if (typeof name !== 'string') return false;
	const known = goodNames.get(name) ?? goodName(name);
	if (known === null) return false;
	const text = typeof value === 'number' ? String(value) : value;
	// An empty one leaves white space at an edge where it is joined.
	if (typeof text !== 'string' || text === '' || !isFieldValue(text)) return false;
	insert(lines, known, text);
	return true;
}

/** Keeps the lines sorted, and joins what is there already. */
function insert(lines: string[], name: string, value: string): void {
	let at = lines.length;
	while (at > 0 && (lines[at - 2] as string) > name) at -= 2;
	if (at > 0 && lines[at - 2] === name && name !== 'set-cookie') {
		lines[at - 1] += `${name === 'cookie' ? '; ' : ', '}${value}`;
	} else if (at === lines.length) lines.push(name, value);
	else lines.splice(at, 0, name, value);
}

/** Names in lower case, by how they were written. They come from code, so there are few; the bound is for one that makes them up. */
const goodNames = new Map<string, string>();
const GOOD_NAMES_MAX = 1024;

function goodName(name: string): string | null {
	if (!isToken(name)) return null;
	const lower = name.toLowerCase();
	if (goodNames.size < GOOD_NAMES_MAX) goodNames.set(name, lower);
	return lower;
}
