/** What a text application is: the gateway, decoded. */
import type { RichHooks } from '../../rich/app.ts';
import { LAYER, layerOf } from '../../wire/layer.ts';
import type { Body } from '../gateway/body.ts';
import { refusedApp, requireEnviron, requireStampable, stamped } from '../stamped.ts';
import type { TextEnviron } from './environ.ts';
import type { TextStartResponse } from './start-response.ts';

/** What an application does with a request. Content is octets in this layer too. */
export type TextFunction = (environ: TextEnviron, startResponse: TextStartResponse) => Body | PromiseLike<Body>;

/** A function stamped by {@link text}. */
export interface TextApp extends RichHooks {
	(environ: TextEnviron, startResponse: TextStartResponse): Body | PromiseLike<Body>;
	readonly [LAYER]: 'text';
}

/** Middleware of the text layer. */
export type TextMiddleware = (app: TextApp) => TextApp;

/**
 * Makes a text application of a function. Called with an environ of another layer it throws.
 *
 * @param run called once for each request
 * @param hooks start, stop and protocols; middleware passes the application it wraps, to keep them
 * @throws Misuse when `run` is not a function, or belongs to another layer (TEXT-1)
 * @example
 * const hello = text((environ, startResponse) => {
 *   startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
 *   return [utf8(`You asked for ${environ.PATH_INFO}\n`)];
 * });
 */
export function text(run: TextFunction, hooks: RichHooks = {}): TextApp {
	requireStampable(run, 'text', ['text'], 'TEXT-1');
	const app: TextFunction = (environ, startResponse) => {
		requireEnviron(environ, 'text', 'TEXT-2');
		return run(environ, startResponse);
	};
	return stamped<TextApp>(app, 'text', hooks);
}

/**
 * Passes a text application through, and refuses everything else with the fix.
 * @param where the name of the call that was given it, for the message
 * @throws Misuse (TEXT-1)
 */
export function requireText(app: unknown, where: string): TextApp {
	if (typeof app === 'function' && layerOf(app) === 'text') return app as TextApp;
	throw refusedApp(app, where, 'text', 'TEXT-1');
}
