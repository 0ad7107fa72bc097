/** How escaped exchanges fail, how deep they nest, and who hears of their end. */
import { type FieldsInit, type RichApp, type RichMiddleware, rich, utf8, WrappedExchange } from 'rsgi';
import { fetchServerToRich, fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape, interceptEscapes, placeholder } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer } from 'rsgi/fetch-server';
import { gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { expect } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { answer } from '../../support/escaping-gateway.ts';
import { type Served, served } from '../../support/served.ts';
import { type Case, FAILED, fetched, fetching, handled, logged, noded, ran } from './case.ts';
import type { Client } from './client.ts';
import { inEscaping } from './clients.ts';

const failing: readonly RichApp[] = [
	rich(() => {
		throw new Error('boom');
	}),
	rich(async () => {
		await null;
		throw new Error('boom');
	}),
	rich(() => {
		throw 'boom';
	}),
];

const failsBefore: Case = {
	title: 'errors in the escaped app before its response began',
	rules: 'ESC-25',
	happens:
		'A 500, and the log is told, as of any rich application. The framework’s error handler is not asked: its part is over.',
	seenIn: inEscaping(async (client, make) => {
		for (const app of failing) {
			const site = await make(app);
			expect(await client.told(site.url)).toEqual(FAILED);
			expect(logged(site)).toContain('boom');
		}
	}),
};

const halfway: readonly RichApp[] = [
	rich((exchange) => {
		exchange.respond(200, ['content-length', '9']);
		exchange.write(utf8('x'));
		throw new Error('boom');
	}),
	rich(async (exchange) => {
		exchange.respond(200);
		exchange.write(utf8('x'));
		await null;
		throw new Error('boom');
	}),
];

const failsAfter: Case = {
	title: 'errors in the escaped app after its response began',
	rules: 'ESC-25',
	happens: 'The response is broken off, so that the client sees it, and the log is told.',
	seenIn: inEscaping(async (client, make) => {
		for (const app of halfway) {
			const site = await make(app);
			await expect(client.ask(site.url)).rejects.toThrow();
			expect(logged(site)).toContain('boom');
		}
	}),
};

/** Makes a layer whose application escapes to another. */
const LAYERS: Readonly<Record<string, (target: RichApp) => RichApp>> = {
	gateway: (target) => gatewayToRich(gateway(underGateway(target))),
	fetch: (target) => fetchToRich(fetchApp((request) => escape(request, target))),
	node: (target) => nodeToRich(node((req, res) => escape(req, res, target))),
	'Fetch Server API': (target) => fetchServerToRich(fetchServer({ fetch: (context) => escape(context, target) })),
};

/** So many escapes, one in the other, through these layers in turn. */
function nested(depth: number, layers: readonly string[]): RichApp {
	let app = answer;
	for (let at = 0; at < depth; at++) app = (LAYERS[layers[at % layers.length] as string] as Untyped)(app);
	return app;
}

const deep =
	(...layers: string[]) =>
	async (client: Client): Promise<void> => {
		await ran(client, await served(nested(8, layers)));
		const site = await served(nested(9, layers));
		expect((await client.told(site.url))[0]).toBe(500);
		expect(logged(site)).toContain('ESC-8');
	};

const nesting: Case = {
	title: 'nested escapes to a stated depth',
	rules: 'ESC-8',
	happens: 'Eight deep they run; the ninth is refused, which is a 500.',
	seenIn: {
		...Object.fromEntries(Object.keys(LAYERS).map((name) => [name, deep(name)])),
		'all layers in turn': deep(...Object.keys(LAYERS)),
	},
};

/** Sees that the end is told once, behind what the application did, and not before. */
const completing =
	(make: (target: RichApp, tell: (said: unknown) => void) => Promise<{ readonly url: string }>, expected: unknown) =>
	async (client: Client): Promise<void> => {
		const order: unknown[] = [];
		const told = Promise.withResolvers<void>();
		const goOn = Promise.withResolvers<void>();
		const app = rich(async (exchange) => {
			exchange.respond(200);
			exchange.write(utf8('ri'));
			await goOn.promise;
			order.push('ended');
			exchange.end(utf8('ch'));
		});
		const site = await make(app, (said) => {
			order.push(said);
			told.resolve();
		});
		const open = await client.begin(site.url);
		open.end();
		await open.arrived('ri');
		expect(order).toEqual([]);
		goOn.resolve();
		expect((await open.answer).text).toBe('rich');
		await told.promise;
		expect(order).toEqual(['ended', expected]);
	};

const COMPLETE = { reason: 'complete', code: 0 };

const completion: Case = {
	title: 'completion hooks',
	rules: 'ESC-27, ESC-53, ESC-55, ESC-61',
	happens: 'They hear of the end of the escaped exchange, once, and not before.',
	seenIn: {
		gateway: completing(
			(app, tell) =>
				served(
					gatewayToRich(
						gateway((environ, startResponse) => {
							environ['rsgi.completed']?.(tell);
							return underGateway(app)(environ, startResponse);
						}),
					),
				),
			COMPLETE,
		),
		fetch: completing(
			(app, tell) =>
				fetched((request, context) => {
					void context.completed.then(tell);
					return escape(request, app);
				}),
			COMPLETE,
		),
		'Fetch Server API': completing(
			(app, tell) =>
				handled((context) => {
					void context.completed?.then(() => tell('completed'));
					return escape(context, app);
				}),
			'completed',
		),
		'Hono, by its env': completing((app, tell) => {
			const site = new (compatModule('hono').Hono)();
			site.use(async (c: Untyped, next: () => Promise<void>) => {
				void c.env.completed.then(tell);
				await next();
			});
			site.get('/', (c: Untyped) => escape(c.req.raw, app));
			return fetching(site);
		}, COMPLETE),
		'Express’s morgan': completing((app, tell) => {
			const site = compatModule('express')();
			site.use(compatModule('morgan')(':method :url', { stream: { write: (line: string) => tell(line.trim()) } }));
			site.get('/', (req: Untyped, res: Untyped) => escape(req, res, app));
			return noded(site);
		}, 'GET /'),
		'on-finished': completing((app, tell) => {
			const site = compatModule('express')();
			site.use((_req: Untyped, res: Untyped, next: () => void) => {
				compatModule('on-finished')(res, (error: unknown) => tell(error));
				next();
			});
			site.get('/', (req: Untyped, res: Untyped) => escape(req, res, app));
			return noded(site);
		}, null),
		'Fastify’s onResponse': completing(async (app, tell) => {
			const site = compatModule('fastify')();
			site.addHook('onResponse', async () => tell('onResponse'));
			site.get('/', (request: Untyped, reply: Untyped) => {
				const { headers, body } = placeholder(request.raw, app);
				return reply.headers(headers).send(body);
			});
			await site.ready();
			return noded(site);
		}, 'onResponse'),
	},
};

const missing = rich((exchange) => {
	exchange.respond(404, ['content-type', 'text/plain', 'content-length', '2']);
	exchange.end(utf8('no'));
});

/** Sees what a log says of an escaped exchange that was answered 404. */
const logging =
	(expected: string, make: (tell: (line: string) => void) => Promise<Served>) =>
	async (client: Client): Promise<void> => {
		const line = Promise.withResolvers<string>();
		const site = await make(line.resolve);
		expect(await client.told(site.url)).toEqual([404, 'no']);
		expect(await line.promise).toBe(expected);
	};

const observers: Case = {
	title: 'logging and limiting middleware that wants to know how the escaped exchange ended',
	rules: 'ESC-57, ESC-27, ESC-53',
	happens:
		'Node’s response shows status, type and length of what was sent, and nothing of the placeholder. Elsewhere an interceptor sees the exchange, and hooks its outcome.',
	seenIn: {
		'Express’s morgan': logging('404 2 text/plain', (tell) => {
			const site = compatModule('express')();
			const write = (line: string): void => tell(line.trim());
			site.use(compatModule('morgan')(':status :res[content-length] :res[content-type]', { stream: { write } }));
			site.get('/', (req: Untyped, res: Untyped) => escape(req, res, missing));
			return noded(site);
		}),
		'Koa, when its response has finished': logging('404 text/plain', (tell) => {
			const site = new (compatModule('koa'))();
			site.use((ctx: Untyped, next: () => unknown) => {
				ctx.res.once('finish', () => tell(`${ctx.status} ${ctx.response.get('content-type')}`));
				return next();
			});
			site.use((ctx: Untyped) => {
				const { headers, body } = placeholder(ctx.req, missing);
				ctx.set(headers);
				ctx.body = body;
			});
			return noded(site);
		}),
		'Fastify’s onResponse': logging('404', async (tell) => {
			const site = compatModule('fastify')();
			site.addHook('onResponse', async (_request: Untyped, reply: Untyped) => tell(String(reply.statusCode)));
			site.get('/', (request: Untyped, reply: Untyped) => {
				const { headers, body } = placeholder(request.raw, missing);
				return reply.headers(headers).send(body);
			});
			await site.ready();
			return noded(site);
		}),
		'Hono, by an interceptor': logging('404', (tell) => {
			const site = new (compatModule('hono').Hono)();
			class Logged extends WrappedExchange {
				override respond(status: number, fields?: FieldsInit, reason?: string): void {
					tell(String(status));
					super.respond(status, fields, reason);
				}
			}
			const logs: RichMiddleware = (app) => rich((exchange) => Logged.run(app, new Logged(exchange)), app);
			site.use((_c: Untyped, next: () => Promise<void>) => interceptEscapes(logs, next));
			site.get('/', (c: Untyped) => escape(c.req.raw, missing));
			return fetching(site);
		}),
		async 'express-rate-limit, which does not count what failed'(client) {
			const site = compatModule('express')();
			const { rateLimit } = compatModule('express-rate-limit');
			site.use(rateLimit({ limit: 1, skipFailedRequests: true, validate: false, keyGenerator: () => 'all' }));
			site.get('/', (req: Untyped, res: Untyped) => escape(req, res, missing));
			site.get('/found', (req: Untyped, res: Untyped) => escape(req, res, answer));
			const { url } = await noded(site);
			for (let at = 0; at < 3; at++) expect((await client.ask(url)).status).toBe(404);
			expect((await client.ask(url, { path: '/found' })).status).toBe(200);
			expect((await client.ask(url, { path: '/found' })).status).toBe(429);
		},
	},
};

export const ENDS: readonly Case[] = [failsBefore, failsAfter, nesting, completion, observers];
