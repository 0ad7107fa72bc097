/** The lite form of the bytes layer: a request in, a response out, and no `startResponse`. */
import type { RichHooks } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import { isThenable } from '../../rich/thenable.ts';
import { Misuse } from '../../wire/fault.ts';
import { LAYER, layerOf } from '../../wire/layer.ts';
import { refusedApp, requireEnviron, requireStampable, stamped } from '../stamped.ts';
import type { GatewayFunction } from './app.ts';
import { type Bindings, type Bound, bound, requireBindings } from './bindings.ts';
import type { Body } from './body.ts';
import { BodyReader, closedAfter } from './body-reader.ts';
import type { ByteString } from './byte-string.ts';
import type { Environ } from './environ.ts';
import type { FieldPairs, StartResponse } from './start-response.ts';

/** A response as one value: status line, field lines, body. */
export type LiteResponse = readonly [status: ByteString, fields: FieldPairs, body: Body];

/** What a lite application does with a request. */
export type LiteFunction = (environ: Environ) => LiteResponse | PromiseLike<LiteResponse>;

/** A function stamped by {@link lite}. It is a gateway application too: called with `startResponse` it answers as one. */
export interface LiteApp extends RichHooks {
	(environ: Environ): LiteResponse | PromiseLike<LiteResponse>;
	(environ: Environ, startResponse: StartResponse): Body | PromiseLike<Body>;
	readonly [LAYER]: 'lite';
}

/** Middleware of the lite form; give it what `lighten` gives. */
export type LiteMiddleware = (app: LiteApp) => LiteApp;

/**
 * Makes a lite application of a function. One that is lite already, given alone, is returned as it is.
 *
 * @param run called once for each request, with the values of the bindings behind the environ
 * @param hooks start, stop and protocols; middleware passes the application it wraps, to keep them
 * @throws Misuse when `run` is not a function or belongs to another layer (GATE-21), or for bindings that are none (GATE-30)
 * @example
 * const page = lite({ user: currentUser, session: 'my.session' }, async (environ, { user }) => [
 *   bytes('200 OK'),
 *   [[bytes('Content-Type'), bytes('text/plain; charset=utf-8')]],
 *   [utf8(`Hello, ${user.name}\n`)],
 * ]);
 */
export function lite(run: LiteFunction, hooks?: RichHooks): LiteApp;
export function lite<const B extends Bindings>(
	bindings: B,
	run: (environ: Environ, bound: Bound<B>) => LiteResponse | PromiseLike<LiteResponse>,
	hooks?: RichHooks,
): LiteApp;
export function lite(
	first: LiteFunction | Bindings,
	second?: RichHooks | ((environ: Environ, bound: Bound<Bindings>) => LiteResponse | PromiseLike<LiteResponse>),
	third?: RichHooks,
): LiteApp {
	// Hooks may be an application, which is a function: what comes first tells the two forms apart.
	if (typeof first === 'function' || typeof second !== 'function') {
		requireStampable(first, 'lite', ['lite'], 'GATE-21');
		if (layerOf(first) === 'lite' && second === undefined) return first as unknown as LiteApp;
		return liteApp(first as LiteFunction, null, (second as RichHooks | undefined) ?? {});
	}
	requireBindings(first);
	requireStampable(second, 'lite', ['lite'], 'GATE-21');
	if (layerOf(second) === 'lite') {
		throw new Misuse('GATE-30', 'An application that is lite already takes no bindings: give them where it is made.');
	}
	const run: LiteFunction = (environ) => {
		const values = bound(first, environ);
		return isThenable(values)
			? (values as PromiseLike<Bound<Bindings>>).then((awaited) => second(environ, awaited))
			: second(environ, values as Bound<Bindings>);
	};
	return liteApp(run, null, third ?? {});
}

/**
 * Passes a lite application through, and refuses everything else with the fix.
 * @param where the name of the call that was given it, for the message
 * @throws Misuse (GATE-21)
 */
export function requireLite(app: unknown, where: string): LiteApp {
	if (typeof app === 'function' && layerOf(app) === 'lite') return app as LiteApp;
	throw refusedApp(app, where, 'lite', 'GATE-21');
}

/**
 * A lite application of its lite form and, where it has one, of its gateway form.
 * @param full what answers a call with `startResponse`; null when `run` does
 */
export function liteApp(run: LiteFunction, full: GatewayFunction | null, hooks: RichHooks): LiteApp {
	const app = (environ: Environ, startResponse?: StartResponse): unknown => {
		requireEnviron(environ, 'bytes', 'GATE-5');
		if (startResponse === undefined) return run(environ);
		if (full !== null) return full(environ, startResponse);
		const response = run(environ);
		return isThenable(response)
			? (response as PromiseLike<LiteResponse>).then((awaited) => begun(awaited, startResponse))
			: begun(response as LiteResponse, startResponse);
	};
	return stamped<LiteApp>(app, 'lite', hooks);
}

/** Begins a response by `startResponse` and gives its body; a body that does not get so far is closed. */
function begun(response: LiteResponse, startResponse: StartResponse): Body | PromiseLike<Body> {
	const [status, fields, body] = requireLiteResponse(response);
	try {
		startResponse(status, fields);
	} catch (error) {
		return closedAfter(new BodyReader(body), error);
	}
	return body;
}

/**
 * Passes through what a lite application returned.
 * @throws Misuse for what are not three parts (GATE-20)
 */
function requireLiteResponse(response: unknown): LiteResponse {
	if (Array.isArray(response) && response.length === 3) return response as unknown as LiteResponse;
	throw new Misuse('GATE-20', `A lite application returns [status, fields, body], not ${described(response)}.`);
}
