/** What of an answer counts: what a client can see that does not differ from run to run, and that both versions of HTTP have. */
import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type Answer, type FieldLine, values } from '../talk/answer.ts';

/** What differs from run to run, and what is put in its place. */
export type Mask = readonly [pattern: RegExp, instead: string];

export interface NormalisedAnswer {
	readonly status: number;
	readonly reason: string;
	readonly end: Answer['end'];
	readonly fields: ReadonlyMap<string, string>;
	readonly body: string;
	readonly trailers: ReadonlyMap<string, string>;
	readonly informational: string;
	/** Content-Length is that of the content that came. */
	readonly lengthIsTrue: boolean;
}

/** Fields of the connection, which HTTP/2 has no place for (RFC 9113 §8.2.2), and how HTTP/1.1 frames what it sends. */
const CONNECTION_LEVEL: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

const ALWAYS: readonly Mask[] = [
	[/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
	[/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>'],
];
const DATE: Mask = [/\w{3}, \d\d[ -]\w{3}[ -]\d{4} \d\d:\d\d:\d\d GMT/g, '<date>'];

/** White space around the semicolons of a media type says nothing (RFC 9110 §5.6.6). */
const SEMICOLON: Mask = [/ *; */g, ';'];

function masksOf(name: string): readonly Mask[] {
	if (name === 'last-modified') return [];
	return name === 'content-type' ? [SEMICOLON] : [DATE];
}

/** @param mark what `$client` stood for */
export function normalised(answer: Answer, mark: string, masks: readonly Mask[]): NormalisedAnswer {
	const masked = (text: string, more: readonly Mask[] = []): string => {
		let out = text.replaceAll(mark, '$client').replaceAll(encodeURIComponent(mark), '$client');
		for (const [pattern, instead] of [...ALWAYS, ...more, ...masks]) out = out.replace(pattern, instead);
		return out;
	};
	const lines = (fields: readonly FieldLine[]): Map<string, string> => {
		const found = new Map<string, string>();
		for (const name of new Set(fields.map(([name]) => name.toLowerCase()))) {
			if (CONNECTION_LEVEL.has(name)) continue;
			// A list may stand in one line or in several (RFC 9110 §5.3), but not cookies.
			const all = values(fields, name).map((value) => masked(value, masksOf(name)));
			found.set(name, all.join(name === 'set-cookie' ? ' | ' : ', '));
		}
		return found;
	};
	return {
		status: answer.status,
		reason: isUsual(answer) ? '' : masked(answer.reason),
		// What was there when a response broke off, or its client left, depends on who was faster.
		body: answer.end === 'complete' ? shown(content(answer), masked) : '',
		end: answer.end,
		lengthIsTrue: values(answer.fields, 'content-length').every((length) => length === String(answer.body.length)),
		fields: lines(answer.fields),
		trailers: lines(answer.trailers),
		informational: answer.informational
			.map(({ status, fields }) =>
				[status, ...[...lines(fields)].map(([name, value]) => `${name}: ${value}`)].join(' '),
			)
			.join('; '),
	};
}

/** Which words a server has for a status by itself says nothing (RFC 9112 §4); those of the application do. */
function isUsual({ status, reason }: Answer): boolean {
	return [STATUS_CODES[status], 'Content Too Large', 'Unprocessable Content', 'unknown'].includes(reason);
}

/** The body without its content coding: where a coder is flushed depends on how chunks come, and says nothing. */
function content({ fields, body, status }: Answer): Uint8Array {
	if (body.length === 0 || status === 206) return body;
	try {
		switch (values(fields, 'content-encoding')[0]) {
			case 'gzip':
				return gunzipSync(body);
			case 'deflate':
				return inflateSync(body);
			case 'br':
				return brotliDecompressSync(body);
			case 'zstd':
				return zstdDecompressSync(body);
		}
	} catch {
		// Broken off in the middle, or not what it says: then it is what it is.
	}
	return body;
}

/** Text as it is, but for what is long or no text: its size and hash. */
function shown(body: Uint8Array, masked: (text: string) => string): string {
	const buffer = Buffer.from(body);
	const text = buffer.toString();
	const isText = Buffer.from(text).equals(buffer);
	const out = isText ? masked(text) : buffer.toString('latin1');
	if (isText && out.length <= 500) return out;
	return `${out.length} ${isText ? 'characters' : 'octets'}, SHA-256 ${createHash('sha256').update(out).digest('hex').slice(0, 12)}`;
}
