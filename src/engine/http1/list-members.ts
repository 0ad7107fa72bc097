/** The members of a comma-separated list (RFC 9110 §5.6.1) whose members hold no quoted strings. */
import { HTAB, SP } from './octets.ts';

/** The members in their order, without the white space around them; empty ones too. */
export function listMembers(value: string): string[] {
	const members = value.split(',');
	for (let i = 0; i < members.length; i++) members[i] = trimmed(members[i] as string);
	return members;
}

/**
 * Not `trim()`: white space is SP and HTAB here, and U+00A0 is an octet like any other. Nor an expression that looks for
 * white space at the end: it tries again at each space, so a head full of them would take the square of its length.
 */
function trimmed(member: string): string {
	let from = 0;
	let to = member.length;
	while (from < to && isBlank(member.charCodeAt(from))) from++;
	while (to > from && isBlank(member.charCodeAt(to - 1))) to--;
	return member.slice(from, to);
}

function isBlank(code: number): boolean {
	return code === SP || code === HTAB;
}
