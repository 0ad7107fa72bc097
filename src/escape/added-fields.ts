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

const NONE: FieldLines = [];

/** Fields whose values are lists, or that may stand several times: both sides have their say. Of all others the application has. */
const LISTS: ReadonlySet<string> = new Set([
	...['set-cookie', 'vary', 'link', 'via', 'warning', 'allow', 'server-timing', 'www-authenticate', 'alt-svc'],
	...['proxy-authenticate', 'content-security-policy', 'content-security-policy-report-only', 'permissions-policy'],
	...['access-control-allow-headers', 'access-control-allow-methods', 'access-control-expose-headers', 'accept-ch'],
	...['cache-status', 'proxy-status', 'preference-applied', 'no-vary-search', 'reporting-endpoints', 'x-robots-tag'],
]);

/**
 * What is left of the fields of a placeholder, once its own are taken out, and those that speak of its content.
 * @param made the lines of the placeholder, where it is known which it is: most come back in their order, and are known at a glance
 */
export function addedFields(lines: FieldLines, made: FieldLines = NONE): Fields {
	const added: string[] = [];
	let next = 0;
	for (let at = 0; at < lines.length; at += 2) {
		const value = lines[at + 1] as string;
		if (next < made.length && lines[at] === made[next] && value === made[next + 1]) {
			next += 2;
			continue;
		}
		const name = (lines[at] as string).toLowerCase();
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
	const caching = cacheControl(inherited, own);
	const all: string[] = [];
	const { lines } = inherited;
	for (let at = 0; at < lines.length; at += 2) {
		const key = (lines[at] as string).toLowerCase();
		if (key !== 'cache-control' && (LISTS.has(key) || !own.has(key)))
			all.push(lines[at] as string, lines[at + 1] as string);
	}
	for (let at = 0; at < own.lines.length; at += 2) {
		const name = own.lines[at] as string;
		if (caching === null || name.toLowerCase() !== 'cache-control') all.push(name, own.lines[at + 1] as string);
	}
	if (caching !== null) all.push('cache-control', caching);
	const fields = new Fields(all);
	for (const from of [inherited.sensitive, own.sensitive]) for (const name of from ?? []) fields.markSensitive(name);
	return fields;
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
	if (!inherited.has('cache-control')) return null;
	const before = inherited.combined('cache-control') as string;
	const after = own.combined('cache-control');
	return after === null ? before : stricterCacheControl(before, after);
}
