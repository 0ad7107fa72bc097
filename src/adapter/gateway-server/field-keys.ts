/** From the name of a field to the key it has in the environ (RFC 3875 §4.1.18). */

/** Where the lines of a field go. */
type FieldKey = `HTTP_${string}` | 'CONTENT_TYPE' | 'CONTENT_LENGTH';

/**
 * Names seen before. Clients choose names, so the memory is bounded: when it is full it begins anew, which costs those
 * that are common no more than one look each.
 */
const keys = new Map<string, FieldKey | null>();
const KEYS_MAX = 512;
/** Longer names are rare, and not kept. */
const NAME_MAX = 64;

/**
 * The key of a field, or null when it has none: a name with `_` could pass for one with `-`, `Proxy` for the variable by
 * which HTTP clients are told their proxy (CVE-2016-5385), and lines of Set-Cookie cannot be joined.
 */
export function fieldKey(name: string): FieldKey | null {
	const known = keys.get(name);
	if (known !== undefined) return known;
	const key = madeKey(name);
	if (name.length <= NAME_MAX) {
		if (keys.size >= KEYS_MAX) keys.clear();
		keys.set(name, key);
	}
	return key;
}

function madeKey(name: string): FieldKey | null {
	if (name.includes('_')) return null;
	const variable = name.toUpperCase().replaceAll('-', '_');
	if (variable === 'CONTENT_TYPE' || variable === 'CONTENT_LENGTH') return variable;
	return variable === 'PROXY' || variable === 'SET_COOKIE' ? null : `HTTP_${variable}`;
}
