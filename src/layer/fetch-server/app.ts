/** What a Fetch Server API application is: an object with `fetch`, perhaps `connect` and `error`, and the protocol marker. */
import type { RichHooks } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { LAYER, layerOf } from '../../wire/layer.ts';
import type { ConnectContext, ServerContext } from './context.ts';
import { isMarked, PROTOCOL, PROTOCOL_VERSION } from './protocol.ts';

/** What a handler gives: a response, or nothing after `deny`, `accept` or the end of the exchange. */
export type Handled = Response | undefined | void | PromiseLike<Response | undefined | void>;

/** The handlers. They are called as methods of their object. */
export interface HandlerObject {
	/** Answers a request. */
	readonly fetch: (ctx: ServerContext) => Handled;
	/** Answers CONNECT, extended CONNECT and Upgrade. */
	readonly connect?: ((ctx: ConnectContext) => Handled) | undefined;
	/** Answers in the place of a handler that has failed. */
	readonly error?: ((ctx: ServerContext, error: unknown) => Handled) | undefined;
}

/** A handler object with the marker, as it is exported for any server that speaks the API. */
export interface MarkedHandler extends HandlerObject {
	readonly [PROTOCOL]: 1;
}

/** A handler object stamped by {@link fetchServer}. */
export interface FetchServerApp extends MarkedHandler, RichHooks {
	readonly [LAYER]: 'fetch-server';
}

/** What `connect` is asked for over HTTP/2, unless the application declares something else (RICH-34). */
const TUNNEL_PROTOCOLS: readonly string[] = ['websocket', 'webtransport', 'connect-udp', 'connect-ip'];

/**
 * Makes a Fetch Server API application of a handler object: gives it the marker of the API and the stamp of the layer.
 *
 * @param handler with or without the marker; its handlers are called as its methods
 * @param hooks start, stop and protocols: those that `connect` is asked for by extended CONNECT; by default
 * websocket, webtransport, connect-udp and connect-ip where there is a `connect`
 * @throws Misuse for what is no handler object (FSA-1), and for a marker of another version (FSA-2)
 * @example
 * export default fetchServer({
 *   fetch: (ctx) => new Response(`hello, ${ctx.remoteAddress.address}\n`),
 * });
 */
export function fetchServer(handler: HandlerObject, hooks?: RichHooks): FetchServerApp {
	requireHandlers(handler);
	const kept: RichHooks = hooks ?? (isStamped(handler) ? handler : {});
	const { connect, error } = handler;
	const protocols = kept.protocols ?? (connect === undefined ? undefined : TUNNEL_PROTOCOLS);
	return {
		[PROTOCOL]: PROTOCOL_VERSION,
		[LAYER]: 'fetch-server',
		fetch: (ctx) => handler.fetch(ctx),
		...(connect !== undefined && { connect: (ctx) => connect.call(handler, ctx) }),
		...(error !== undefined && { error: (ctx, cause) => error.call(handler, ctx, cause) }),
		...(kept.start !== undefined && { start: kept.start }),
		...(kept.stop !== undefined && { stop: kept.stop }),
		...(protocols !== undefined && { protocols }),
	};
}

/** Whether a value is an application of this layer: stamped by `fetchServer()`, or a handler object with the marker. */
export function isFetchServer(value: unknown): value is MarkedHandler {
	return isMarked(value) && (layerOf(value) ?? 'fetch-server') === 'fetch-server';
}

/**
 * Passes an application through, stamps a handler object that has the marker, and refuses everything else with the fix.
 * @param where the name of the call that was given it, for the message
 * @throws Misuse (FSA-1, FSA-2)
 */
export function requireFetchServer(app: unknown, where: string): FetchServerApp {
	if (isStamped(app)) return app;
	if (isFetchServer(app)) return fetchServer(app);
	const layer = layerOf(app);
	const takes = `${where} takes a Fetch Server API application`;
	if (layer !== null) {
		const fix = layer === 'rich' ? 'richToFetchServer(app)' : "adapt(app, 'fetch-server')";
		throw new Misuse('FSA-1', `${takes}; this one speaks the ${layer} layer: wrap it, as ${fix}.`);
	}
	throw new Misuse(
		'FSA-1',
		hasFetch(app)
			? `${takes}, and this object with fetch has no marker: wrap it, as fetchServer(handler), or by fetch() of rsgi/fetch when it takes a Request.`
			: `${takes}, made by fetchServer({ fetch: (ctx) => … }), not ${described(app)}.`,
	);
}

function requireHandlers(handler: unknown): asserts handler is HandlerObject {
	const layer = layerOf(handler);
	if (layer !== null && layer !== 'fetch-server') throw refused(`an application of the ${layer} layer`);
	if (!hasFetch(handler)) throw refused(described(handler));
	if (isMarked(handler) && handler[PROTOCOL] !== PROTOCOL_VERSION) {
		throw new Misuse(
			'FSA-2',
			`This handler object speaks version ${String(handler[PROTOCOL])} of the Fetch Server API, by its marker wintertc.server.protocol: version 1 is known here.`,
		);
	}
	for (const name of ['connect', 'error'] as const) {
		const given: unknown = handler[name];
		if (given !== undefined && typeof given !== 'function') {
			throw new Misuse('FSA-1', `The ${name} of a handler object is a function, not ${described(given)}.`);
		}
	}
}

function refused(what: string): Misuse {
	return new Misuse('FSA-1', `fetchServer() takes an object with a fetch method, (ctx) => …, not ${what}.`);
}

function hasFetch(value: unknown): value is HandlerObject {
	return typeof value === 'object' && value !== null && typeof (value as HandlerObject).fetch === 'function';
}

function isStamped(value: unknown): value is FetchServerApp {
	return isMarked(value) && layerOf(value) === 'fetch-server';
}
