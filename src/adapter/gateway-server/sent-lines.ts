/** The field lines of `startResponse`, checked when they are given, and laid out flat as the rich layer takes them. */
import { type ByteString, latin1 } from '../../layer/gateway/byte-string.ts';
import type { FieldPairs } from '../../layer/gateway/start-response.ts';
import { Misuse } from '../../wire/fault.ts';
import { isFieldValue, isToken, parseDecimal } from '../../wire/grammar.ts';

/** Fields that speak of one connection, and so are the server's own (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']);

/**
 * The pairs found good last, by their place: applications repeat themselves, and a line that stood in its place before
 * need not be looked at again.
 */
const goodLines: ByteString[] = [];
const GOOD_LINES_MAX = 64;

/**
 * The lines, flat.
 * @throws Misuse for a name that is no token, a value that cannot be sent (GATE-52) or a field of the connection (GATE-53)
 */
export function sentLines(pairs: FieldPairs): string[] {
	const lines: string[] = [];
	for (let index = 0; index < pairs.length; index++) {
		const [name, value] = pairs[index] as readonly [ByteString, ByteString];
		const at = 2 * index;
		if (at >= goodLines.length || goodLines[at] !== name || goodLines[at + 1] !== value) {
			checkLine(latin1(name), latin1(value));
			// Lines before this one are there, so the memory has no holes.
			if (at < GOOD_LINES_MAX) {
				goodLines[at] = name;
				goodLines[at + 1] = value;
			}
		}
		lines.push(latin1(name), latin1(value));
	}
	return lines;
}

function checkLine(name: string, value: string): void {
	if (!isToken(name)) {
		throw new Misuse('GATE-52', `${JSON.stringify(name)} is not a field name (RFC 9110 §5.1): a token is expected.`);
	}
	if (HOP_BY_HOP.has(name.toLowerCase())) {
		throw new Misuse(
			'GATE-53',
			`${name} belongs to the connection, which is the server's (RFC 9110 §7.6.1): leave it out.`,
		);
	}
	if (!isFieldValue(value)) {
		throw new Misuse(
			'GATE-52',
			`The value of ${name} cannot be sent: no controls, and no white space at its edges (RFC 9110 §5.5).`,
		);
	}
}

/**
 * The Content-Length among lines, or -1.
 * @throws Misuse when there are several, or it is no number (GATE-54)
 */
export function announcedLength(lines: readonly string[]): number {
	let length = -1;
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (name.length !== 14 || name.toLowerCase() !== 'content-length') continue;
		const value = parseDecimal(lines[at + 1] as string);
		if (value < 0 || length >= 0) {
			throw new Misuse('GATE-54', `Content-Length is one decimal number, not ${JSON.stringify(lines[at + 1])}.`);
		}
		length = value;
	}
	return length;
}
