/** The environ of the bytes layer. */
import type { EnvironValues } from '../environ-values.ts';
import type { ByteString } from './byte-string.ts';

/**
 * A request as the gateway gives it: names are native strings, the CGI values are byte strings. It is a plain object, and
 * middleware changes it by a copy.
 *
 * @example
 * const inner: Environ = { ...environ, SCRIPT_NAME: bytes('/shop'), 'shop.cart': cart };
 */
export interface Environ extends EnvironValues<ByteString> {
	/** Which layer this is. */
	readonly 'wsgi.layer': 'bytes';
}
