/** The environ of the bytes layer. */
import type { RichApp } from '../../rich/app.ts';
import type { EnvironValues } from '../environ-values.ts';
import type { EscapeOptions } from '../escape-options.ts';
import type { Body } from './body.ts';
import type { ByteString } from './byte-string.ts';
import type { StartResponse } from './start-response.ts';

/**
 * Registers a rich application with the server, begins a placeholder response by `startResponse`, and returns its body: if the
 * placeholder reaches the server, the application is run in its place. Middleware intercepts the rich applications below it by
 * putting another function under the key, and denies them by one that throws or answers itself.
 *
 * @throws Misuse for what is no rich application (RICH-3), when it is too late (ESC-5), and for too many (ESC-7)
 * @example
 * const chat = gateway((environ, startResponse) => environ['rsgi.upgrade'](chatRoom, startResponse));
 */
export type Upgrade = (app: RichApp, startResponse: StartResponse, options?: EscapeOptions) => Body | PromiseLike<Body>;

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
	/** The escape; absent where the server is not ours. */
	readonly 'rsgi.upgrade'?: Upgrade | undefined;
}
