/** The parts of a field value between separators, as RFC 9110 §5.6.1 and §5.6.6 have them: quoted strings are whole. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The parts of a value, without the white space around them; empty ones too. A separator within a quoted string is none.
 * The work is linear in the length of the value.
 * @param separator one character: `,` between members of a list, `;` before parameters
 */
export function listParts(value: string, separator: ',' | ';'): string[] {
	const parts: string[] = [];
	const code = separator.charCodeAt(0);
	let from = 0;
	let quoted = false;
	for (let at = 0; at < value.length; at++) {
		const octet = value.charCodeAt(at);
		if (octet === QUOTE) quoted = !quoted;
		else if (octet === BACKSLASH && quoted) at++;
		else if (octet === code && !quoted) {
			parts.push(trimmed(value, from, at));
			from = at + 1;
		}
	}
	parts.push(trimmed(value, from, value.length));
	return parts;
}

/** White space is SP and HTAB here: U+00A0, which `trim()` takes, is an octet like any other. */
function trimmed(value: string, from: number, to: number): string {
	while (from < to && isBlank(value.charCodeAt(from))) from++;
	while (to > from && isBlank(value.charCodeAt(to - 1))) to--;
	return value.slice(from, to);
}

function isBlank(octet: number): boolean {
	return octet === 0x20 || octet === 0x09;
}
