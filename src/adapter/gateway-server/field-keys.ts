/** From the name of a field to the key it has in the environ (RFC 3875 §4.1.18). */

/** Where the lines of a field go. */
export class FieldKey {
	readonly name: `HTTP_${string}` | 'CONTENT_TYPE' | 'CONTENT_LENGTH';
	/** What stands between lines that are joined. */
	readonly separator: string;
	/** The request in which a line of it was seen last: to ask the environ whether it has a key costs more. */
	seen = 0;

	constructor(name: FieldKey['name']) {
		this.name = name;
		this.separator = name === 'HTTP_COOKIE' ? '; ' : ', ';
	}
}

/** By the name of a field, in the case it was written in. */
const byName = new Map<string, FieldKey | null>();
/** By the key: names in different case share one. */
const byKey = new Map<string, FieldKey>();
/** Clients choose the names, so the memory is bounded: when it is full it begins anew. */
const NAMES_MAX = 512;

let requests = 0;

/** Begins a request. Gives the number that stands for it in {@link FieldKey.seen}. */
export function nextRequest(): number {
	if (byName.size > NAMES_MAX) {
		byName.clear();
		byKey.clear();
	}
	return ++requests;
}

/**
 * The key of a field, or null when it has none: a name with `_` could pass for one with `-`, `Proxy` for the variable by
 * which HTTP clients are told their proxy (CVE-2016-5385), and lines of Set-Cookie cannot be joined.
 */
export function fieldKey(name: string): FieldKey | null {
	let key = byName.get(name);
	if (key === undefined) {
		key = madeKey(name);
		byName.set(name, key);
	}
	return key;
}

function madeKey(name: string): FieldKey | null {
	if (name.includes('_')) return null;
	const variable = name.toUpperCase().replaceAll('-', '_');
	if (variable === 'PROXY' || variable === 'SET_COOKIE') return null;
	const full = variable === 'CONTENT_TYPE' || variable === 'CONTENT_LENGTH' ? variable : (`HTTP_${variable}` as const);
	let key = byKey.get(full);
	if (key === undefined) {
		key = new FieldKey(full);
		byKey.set(full, key);
	}
	return key;
}
