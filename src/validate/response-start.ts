/** What an application says in its status and field lines, and whether it can be sent (VALID-10). */
import { isHopByHop } from '../layer/gateway/hop-by-hop.ts';
import { described } from '../rich/described.ts';
import { isFieldValue, isToken, parseDecimal } from '../wire/grammar.ts';
import type { Inspector } from './finding.ts';
import { isOctets, type LayerStrings } from './layer-strings.ts';
import { shown } from './shown.ts';

/** What a head promises of the content behind it. */
export interface Promised {
	/** The status, or 0 when it was none. */
	readonly status: number;
	/** Content-Length in octets, or -1. */
	readonly length: number;
}

/** Looks at a head; what is wrong is told. */
export function checkedStart(status: unknown, fields: unknown, rules: LayerStrings, inspector: Inspector): Promised {
	const code = checkedStatus(status, rules, inspector);
	let length = -1;
	if (!Array.isArray(fields)) {
		const fix = 'Give an array of pairs, as [[name, value], …].';
		inspector.below(rules.headRule, `Field lines are an array of pairs, not ${described(fields)}.`, fix);
		return { status: code, length };
	}
	for (const line of fields as unknown[]) {
		if (!Array.isArray(line) || line.length !== 2) {
			inspector.below(rules.headRule, `A field line is a pair, not ${shown(line)}.`, 'Write it [name, value].');
			continue;
		}
		const [name, value] = line as [unknown, unknown];
		if (!checkedLine(name, value, rules, inspector)) continue;
		if ((name as string).toLowerCase() !== 'content-length') continue;
		const decimal = parseDecimal(value as string);
		if (decimal < 0) {
			inspector.below('GATE-54', `Content-Length is ${shown(value)}.`, 'Give the number of octets, decimal.');
		} else if (length >= 0) {
			inspector.below('GATE-54', 'There are several Content-Length lines.', 'Send one.');
		} else length = decimal;
	}
	if (length >= 0 && (code === 204 || (code === 205 && length > 0))) {
		inspector.below(
			'VALID-10',
			`A ${code} response has a Content-Length of ${length}.`,
			'Leave it out: there is no content.',
		);
	}
	return { status: code, length };
}

function checkedStatus(status: unknown, rules: LayerStrings, inspector: Inspector): number {
	if (!isOctets(status)) {
		inspector.below(rules.headRule, `The status is ${rules.called}, not ${notOctets(status)}.`, rules.made);
		return 0;
	}
	const [, digits] = /^([2-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/.exec(status) ?? [];
	if (digits !== undefined) return Number(digits);
	const fix = status.startsWith('1')
		? 'Begin the final response: informational ones have no place here.'
		: "Write three digits from 200 to 599, a space, and a phrase without controls, as '200 OK'.";
	inspector.below('GATE-51', `${shown(status)} is no status.`, fix);
	return 0;
}

/** Whether a line could be read at all. */
function checkedLine(name: unknown, value: unknown, rules: LayerStrings, inspector: Inspector): boolean {
	for (const part of [name, value]) {
		if (isOctets(part)) continue;
		inspector.below(
			rules.headRule,
			`Fields are ${rules.called}, and ${shown(name)} has ${notOctets(part)}.`,
			rules.made,
		);
		return false;
	}
	if (!isToken(name as string)) {
		inspector.below(
			'GATE-52',
			`${shown(name)} is no field name.`,
			'Write a token (RFC 9110 §5.1): no colon, no space.',
		);
	} else if (isHopByHop(name as string)) {
		const fix = 'Leave it out: the connection is the server’s.';
		inspector.below('GATE-53', `${name as string} is a field of the connection (RFC 9110 §7.6.1).`, fix);
	}
	if (!isFieldValue(value as string)) {
		const fix = 'Leave out control characters, line ends, and white space at its edges.';
		inspector.below('GATE-52', `The value of ${shown(name)} cannot be sent.`, fix);
	}
	return true;
}

function notOctets(value: unknown): string {
	if (typeof value === 'string') return 'text with characters above U+00FF';
	return isPromise(value) ? 'a promise: await it' : described(value);
}

function isPromise(value: unknown): boolean {
	return typeof value === 'object' && value !== null && 'then' in value;
}
