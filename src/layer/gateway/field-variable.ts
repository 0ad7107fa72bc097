/** The key that a field of the request has in the environ, and what stands under it (GATE-38). */

/** The keys that fields of the request have. */
export type FieldVariable = `HTTP_${string}` | 'CONTENT_TYPE' | 'CONTENT_LENGTH';

/**
 * The key of a field by its name, or null when it has none: a name with `_` could pass for one with `-`, `Proxy` for the
 * variable by which HTTP clients are told their proxy (CVE-2016-5385), and lines of Set-Cookie cannot be joined.
 */
export function fieldVariable(name: string): FieldVariable | null {
	if (name.includes('_')) return null;
	const variable = name.toUpperCase().replaceAll('-', '_');
	if (variable === 'PROXY' || variable === 'SET_COOKIE') return null;
	return variable === 'CONTENT_TYPE' || variable === 'CONTENT_LENGTH' ? variable : `HTTP_${variable}`;
}

/** What stands between the lines of a field that are joined (RFC 9110 §5.3, RFC 6265 §5.4). */
export function fieldSeparator(key: FieldVariable): string {
	return key === 'HTTP_COOKIE' ? '; ' : ', ';
}

/**
 * The keys that field lines make, with their values.
 * @param lines flat: name, value, name, value …
 */
export function joinedFields(lines: readonly string[]): Map<string, string> {
	const joined = new Map<string, string>();
	for (let at = 0; at < lines.length; at += 2) {
		const key = fieldVariable(lines[at] as string);
		if (key === null) continue;
		const before = joined.get(key);
		const value = lines[at + 1] as string;
		joined.set(key, before === undefined ? value : `${before}${fieldSeparator(key)}${value}`);
	}
	return joined;
}
