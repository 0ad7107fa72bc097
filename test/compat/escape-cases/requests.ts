/** Retries, and request content that somebody has had before. */
import { rich, utf8 } from 'rsgi';
import { gatewayToRich, underGateway } from 'rsgi/adapters';
import { type Discarded, escape, interceptEscapes, placeholder } from 'rsgi/escape';
import { gateway } from 'rsgi/gateway';
import { expect } from 'vitest';
import type { RichMiddleware } from '../../../src/rich/app.ts';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { type Served, served } from '../../support/served.ts';
import { type Case, counting, echo, fetched, fetching, handled, logged, noded, ran } from './case.ts';
import type { Client } from './client.ts';

// ---- retries --------------------------------------------------------------------------------------------------------

/** What has been registered twice, of which one is run. */
interface Twice {
	readonly counted: ReturnType<typeof counting>;
	readonly discards: string[];
	readonly options: { discarded(why: Discarded): void };
	/** Interceptors that were entered by a run. */
	readonly intercepted: string[];
	readonly intercept: RichMiddleware;
}

function twice(): Twice {
	const discards: string[] = [];
	const intercepted: string[] = [];
	const intercept: RichMiddleware = (app) =>
		Object.assign((exchange: Untyped) => {
			intercepted.push('run');
			return app(exchange);
		}, app) as Untyped;
	return {
		counted: counting(),
		discards,
		intercepted,
		intercept,
		options: { discarded: ({ reason }) => void discards.push(reason) },
	};
}

const once =
	(make: (two: Twice) => Promise<Served>) =>
	async (client: Client): Promise<void> => {
		const two = twice();
		await ran(client, await make(two));
		expect([two.counted.runs, two.discards]).toEqual([1, ['replaced']]);
		expect(two.intercepted.length).toBeLessThanOrEqual(1);
	};

const retries: Case = {
	title: 'middleware that retries calls the app twice',
	rules: 'ESC-10, ESC-26, ESC-30',
	happens:
		'Each call registers; the placeholder that arrives runs, once, behind its interceptors, once. The other is discarded as `replaced`.',
	seenIn: {
		gateway: once(({ counted, options }) => {
			const route = gateway((environ, startResponse) =>
				(environ['rsgi.upgrade'] as Untyped)(counted.app, startResponse, options),
			);
			const retrying = gateway(async (environ, startResponse) => {
				await route(environ, () => () => Promise.resolve());
				return route(environ, startResponse);
			}, route);
			return served(gatewayToRich(retrying));
		}),
		'gateway, around an interceptor': once(({ counted, options, intercept }) => {
			const route = gateway((environ, startResponse) =>
				(environ['rsgi.upgrade'] as Untyped)(counted.app, startResponse, options),
			);
			const counts = gateway((environ, startResponse) => {
				const upgrade = environ['rsgi.upgrade'] as Untyped;
				const wrapped = (app: Untyped, start: Untyped, given: Untyped): Untyped =>
					upgrade(intercept(app), start, given);
				return route({ ...environ, 'rsgi.upgrade': wrapped }, startResponse);
			}, route);
			const retrying = gateway(async (environ, startResponse) => {
				await counts(environ, () => () => Promise.resolve());
				return counts(environ, startResponse);
			}, route);
			return served(gatewayToRich(retrying));
		}),
		'fetch, the second': once(({ counted, options }) =>
			fetched((request) => {
				escape(request, counted.app, options);
				return escape(request, counted.app, options);
			}),
		),
		'fetch, the first': once(({ counted, options }) =>
			fetched((request) => {
				const first = escape(request, counted.app, options);
				escape(request, counted.app, options);
				return first;
			}),
		),
		async 'fetch, of three the one in the middle'(client) {
			const ran: string[] = [];
			const reasons: string[] = [];
			const site = await fetched((request) => {
				const [, middle] = ['one', 'two', 'three'].map((name) => {
					const app = rich((exchange) => {
						ran.push(name);
						exchange.respond(200);
						exchange.end(utf8(name));
					});
					return escape(request, app, { discarded: ({ reason }) => void reasons.push(`${name} ${reason}`) });
				});
				return middle as Response;
			});
			expect(await client.told(site.url)).toEqual([200, 'two']);
			expect([ran, reasons]).toEqual([['two'], ['one replaced', 'three replaced']]);
		},
		'fetch, around an interceptor': once(({ counted, options, intercept }) =>
			fetched(async (request) => {
				const call = (): Promise<Response> =>
					interceptEscapes(intercept, () => Promise.resolve(escape(request, counted.app, options)));
				await call();
				return call();
			}),
		),
		'Fetch Server API, around an interceptor that failed first': once(({ counted, options, intercept }) =>
			handled(async (context) => {
				const call = (fails: boolean): Promise<Response> =>
					interceptEscapes(intercept, async () => {
						const response = escape(context, counted.app, options);
						if (fails) throw new Error('for now');
						return response;
					});
				return call(true).catch(() => call(false));
			}),
		),
		'node, around an interceptor': once(({ counted, options, intercept }) =>
			noded((req: Untyped, res: Untyped) => {
				const call = (): Untyped => interceptEscapes(intercept, () => placeholder(req, counted.app, options));
				call();
				const { headers, body } = call();
				for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
				res.end(body);
			}),
		),
		'Hono, by fetch() of the app': once(({ counted, options }) => {
			const { Hono } = compatModule('hono');
			const app = new Hono();
			app.get('/', (c: Untyped) => escape(c.req.raw, counted.app, options));
			return fetched(async (request) => {
				await app.fetch(request);
				return app.fetch(request);
			});
		}),
		'Koa, by its body': once(({ counted, options }) => {
			const app = new (compatModule('koa'))();
			const route = (ctx: Untyped): void => {
				const { headers, body } = placeholder(ctx.req, counted.app, options);
				ctx.set(headers);
				ctx.body = body;
			};
			app.use((ctx: Untyped) => {
				route(ctx);
				route(ctx);
			});
			return noded(app);
		}),
	},
};

/** What was thrown, as text. */
function thrown(run: () => unknown): string {
	try {
		run();
	} catch (error) {
		return String(error);
	}
	return 'nothing was thrown';
}

/** Sees that a replay behind a run is refused, in whatever way it is told of the end. */
const replayed =
	(make: (counted: ReturnType<typeof counting>, tell: (said: string) => void) => Promise<Served>) =>
	async (client: Client): Promise<void> => {
		const counted = counting();
		const said = Promise.withResolvers<string>();
		await ran(client, await make(counted, said.resolve));
		expect(await said.promise).toContain('ESC-5');
		expect(counted.runs).toBe(1);
	};

const passing: RichMiddleware = (app) => app;

const replays: Case = {
	title: 'middleware replays the request behind a placeholder that has been run',
	rules: 'ESC-5',
	happens: 'The registration is refused, also behind interceptors. The application runs once.',
	seenIn: {
		gateway: replayed((counted, tell) =>
			served(
				gatewayToRich(
					gateway((environ, startResponse) => {
						const upgrade = environ['rsgi.upgrade'] as Untyped;
						environ['rsgi.completed']?.(() => tell(thrown(() => upgrade(passing(counted.app), startResponse))));
						return underGateway(counted.app)(environ, startResponse);
					}),
				),
			),
		),
		fetch: replayed((counted, tell) =>
			fetched((request, context) => {
				const call = (): Response => interceptEscapes(passing, () => escape(request, counted.app));
				void context.completed.then(() => tell(thrown(call)));
				return call();
			}),
		),
		'Fetch Server API': replayed((counted, tell) =>
			handled((context) => {
				const call = (): Response => interceptEscapes(passing, () => escape(context, counted.app));
				void context.completed?.then(() => tell(thrown(call)));
				return call();
			}),
		),
		Express: replayed((counted, tell) => {
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => {
				const call = (): void => interceptEscapes(passing, () => escape(req, res, counted.app));
				res.once('finish', () => tell(thrown(call)));
				call();
			});
			return noded(app);
		}),
	},
};

// ---- content --------------------------------------------------------------------------------------------------------

const POST = { method: 'POST', headers: { 'content-type': 'application/json' }, content: '{"a":1}' };

/** Sees that an application that takes what there is gets nothing of it, and one that wants the whole is not run. */
const consumed =
	(make: (content: 'any' | 'whole') => Promise<Served>) =>
	async (client: Client): Promise<void> => {
		expect(await client.told((await make('any')).url, POST)).toEqual([200, 'none:']);
		const whole = await make('whole');
		expect((await client.told(whole.url, POST))[0]).toBe(500);
		expect(logged(whole)).toContain('ESC-21');
	};

function expressParsing(content: 'any' | 'whole'): Promise<Served> {
	const app = compatModule('express')();
	app.use(compatModule('body-parser').json());
	app.post('/', (req: Untyped, res: Untyped) => {
		expect(req.body).toEqual({ a: 1 });
		escape(req, res, echo, { content });
	});
	return noded(app);
}

const wholly: Case = {
	title: 'request content wholly consumed',
	rules: 'ESC-21, ESC-24',
	happens:
		'The application gets none, and is told so; one that was registered with `content: "whole"` is a 500 in its place.',
	seenIn: {
		gateway: consumed((content) =>
			served(
				gatewayToRich(
					gateway(async (environ, startResponse) => {
						for await (const _chunk of environ['wsgi.input']);
						return (environ['rsgi.upgrade'] as Untyped)(echo, startResponse, { content });
					}),
				),
			),
		),
		fetch: consumed((content) =>
			fetched(async (request) => {
				await request.text();
				return escape(request, echo, { content });
			}),
		),
		'Fetch Server API': consumed((content) =>
			handled(async (context) => {
				await context.request.text();
				return escape(context, echo, { content });
			}),
		),
		'Hono’s req.json()': consumed((content) => {
			const app = new (compatModule('hono').Hono)();
			app.post('/', async (c: Untyped) => {
				await c.req.json();
				return escape(c.req.raw, echo, { content });
			});
			return fetching(app);
		}),
		'h3’s readBody': consumed((content) => {
			const { H3, readBody } = compatModule('h3');
			const app = new H3();
			app.post('/', async (event: Untyped) => {
				await readBody(event);
				return escape(event.req, echo, { content });
			});
			return fetching({ fetch: (request: Request) => app.fetch(request) });
		}),
		'Express’s body-parser': consumed(expressParsing),
		'Koa’s bodyparser': consumed((content) => {
			const app = new (compatModule('koa'))();
			const { bodyParser } = compatModule('@koa/bodyparser');
			app.use(bodyParser());
			app.use((ctx: Untyped) => {
				const { headers, body } = placeholder(ctx.req, echo, { content });
				ctx.set(headers);
				ctx.body = body;
			});
			return noded(app);
		}),
		'Fastify’s parser': consumed(async (content) => {
			const app = compatModule('fastify')();
			app.post('/', (request: Untyped, reply: Untyped) => {
				const { headers, body } = placeholder(request.raw, echo, { content });
				return reply.headers(headers).send(body);
			});
			await app.ready();
			return noded(app);
		}),
	},
};

/** Sees that what comes behind the first chunk is the application's. */
const halved =
	(make: () => Promise<Served>) =>
	async (client: Client): Promise<void> => {
		const open = await client.begin((await make()).url, { method: 'POST' });
		open.send('one');
		await open.arrived('partial:');
		open.send('two');
		open.end();
		expect((await open.answer).text).toBe('partial:two');
	};

const partly: Case = {
	title: 'request content partly consumed',
	rules: 'ESC-24',
	happens: 'The application gets what is left, as it comes, and is told `partial`.',
	seenIn: {
		gateway: halved(() =>
			served(
				gatewayToRich(
					gateway(async (environ, startResponse) => {
						await environ['wsgi.input'].read(3);
						return (environ['rsgi.upgrade'] as Untyped)(echo, startResponse);
					}),
				),
			),
		),
		fetch: halved(() =>
			fetched(async (request) => {
				await request.body?.getReader().read();
				return escape(request, echo);
			}),
		),
		'Fetch Server API': halved(() =>
			handled(async (context) => {
				await context.request.body?.getReader().read();
				return escape(context, echo);
			}),
		),
		Express: halved(() => {
			const app = compatModule('express')();
			app.post('/', (req: Untyped, res: Untyped) => {
				req.once('data', () => {
					req.pause();
					escape(req, res, echo);
				});
			});
			return noded(app);
		}),
		Koa: halved(() => {
			const app = new (compatModule('koa'))();
			app.use(async (ctx: Untyped) => {
				await new Promise((resolve) => ctx.req.once('data', resolve));
				ctx.req.pause();
				const { headers, body } = placeholder(ctx.req, echo);
				ctx.set(headers);
				ctx.body = body;
			});
			return noded(app);
		}),
	},
};

const replacedContent =
	(make: () => Promise<Served>) =>
	async (client: Client): Promise<void> => {
		const site = await make();
		expect(await client.told(site.url, { method: 'POST', content: 'theirs' })).toEqual([200, 'whole:theirs']);
	};

const replaced: Case = {
	title: 'request content replaced',
	rules: 'ESC-24, ESC-50',
	happens: 'The application gets what the client has sent, and not what middleware put in its place.',
	seenIn: {
		gateway: replacedContent(() => {
			const route = underGateway(echo);
			const replacing = gateway(
				(environ, startResponse) =>
					route({ ...environ, 'wsgi.input': new Blob(['mine']).stream() as Untyped }, startResponse),
				route,
			);
			return served(gatewayToRich(replacing));
		}),
		fetch: replacedContent(() =>
			fetched((request) => escape(new Request(request.url, { method: 'POST', body: 'mine' }), echo)),
		),
		'Fetch Server API': replacedContent(() =>
			handled(({ request }) => escape(new Request(request.url, { method: 'POST', body: 'mine' }), echo)),
		),
		'Hono, by method-override’s way': replacedContent(() => {
			const app = new (compatModule('hono').Hono)();
			app.put('/', (c: Untyped) => escape(c.req.raw, echo));
			const outer = new (compatModule('hono').Hono)();
			outer.post('/', (c: Untyped) => app.fetch(new Request(c.req.url, { method: 'PUT', body: 'mine' })));
			return fetching(outer);
		}),
		Express: replacedContent(() => {
			const app = compatModule('express')();
			app.post('/', (req: Untyped, res: Untyped) => {
				req.body = 'mine';
				escape(req, res, echo);
			});
			return noded(app);
		}),
	},
};

export const RETRIES: readonly Case[] = [retries, replays];
export const CONTENT: readonly Case[] = [wholly, partly, replaced];
