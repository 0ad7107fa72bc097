/** The field lines of a request as values of the environ, joined where there are several of a name (RFC 9110 §5.3). */
import { uncheckedBytes } from '../../layer/gateway/byte-string.ts';
import type { Environ } from '../../layer/gateway/environ.ts';
import { fieldKey, nextRequest } from './field-keys.ts';

/** An environ that is being built. */
export type Building = { -readonly [Key in keyof Environ]: Environ[Key] };

/**
 * Puts field lines into an environ.
 * @param lines flat: name, value, name, value …
 * @param hosted HTTP_HOST is there already, in place of the lines of Host
 */
export function putFields(environ: Building, lines: readonly string[], hosted: boolean): void {
	const request = nextRequest();
	for (let at = 0; at < lines.length; at += 2) {
		const key = fieldKey(lines[at] as string);
		if (key === null) continue;
		const value = uncheckedBytes(lines[at + 1] as string);
		if (key.seen !== request) {
			if (hosted && key.name === 'HTTP_HOST') continue;
			key.seen = request;
			environ[key.name] = value;
		} else {
			environ[key.name] = uncheckedBytes(`${environ[key.name]}${key.separator}${value}`);
		}
	}
}
