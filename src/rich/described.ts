/** What a value is, in a few words, for an error message: `a number`, `an object with fetch`, `a Response`. */
export function described(value: unknown): string {
	if (value === null || value === undefined) return String(value);
	if (typeof value !== 'object') return `a ${typeof value}`;
	const name = value.constructor?.name;
	if (name === undefined || name === 'Object') {
		return `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`;
	}
	return `${/^(?:[AEIO]|U(?!int))/.test(name) ? 'an' : 'a'} ${name}`;
}
