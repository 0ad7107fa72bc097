/** The path and the query of a request target, of each of its four forms (RFC 9112 §3.2). */

/**
 * Where the path of a target begins, and where it ends. Targets without one, `*` and those of CONNECT, give an empty path.
 */
export interface PathPlace {
	readonly start: number;
	readonly end: number;
}

const NO_PATH: PathPlace = { start: 0, end: 0 };

/** The path of a target: PATH_INFO of an application at the root. Empty for `*` and for an authority. */
export function targetPath(target: string): string {
	if (target.charCodeAt(0) === 0x2f) {
		const query = target.indexOf('?');
		return percentDecoded(query < 0 ? target : target.slice(0, query));
	}
	const { start, end } = absolutePath(target);
	if (end === 0) return '';
	// An empty path of http and https is the same as `/` (RFC 9110 §4.2.3).
	return start === end ? '/' : percentDecoded(target.slice(start, end));
}

/** What stands behind the first `?`, as it came. */
export function targetQuery(target: string): string {
	const query = target.indexOf('?');
	return query < 0 ? '' : target.slice(query + 1);
}

/** The path within `scheme://authority/path?query`. */
function absolutePath(target: string): PathPlace {
	const authority = target.indexOf('://');
	if (authority < 0) return NO_PATH;
	const query = target.indexOf('?');
	const end = query < 0 ? target.length : query;
	const slash = target.indexOf('/', authority + 3);
	return { start: slash < 0 || slash > end ? end : slash, end };
}

/** Octets in place of `%` and two hexadecimal digits; a `%` without them stays. */
export function percentDecoded(path: string): string {
	if (!path.includes('%')) return path;
	return path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
