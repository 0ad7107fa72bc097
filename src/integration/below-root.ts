/** From an untrusted URL path to a file below a root, and to none outside of it. */
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** The scheme and authority of an absolute-form target (RFC 9112 §3.2.2). */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** Names that mean something else to Windows: drives, streams, wildcards, and endings that it drops. */
const WINDOWS_SPECIAL = /[:*?"<>|]|[. ]$/;

/** Where a URL path leads. */
export interface Found {
	/** The real path, without symbolic links. */
	readonly path: string;
	/** The last segment of the URL path, decoded: links may hide the extension. */
	readonly name: string;
}

/**
 * The real path of what a URL path names below a root. Symbolic links are followed as long as they stay below it.
 *
 * @param path percent-encoded, with or without a leading slash; a query behind it is cut off
 * @param root a directory
 * @param hidden whether segments may begin with a dot
 * @returns null for a path that must not, or cannot, name a file: `.` and `..`, empty segments, encoded slashes,
 *   backslashes, NUL, malformed encoding, hidden segments, links that lead outside
 * @throws what the file system says, ENOENT among it; Error when the root itself cannot be found
 */
export async function belowRoot(path: string, root: string, hidden: boolean): Promise<Found | null> {
	const segments = pathSegments(path);
	if (segments === null) return null;
	for (const segment of segments) {
		if (!isPlainName(segment) || (!hidden && segment.startsWith('.'))) return null;
	}
	const realRoot = await realRootOf(root);
	const real = await realpath(join(realRoot, ...segments));
	if (!real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return null;
	return { path: real, name: segments.at(-1) as string };
}

/** Looked up each time: a root is often a link that a deployment turns to the next release. */
async function realRootOf(root: string): Promise<string> {
	try {
		return await realpath(root);
	} catch (cause) {
		throw new Error(`The root ${root} cannot be found: files are looked for below a directory that exists.`, { cause });
	}
}

/** The decoded segments, or null when one cannot be decoded. */
function pathSegments(path: string): string[] | null {
	const bare = path
		.replace(ORIGIN, '')
		.replace(/[?#].*$/s, '')
		.replace(/^\//, '');
	try {
		return bare.split('/').map(decodeURIComponent);
	} catch {
		return null;
	}
}

/** Whether a decoded segment is one name in one directory, on every system. */
function isPlainName(segment: string): boolean {
	if (segment === '' || segment === '.' || segment === '..') return false;
	if (/[/\\\0]/.test(segment)) return false;
	return sep === '/' || !WINDOWS_SPECIAL.test(segment);
}
