/** The keys of fields in the environ, remembered by the names of the fields: they come again and again. */
import { type FieldVariable, fieldSeparator, fieldVariable } from '../../layer/gateway/field-variable.ts';

/** Where the lines of a field go. */
export class FieldKey {
	readonly name: FieldVariable;
	/** What stands between lines that are joined. */
	readonly separator: string;
	/** The request in which a line of it was seen last: to ask the environ whether it has a key costs more. */
	seen = 0;

	constructor(name: FieldVariable) {
		this.name = name;
		this.separator = fieldSeparator(name);
	}
}

/** By the name of a field, in the case it was written in. */
const byName = new Map<string, FieldKey | null>();
/** By the key: names in different case share one. */
const byKey = new Map<string, FieldKey>();
/** Clients choose the names, so the memory is bounded: when it is full it begins anew. */
const NAMES_MAX = 512;
/** The same in characters: a name may be as long as a whole head. */
const LENGTH_MAX = 16 * 1024;
let length = 0;

let requests = 0;

/** Begins a request. Gives the number that stands for it in {@link FieldKey.seen}. */
export function nextRequest(): number {
	if (byName.size > NAMES_MAX || length > LENGTH_MAX) {
		byName.clear();
		byKey.clear();
		length = 0;
	}
	return ++requests;
}

/** The key of a field, or null when it has none. */
export function fieldKey(name: string): FieldKey | null {
	let key = byName.get(name);
	if (key === undefined) {
		key = madeKey(name);
		byName.set(name, key);
		length += name.length;
	}
	return key;
}

function madeKey(name: string): FieldKey | null {
	const variable = fieldVariable(name);
	if (variable === null) return null;
	let key = byKey.get(variable);
	if (key === undefined) {
		key = new FieldKey(variable);
		byKey.set(variable, key);
	}
	return key;
}
