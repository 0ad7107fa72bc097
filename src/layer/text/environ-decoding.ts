/** From the bytes environ to the text environ and back (TEXT-6 to TEXT-8). */
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { isByteString } from '../gateway/byte-string.ts';
import type { Environ } from '../gateway/environ.ts';
import type { TextEnviron } from './environ.ts';
import { decodeUtf8, encodeUtf8 } from './surrogate-escapes.ts';

/**
 * The text environ of a bytes environ. Never throws. The three keys of the path and the query are decoded as UTF-8; all
 * others are latin-1, which is what a byte string is made of already, so they are the same strings. So `rsgi.upgrade` is the same
 * function too: what it gives to `startResponse` is ASCII.
 */
export function decodeEnviron(environ: Environ): TextEnviron {
	const decoded = {
		...environ,
		'wsgi.layer': 'text',
		'rsgi.bytes': environ,
		SCRIPT_NAME: decodeUtf8(environ.SCRIPT_NAME),
		PATH_INFO: decodeUtf8(environ.PATH_INFO),
		QUERY_STRING: decodeUtf8(environ.QUERY_STRING),
	};
	return decoded as unknown as TextEnviron;
}

/**
 * The bytes environ of a text environ that may have been changed since it was decoded. What was not changed is exactly
 * what it was.
 * @throws Misuse for what has no octets: a value that is no latin-1 (TEXT-8), a path or query with a lone surrogate
 * that is no escape (TEXT-5)
 */
export function encodeEnviron(environ: TextEnviron): Environ {
	const { 'rsgi.bytes': original, ...values } = environ;
	const encoded = {
		...values,
		'wsgi.layer': 'bytes',
		SCRIPT_NAME: encodeUtf8(environ.SCRIPT_NAME),
		PATH_INFO: encodeUtf8(environ.PATH_INFO),
		QUERY_STRING: encodeUtf8(environ.QUERY_STRING),
	} as unknown as Environ;
	// At run time both hold strings under these keys, and what came from the original has been looked at before.
	const before = original as unknown as Readonly<Record<string, unknown>>;
	for (const [key, value] of Object.entries(encoded)) {
		if (value === before[key] || value === undefined) continue;
		if (!key.includes('.') || key === 'rsgi.target' || key === 'rsgi.connect') requireOctets(key, value);
		else if (key === 'rsgi.fields') for (const part of value as readonly unknown[]) requireOctets(key, part);
	}
	return encoded;
}

function requireOctets(key: string, value: unknown): void {
	if (isByteString(value)) return;
	const what = typeof value === 'string' ? 'has characters above U+00FF' : `is ${described(value)}`;
	throw new Misuse(
		'TEXT-8',
		`environ[${JSON.stringify(key)}] goes back to octets as latin-1, and it ${what}: put such values under a key with a dot.`,
	);
}
