/** The field lines of a request as values of the environ, joined where there are several of a name (RFC 9110 §5.3). */
import { uncheckedBytes } from '../../layer/gateway/byte-string.ts';
import type { Environ } from '../../layer/gateway/environ.ts';
import { fieldKey } from './field-keys.ts';

/** An environ that is being built. */
export type Building = { -readonly [Key in keyof Environ]: Environ[Key] };

/**
 * Puts field lines into an environ.
 * @param lines flat: name, value, name, value …
 * @param authority what HTTP_HOST is to be, in place of the lines of Host; empty when they are to be taken
 */
export function putFields(environ: Building, lines: readonly string[], authority: string): void {
	if (authority !== '') environ.HTTP_HOST = uncheckedBytes(authority);
	for (let at = 0; at < lines.length; at += 2) {
		const key = fieldKey(lines[at] as string);
		if (key === null || (key === 'HTTP_HOST' && authority !== '')) continue;
		const value = uncheckedBytes(lines[at + 1] as string);
		const before = environ[key];
		environ[key] =
			before === undefined ? value : uncheckedBytes(`${before}${key === 'HTTP_COOKIE' ? '; ' : ', '}${value}`);
	}
}
