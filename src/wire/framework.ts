/** Applications of frameworks, which have no stamp, by the methods that they have: to take them, or to say how one is stamped. */

/** A framework of Node's `(req, res)`. Those of Express include connect. */
export type NodeFrameworkName = 'nest' | 'fastify' | 'next' | 'express' | 'koa';

/** The framework of Node's `(req, res)` that a value is an application of; null for none that is known. */
export function nodeFrameworkName(app: unknown): NodeFrameworkName | null {
	if (has(app, 'getHttpAdapter') && has(app, 'init')) return 'nest';
	if (has(app, 'routing') && has(app, 'ready') && has(app, 'inject')) return 'fastify';
	if (has(app, 'getRequestHandler') && has(app, 'prepare')) return 'next';
	if (typeof app === 'function' && has(app, 'handle') && has(app, 'listen')) return 'express';
	return has(app, 'callback') && has(app, 'use') ? 'koa' : null;
}

/** What stamps the application of a framework, which is also the name of the layer that it speaks; null where none is known. */
export function frameworkLayer(app: unknown): 'fetch' | 'node' | null {
	// First, since a server of Yoga is a function with this method, and routers of itty have every method that one asks for.
	if (has(app, 'fetch')) return 'fetch';
	return nodeFrameworkName(app) === null ? null : 'node';
}

function has(app: unknown, method: string): boolean {
	if ((typeof app !== 'object' && typeof app !== 'function') || app === null) return false;
	return typeof (app as Record<string, unknown>)[method] === 'function';
}
