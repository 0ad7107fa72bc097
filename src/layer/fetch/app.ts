/** What a fetch application is: a function from a standard Request to a standard Response. */
import type { RichHooks } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { frameworkLayer } from '../../wire/framework.ts';
import { LAYER, layerOf } from '../../wire/layer.ts';
import { isMarked } from '../fetch-server/protocol.ts';
import { refusedApp, requireStampable, stamped } from '../stamped.ts';
import type { FetchContext } from './context.ts';

/**
 * What an application does with a request. The context comes a second time as the third argument, where frameworks made for
 * workers look for `waitUntil`.
 */
export type FetchFunction = (
	request: Request,
	context: FetchContext,
	again: FetchContext,
) => Response | PromiseLike<Response>;

/** An object with a fetch method: `export default { fetch }`, or an application of a framework, as of Hono. */
export interface FetchObject {
	readonly fetch: FetchFunction;
}

/** An object whose fetch takes things behind the request that it knows more of than we do: as of Hono, made for workers. */
export interface ForeignFetchObject {
	readonly fetch: (request: Request, ...rest: never[]) => Response | PromiseLike<Response>;
}

/**
 * A function stamped by {@link fetch}. Its member `fetch` is itself, so it can be exported where a runtime wants an object
 * with fetch. The context is made by whoever runs it; another host may leave it out.
 */
export interface FetchApp extends RichHooks {
	(request: Request, context?: FetchContext, ...rest: readonly unknown[]): Response | PromiseLike<Response>;
	readonly fetch: (request: Request, ...rest: readonly unknown[]) => Response | PromiseLike<Response>;
	readonly [LAYER]: 'fetch';
}

/** Middleware of the fetch layer. */
export type FetchMiddleware = (app: FetchApp) => FetchApp;

/**
 * Makes a fetch application of a function, or of an object with a fetch method.
 *
 * @param handler called once for each request, as a method of its object where it has one
 * @param hooks start, stop and protocols; middleware passes the application it wraps, to keep them
 * @throws Misuse for what is neither, and for an application of another layer (FETCH-1)
 * @example
 * const hello = fetch((request) => new Response(`You asked for ${new URL(request.url).pathname}\n`));
 * const site = fetch(new Hono().get('/', (c) => c.text('hello')));
 */
export function fetch(handler: FetchFunction | FetchObject, hooks?: RichHooks): FetchApp;
export function fetch(handler: ForeignFetchObject, hooks?: RichHooks): FetchApp;
export function fetch(handler: FetchFunction | FetchObject | ForeignFetchObject, hooks?: RichHooks): FetchApp {
	const run = handlerOf(handler);
	// A stamped application has hooks of its own, which stay unless others are given.
	const kept = hooks ?? (layerOf(handler) === 'fetch' ? (handler as unknown as FetchApp) : {});
	const app = stamped<FetchApp>(
		// What a host gives behind its second argument is passed on as it is; where there is nothing, our context again.
		(request: Request, context: FetchContext, again: FetchContext = context) => run(request, context, again),
		'fetch',
		kept,
	);
	(app as { fetch: FetchApp['fetch'] }).fetch = app as FetchApp['fetch'];
	return app;
}

function handlerOf(handler: unknown): FetchFunction {
	if (frameworkLayer(handler) !== 'node' && typeof handler === 'object' && handler !== null) {
		if (isMarked(handler)) {
			throw new Misuse(
				'FETCH-1',
				'fetch() was given a handler object of the Fetch Server API, by its marker: its fetch takes a context and not a Request. Stamp it by fetchServer(), of rsgi/fetch-server.',
			);
		}
		if (layerOf(handler) === null && typeof (handler as FetchObject).fetch === 'function') {
			const object = handler as FetchObject;
			return (request, context, again) => object.fetch(request, context, again);
		}
		throw new Misuse(
			'FETCH-1',
			`fetch() takes a function (request) => …, or an object with a fetch method, not ${described(handler)}.`,
		);
	}
	requireStampable(handler, 'fetch', ['fetch'], 'FETCH-1');
	return handler as FetchFunction;
}

/**
 * Passes a fetch application through, and refuses everything else with the fix.
 * @param where the name of the call that was given it, for the message
 * @throws Misuse (FETCH-1)
 */
export function requireFetch(app: unknown, where: string): FetchApp {
	if (typeof app === 'function' && layerOf(app) === 'fetch') return app as FetchApp;
	throw refusedApp(app, where, 'fetch', 'FETCH-1');
}
