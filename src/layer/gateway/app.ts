/** What a gateway application is: WSGI in TypeScript, on byte strings. */
import type { RichHooks } from '../../rich/app.ts';
import { LAYER, layerOf } from '../../wire/layer.ts';
import { refusedApp, requireEnviron, requireStampable, stamped } from '../stamped.ts';
import type { Body } from './body.ts';
import type { Environ } from './environ.ts';
import type { StartResponse } from './start-response.ts';

/** What an application does with a request: it calls `startResponse` at the latest before its first block, and returns the body. */
export type GatewayFunction = (environ: Environ, startResponse: StartResponse) => Body | PromiseLike<Body>;

/** A function stamped by {@link gateway}, or by `lite`: a lite application answers the same call. */
export interface GatewayApp extends RichHooks {
	(environ: Environ, startResponse: StartResponse): Body | PromiseLike<Body>;
	readonly [LAYER]: 'gateway' | 'lite';
}

/** Middleware of the bytes layer. */
export type GatewayMiddleware = (app: GatewayApp) => GatewayApp;

/**
 * Makes a gateway application of a function. Called with an environ of another layer it throws.
 *
 * @param run called once for each request
 * @param hooks start, stop and protocols; middleware passes the application it wraps, to keep them
 * @throws Misuse when `run` is not a function, or belongs to another layer (GATE-4)
 * @example
 * const hello = gateway((environ, startResponse) => {
 *   startResponse(bytes('200 OK'), [[bytes('Content-Type'), bytes('text/plain')]]);
 *   return [utf8('hello\n')];
 * });
 */
export function gateway(run: GatewayFunction, hooks: RichHooks = {}): GatewayApp {
	requireStampable(run, 'gateway', ['gateway', 'lite'], 'GATE-4');
	const app: GatewayFunction = (environ, startResponse) => {
		requireEnviron(environ, 'bytes', 'GATE-5');
		return run(environ, startResponse);
	};
	return stamped<GatewayApp>(app, 'gateway', hooks);
}

/**
 * Passes a gateway application through, or a lite one, which answers the same call, and refuses everything else with
 * the fix.
 * @param where the name of the call that was given it, for the message
 * @throws Misuse (GATE-3)
 */
export function requireGateway(app: unknown, where: string): GatewayApp {
	const layer = layerOf(app);
	if (typeof app === 'function' && (layer === 'gateway' || layer === 'lite')) return app as GatewayApp;
	throw refusedApp(app, where, 'gateway', 'GATE-3');
}
