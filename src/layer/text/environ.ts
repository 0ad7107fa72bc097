/** The environ of the text layer. */
import type { RichApp } from '../../rich/app.ts';
import type { EnvironValues } from '../environ-values.ts';
import type { EscapeOptions } from '../escape-options.ts';
import type { Body } from '../gateway/body.ts';
import type { Environ } from '../gateway/environ.ts';
import type { TextStartResponse } from './start-response.ts';

/** What `Upgrade` is in the bytes layer, with the `startResponse` of this one. */
export type TextUpgrade = (
	app: RichApp,
	startResponse: TextStartResponse,
	options?: EscapeOptions,
) => Body | PromiseLike<Body>;

/**
 * A request as the gateway gives it, decoded: SCRIPT_NAME, PATH_INFO and QUERY_STRING are UTF-8 with surrogate escapes,
 * everything else that was octets is latin-1. A plain object, changed by a copy, as the bytes environ is.
 *
 * @example
 * const inner: TextEnviron = { ...environ, PATH_INFO: '/über/uns' };
 */
export interface TextEnviron extends EnvironValues<string> {
	/** Which layer this is. */
	readonly 'wsgi.layer': 'text';
	/** The environ that this one was decoded from, with the octets as they came. */
	readonly 'rsgi.bytes': Environ;
	/** The escape; absent where the server is not ours. */
	readonly 'rsgi.upgrade'?: TextUpgrade | undefined;
}
