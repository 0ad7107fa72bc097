/** The field lines of a request, as they came, save for those whose keys in the environ middleware has changed. */
import type { Environ } from '../layer/gateway/environ.ts';
import { fieldVariable, joinedFields } from '../layer/gateway/field-variable.ts';
import { Fields } from '../wire/fields.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Lines whose key still says what they say stay as they are: order, case, duplicates. A changed key puts its value in the
 * place of the first of its lines, a key that is gone takes its lines with it, and a new key adds a line at the end. Lines
 * that have no key (Set-Cookie, Proxy, names with `_`) stay.
 */
export function reconciledFields(environ: Environ): Fields {
	const lines = environ['rsgi.fields'] as readonly unknown[] as readonly string[];
	const values = environ as unknown as Values;
	const joined = joinedFields(lines);
	const routed = routedHost(environ);
	if (routed !== null && joined.has('HTTP_HOST')) joined.set('HTTP_HOST', routed);
	const made: string[] = [];
	const replaced = new Set<string>();
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		const key = fieldVariable(name);
		const value = key === null ? null : values[key];
		if (key === null || value === joined.get(key)) made.push(name, lines[at + 1] as string);
		else if (typeof value === 'string' && !replaced.has(key)) {
			replaced.add(key);
			made.push(name, value);
		}
	}
	for (const key in values) {
		const name = nameOf(key);
		if (name === null || joined.has(key) || isMadeUp(key, environ)) continue;
		const value = values[key];
		if (typeof value === 'string') made.push(name, value);
	}
	return new Fields(made);
}

/** The authority that stands in the target, which HTTP_HOST is made of then, whatever Host says (RFC 9112 §3.2.2). */
function routedHost(environ: Environ): string | null {
	const target = environ['rsgi.target'] as unknown as string;
	if ((environ.REQUEST_METHOD as unknown as string) === 'CONNECT') return target;
	return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1] ?? null;
}

/** The field name of a key, or null for one that no field gives. */
function nameOf(key: string): string | null {
	if (key === 'CONTENT_TYPE') return 'content-type';
	if (key === 'CONTENT_LENGTH') return 'content-length';
	if (!key.startsWith('HTTP_') || key === 'HTTP_PROXY' || key === 'HTTP_SET_COOKIE') return null;
	return key.slice('HTTP_'.length).toLowerCase().replaceAll('_', '-');
}

/** Whether the gateway has made up a key that was no field: Host of `:authority` or of the target, and the lines of an extended CONNECT. */
function isMadeUp(key: string, environ: Environ): boolean {
	if (key === 'HTTP_HOST') {
		if ((environ.SERVER_PROTOCOL as unknown as string).startsWith('HTTP/2')) return true;
		return (environ.HTTP_HOST as unknown as string) === routedHost(environ);
	}
	if (environ['rsgi.connect'] === undefined) return false;
	return key === 'HTTP_CONNECTION' || key === 'HTTP_UPGRADE';
}
