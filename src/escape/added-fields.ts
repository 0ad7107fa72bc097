/** The fields that middleware has added to a placeholder, and how they join those of the application that takes over. */
import { type FieldLines, Fields, type FieldsInit } from '../wire/fields.ts';
import { stricterCacheControl } from './cache-strictness.ts';
import { isResidue } from './placeholder.ts';

/** What speaks of the placeholder's content, or of the connection it would have gone on: it says nothing of another response. */
const DROPPED: ReadonlySet<string> = new Set([
	...['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location', 'content-range'],
	...['content-disposition', 'content-digest', 'content-md5', 'repr-digest', 'digest', 'etag', 'last-modified'],
	...['accept-ranges', 'transfer-encoding', 'connection', 'keep-alive', 'proxy-connection', 'upgrade', 'trailer'],
	...['sec-websocket-accept', 'sec-websocket-extensions', 'sec-websocket-protocol', 'sec-websocket-version'],
]);

/** Fields whose values are lists, or that may stand several times: both sides have their say. Of all others the application has. */
const LISTS: ReadonlySet<string> = new Set([
	...['set-cookie', 'vary', 'link', 'via', 'warning', 'allow', 'server-timing', 'www-authenticate', 'alt-svc'],
	...['proxy-authenticate', 'content-security-policy', 'content-security-policy-report-only', 'permissions-policy'],
	...['access-control-allow-headers', 'access-control-allow-methods', 'access-control-expose-headers', 'accept-ch'],
	...['cache-status', 'proxy-status', 'preference-applied', 'no-vary-search', 'reporting-endpoints', 'x-robots-tag'],
]);

/** What is left of the fields of a placeholder, once its own are taken out, and those that speak of its content. */
export function addedFields(lines: FieldLines): Fields {
	const added: string[] = [];
	for (let at = 0; at < lines.length; at += 2) {
		const name = (lines[at] as string).toLowerCase();
		const value = lines[at + 1] as string;
		if (!DROPPED.has(name) && !isResidue(name, value)) added.push(lines[at] as string, value);
	}
	return new Fields(added);
}

/** The names of the fields that {@link addedFields} leaves out. */
export function droppedNames(lines: FieldLines): string[] {
	const names: string[] = [];
	for (let at = 0; at < lines.length; at += 2) {
		const name = (lines[at] as string).toLowerCase();
		if (DROPPED.has(name) || isResidue(name, lines[at + 1] as string)) names.push(name);
	}
	return names;
}

/** The fields of a response that took nothing but the place of a placeholder: without what that left behind. */
export function withoutResidue(lines: FieldLines): Fields {
	const kept: string[] = [];
	for (let at = 0; at < lines.length; at += 2) {
		const value = lines[at + 1] as string;
		if (!isResidue((lines[at] as string).toLowerCase(), value)) kept.push(lines[at] as string, value);
	}
	return new Fields(kept);
}

/**
 * The fields of the application with the inherited ones before them (ESC-22). Lists have the lines of both; of a singleton that
 * both have, the application's counts, but for Cache-Control, of which the stricter does.
 */
export function merged(inherited: Fields, init: FieldsInit | undefined): FieldsInit {
	if (inherited.size === 0) return init ?? [];
	const own = Fields.from(init ?? []);
	const all = new Fields([]);
	for (const [name, value] of inherited) {
		const key = name.toLowerCase();
		if (key !== 'cache-control' && (LISTS.has(key) || !own.has(key))) all.append(name, value);
	}
	const caching = cacheControl(inherited, own);
	for (const [name, value] of own) {
		if (caching === null || name.toLowerCase() !== 'cache-control') all.append(name, value);
	}
	if (caching !== null) all.append('cache-control', caching);
	for (const name of [...(inherited.sensitive ?? []), ...(own.sensitive ?? [])]) all.markSensitive(name);
	return all;
}

/** For the journal: which inherited lines go out, and in whose place those of the application do. */
export function mergedNames(inherited: Fields, init: FieldsInit | undefined): { kept: string[]; replaced: string[] } {
	const own = Fields.from(init ?? []);
	const kept: string[] = [];
	const replaced: string[] = [];
	for (const [given] of inherited) {
		const name = given.toLowerCase();
		const caching = name === 'cache-control' ? cacheControl(inherited, own) : null;
		const stays = caching === null ? LISTS.has(name) || !own.has(name) : caching === inherited.combined(name);
		(stays ? kept : replaced).push(name);
	}
	return { kept, replaced };
}

/** Null when only the application has one, or neither does: then its lines stay as they are. */
function cacheControl(inherited: Fields, own: Fields): string | null {
	const before = inherited.combined('cache-control');
	if (before === null) return null;
	const after = own.combined('cache-control');
	return after === null ? before : stricterCacheControl(before, after);
}
