/** The field lines of `startResponse`, checked when they are given, and laid out as the rich layer takes them. */
import { isPlaceholderHead } from '../../escape/origin.ts';
import { latin1 } from '../../layer/gateway/byte-string.ts';
import { isHopByHop } from '../../layer/gateway/hop-by-hop.ts';
import type { FieldPair, FieldPairs } from '../../layer/gateway/start-response.ts';
import { Misuse } from '../../wire/fault.ts';
import type { FieldLines } from '../../wire/fields.ts';
import { isFieldValue, isToken, parseDecimal } from '../../wire/grammar.ts';

/** The field lines of a head, which nobody changes any more. */
export interface SentLines {
	/** Flat: name, value, name, value … */
	readonly flat: readonly string[];
	/** The Content-Length among them, or -1. */
	readonly announced: number;
	/** Whether they are those of an escape's placeholder. */
	readonly placeholder: boolean;
}

/**
 * The sections found good last, by how many lines they have. Applications repeat themselves, and a section that is the same as
 * one before need be neither looked at nor copied.
 */
const good: SentLines[] = [];
/** The same of placeholders with what was added to them: no two are the same, but what was added is. */
const around: SentLines[] = [];
const NONE: FieldLines = [];
/** Sections are seldom longer, and what is remembered is never let go. */
const LINES_MAX = 32;

/** The section, if one of the same lines was found good before; else null, and nothing is said of it. */
export function knownLines(pairs: FieldPairs): SentLines | null {
	const known = good[(pairs as { length?: number } | null | undefined)?.length ?? -1];
	if (known === undefined) return null;
	const { flat } = known;
	for (let index = 0; index < pairs.length; index++) {
		const pair = pairs[index] as FieldPair;
		if (!Array.isArray(pair) || pair.length !== 2) return null;
		if (flat[2 * index] !== latin1(pair[0]) || flat[2 * index + 1] !== latin1(pair[1])) return null;
	}
	return known;
}

/**
 * Checks field lines and lays them out flat.
 * @param pairs byte strings, which `requireHead` has seen to
 * @param made the lines of the placeholder that they are expected to be, with others behind them perhaps
 * @throws Misuse for a name that is no token, a value that cannot be sent (GATE-52) or a field of the connection (GATE-53)
 */
export function sentLines(pairs: FieldPairs, made: FieldLines = NONE): SentLines {
	const flat: string[] = [];
	// Most lines are as they were in the same place before, also where one of them has changed.
	const before = (made.length === 0 ? good : around)[pairs.length]?.flat ?? NONE;
	for (const pair of pairs) {
		const at = flat.length;
		const name = latin1(pair[0]);
		const value = latin1(pair[1]);
		const isKnown = (before[at] === name && before[at + 1] === value) || (made[at] === name && made[at + 1] === value);
		if (!isKnown) checkLine(name, value);
		flat.push(name, value);
	}
	const sent: SentLines = { flat, announced: announcedLength(flat), placeholder: isPlaceholderHead(flat) };
	// Each placeholder is another one: it would only drive out what comes again.
	if (pairs.length <= LINES_MAX) (sent.placeholder ? around : good)[pairs.length] = sent;
	return sent;
}

/** The section that had a Content-Length added last. */
let completed: SentLines | null = null;
let completedBy = -1;
let completedFlat: readonly string[] = [];

/** The lines with a Content-Length behind them. */
export function withLength(lines: SentLines, length: number): readonly string[] {
	if (lines !== completed || length !== completedBy) {
		completed = lines;
		completedBy = length;
		completedFlat = [...lines.flat, 'content-length', String(length)];
	}
	return completedFlat;
}

function checkLine(name: string, value: string): void {
	if (!isToken(name)) {
		throw new Misuse('GATE-52', `${JSON.stringify(name)} is not a field name (RFC 9110 §5.1): a token is expected.`);
	}
	if (isHopByHop(name)) {
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
function announcedLength(flat: readonly string[]): number {
	let length = -1;
	for (let at = 0; at < flat.length; at += 2) {
		const name = flat[at] as string;
		if (name.length !== 14 || name.toLowerCase() !== 'content-length') continue;
		const value = parseDecimal(flat[at + 1] as string);
		if (value < 0 || length >= 0) {
			throw new Misuse('GATE-54', `Content-Length is one decimal number, not ${JSON.stringify(flat[at + 1])}.`);
		}
		length = value;
	}
	return length;
}
