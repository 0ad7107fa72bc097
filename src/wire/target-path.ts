/** The path and the query of a request target, of each of its four forms (RFC 9112 §3.2). */

/**
 * The path of a target, its percent-encoding decoded to octets, one character each: PATH_INFO of an application at the root.
 * Empty for `*` and for an authority, which have none.
 * @param query where its `?` is, or -1
 */
export function targetPath(target: string, query: number = target.indexOf('?')): string {
	const end = query < 0 ? target.length : query;
	let start = 0;
	if (target.charCodeAt(0) !== 0x2f) {
		const authority = target.indexOf('://');
		if (authority < 0) return '';
		start = target.indexOf('/', authority + 3);
		// An empty path of http and https is the same as `/` (RFC 9110 §4.2.3).
		if (start < 0 || start >= end) return '/';
	}
	const path = start === 0 && end === target.length ? target : target.slice(start, end);
	return path.includes('%') ? percentDecoded(path) : path;
}

/** What stands behind the `?`, as it came; empty without one. */
export function targetQuery(target: string, query: number = target.indexOf('?')): string {
	return query < 0 ? '' : target.slice(query + 1);
}

/** Octets in place of `%` and two hexadecimal digits; a `%` without them stays. */
function percentDecoded(path: string): string {
	return path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
