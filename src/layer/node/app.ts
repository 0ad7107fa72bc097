/** What a node application is: a function of Node's request and response, as Express, Koa and Fastify have it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RichHooks } from '../../rich/app.ts';
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';
import { LAYER, layerOf } from '../../wire/layer.ts';
import { refusedApp, stamped } from '../stamped.ts';
import { frameworkHandler, type NodeFramework } from './framework.ts';

/** What connect-style handlers call when they do not answer: the next one, or with an error. */
export type NodeNext = (error?: unknown) => void;

/** What an application does with a request. What it returns is waited for when it is a promise, and means nothing else. */
export type NodeFunction = (request: IncomingMessage, response: ServerResponse, next: NodeNext) => unknown;

/** A function stamped by {@link node}. Without `next` it is called as node:http calls its listeners. */
export interface NodeApp extends RichHooks {
	(request: IncomingMessage, response: ServerResponse, next?: NodeNext): unknown;
	readonly [LAYER]: 'node';
}

/** Middleware of the node layer. */
export type NodeMiddleware = (app: NodeApp) => NodeApp;

/**
 * Makes a node application of a function `(req, res)`, such as an Express or connect application; of a connect-style handler
 * `(req, res, next)`; or of an application of Koa, Fastify, Nest or Next, which `start` makes ready and `stop` closes.
 *
 * @param app called once for each request; an object is asked for its handler once
 * @param hooks start, stop and protocols; middleware passes the application it wraps, to keep them
 * @throws Misuse for what is none of these, and for an application of another layer (NODE-1)
 * @example
 * const site = node(express().get('/', (req, res) => res.send('hello')));
 * const api = node(fastify().get('/', async () => ({ hello: 'world' })));
 */
export function node(app: NodeFunction | NodeFramework, hooks?: RichHooks): NodeApp {
	const layer = layerOf(app);
	if (layer !== null && layer !== 'node') throw refusedApp(app, 'node()', 'node', 'NODE-1');
	if (layer === 'node') {
		const inner = app as NodeApp;
		return stamped<NodeApp>(
			(request: IncomingMessage, response: ServerResponse, next?: NodeNext) => inner(request, response, next),
			'node',
			hooks ?? inner,
		);
	}
	const handler = frameworkHandler(app);
	if (handler !== null) return stamped<NodeApp>(handler.run, 'node', hooks ?? handler.hooks);
	if (typeof app !== 'function') {
		throw new Misuse(
			'NODE-1',
			`node() takes a function (req, res) => …, or an application of Express, connect, Koa, Fastify, Nest or Next, not ${described(app)}.`,
		);
	}
	const run = app as NodeFunction;
	return stamped<NodeApp>(
		(request: IncomingMessage, response: ServerResponse, next?: NodeNext) => run(request, response, next as NodeNext),
		'node',
		hooks ?? {},
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
