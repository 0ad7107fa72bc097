/** Response heads that come as HTTP/1.1 text, because that is how Node, and who is given its sockets, writes them. */
import { isFieldValue, isToken } from '../../wire/grammar.ts';

/** A response head. */
export interface HeadText {
	readonly status: number;
	readonly reason: string;
	/** Flat. */
	readonly lines: string[];
}

const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;

/**
 * Parses a head (RFC 9112 §4, §5), or gives null for what is none. Line folding is obsolete and not taken.
 * @param text latin-1, with the empty line at its end
 */
export function parsedHead(text: string): HeadText | null {
	const rows = text.split('\r\n');
	if (rows.length < 3 || rows.pop() !== '' || rows.pop() !== '') return null;
	const status = STATUS_LINE.exec(rows[0] as string);
	if (status === null) return null;
	const lines = parsedLines(rows, 1);
	return lines === null ? null : { status: Number(status[1]), reason: status[2] ?? '', lines };
}

/** Parses field lines, each ended by CRLF; null when one is none. */
export function parsedSection(text: string): string[] | null {
	const rows = text.split('\r\n');
	if (rows.pop() !== '') return null;
	return parsedLines(rows, 0);
}

function parsedLines(rows: readonly string[], from: number): string[] | null {
	const lines: string[] = [];
	for (let at = from; at < rows.length; at++) {
		const row = rows[at] as string;
		const colon = row.indexOf(':');
		const name = row.slice(0, colon);
		const value = row.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
		if (colon < 1 || !isToken(name) || !isFieldValue(value)) return null;
		lines.push(name, value);
	}
	return lines;
}
