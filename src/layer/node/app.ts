/** What a node application is: a function of Node's request and response, as Express, Koa and Fastify have it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RichHooks } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { LAYER, layerOf } from '../../wire/layer.ts';
import { refusedApp, stamped } from '../stamped.ts';
import { frameworkHandler, type NodeFramework } from './framework.ts';
import { isServerLike, type ServerLike, serverListener } from './server-events.ts';

/** What connect-style handlers call when they do not answer: the next one, or with an error. */
export type NodeNext = (error?: unknown) => void;

/** What an application does with a request. What it returns is waited for when it is a promise, and means nothing else. */
export type NodeFunction = (request: IncomingMessage, response: ServerResponse, next: NodeNext) => unknown;

/** The hooks of an application, and the server that it hangs listeners on. */
export interface NodeHooks extends RichHooks {
	/** Told of requests for tunnels, as `upgrade` and `connect`, where it has listeners. */
	readonly server?: ServerLike | undefined;
}

/** A function stamped by {@link node}. Without `next` it is called as node:http calls its listeners. */
export interface NodeApp extends NodeHooks {
	(request: IncomingMessage, response: ServerResponse, next?: NodeNext): unknown;
	readonly [LAYER]: 'node';
}

/** Middleware of the node layer. */
export type NodeMiddleware = (app: NodeApp) => NodeApp;

/**
 * Makes a node application of a function `(req, res)`, such as an Express or connect application; of a connect-style handler
 * `(req, res, next)`; of an application of Koa, Fastify, Nest or Next, which `start` makes ready and `stop` closes; or of a server, by
 * `nodeServer()` or by http.createServer(), that applications have hung their listeners on. It need not listen by itself.
 *
 * @param app called once for each request; an object is asked for its handler once
 * @param hooks start, stop and protocols; middleware passes the application it wraps, to keep them
 * @throws Misuse for what is none of these, and for an application of another layer (NODE-1)
 * @example
 * const site = node(express().get('/', (req, res) => res.send('hello')));
 * const api = node(fastify().get('/', async () => ({ hello: 'world' })));
 */
export function node(app: NodeFunction | NodeFramework | ServerLike, hooks?: NodeHooks): NodeApp {
	const layer = layerOf(app);
	if (layer !== null && layer !== 'node') throw refusedApp(app, 'node()', 'node', 'NODE-1');
	const listener = listenerOf(app);
	const kept = hooks ?? listener.hooks;
	const made = stamped<NodeApp>(listener.run, 'node', kept);
	if (kept.server !== undefined) (made as { server?: ServerLike }).server = kept.server;
	return made;
}

/** What is called for each request; the stamp goes to a new function. */
function listenerOf(app: unknown): { readonly run: NodeFunction; readonly hooks: NodeHooks } {
	if (layerOf(app) === 'node') {
		const inner = app as NodeApp;
		return { run: (request, response, next) => inner(request, response, next), hooks: inner };
	}
	const framework = frameworkHandler(app);
	if (framework !== null) return framework;
	if (isServerLike(app)) {
		const { start, stop, protocols } = app as ServerLike & RichHooks;
		// WebSockets come over HTTP/2 where they are declared, and who will listen for them is not known yet.
		const hooks = { start, stop, protocols: protocols ?? ['websocket'], server: app };
		return { run: serverListener(app), hooks };
	}
	if (typeof app === 'function') {
		const run = app as NodeFunction;
		return { run: (request, response, next) => run(request, response, next), hooks: {} };
	}
	throw new Misuse(
		'NODE-1',
		`node() takes a function (req, res) => …, a server, or an application of Express, connect, Koa, Fastify, Nest or Next, not ${described(app)}.`,
	);
}

/**
 * Passes a node application through, and refuses everything else with the fix.
 * @param where the name of the call that was given it, for the message
 * @throws Misuse (NODE-1)
 */
export function requireNode(app: unknown, where: string): NodeApp {
	if (typeof app === 'function' && layerOf(app) === 'node') return app as NodeApp;
	throw refusedApp(app, where, 'node', 'NODE-1');
}
