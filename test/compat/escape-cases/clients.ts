/** Clients that leave, middleware that never answers, and registrations that come too late. */
import { rich, utf8 } from 'rsgi';
import { gatewayToRich, nodeToRich } from 'rsgi/adapters';
import { type Discarded, escape, placeholder } from 'rsgi/escape';
import { bytes, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { expect } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { answer } from '../../support/escaping-gateway.ts';
import { type Served, served } from '../../support/served.ts';
import { HOSTS, type Place } from '../escapes/hosts.ts';
import { type Case, counting, echo, fetched, fetching, handled, noded, RICH } from './case.ts';
import type { Client } from './client.ts';

/** What a layer is made of here: it registers by what it is given, and goes on as it is told. */
type Registering = (register: (by: Untyped, given?: Untyped) => Untyped) => Promise<Served>;

const gatewayed = (run: Parameters<typeof gateway>[0], options = {}): Promise<Served> =>
	served(gatewayToRich(gateway(run)), options);

// ---- disconnects ----------------------------------------------------------------------------------------------------

const never = (): Promise<never> => new Promise<never>(() => {});

/** Registers, and does not answer. */
const SILENT: Readonly<Record<string, Registering>> = {
	gateway: (register) =>
		gatewayed((environ) => {
			void register((app: Untyped, given: Untyped) =>
				(environ['rsgi.upgrade'] as Untyped)(app, () => () => Promise.resolve(), given),
			);
			return never();
		}),
	fetch: (register) =>
		fetched((request) => {
			register((app: Untyped, given: Untyped) => escape(request, app, given));
			return never();
		}),
	'Fetch Server API': (register) =>
		handled((context) => {
			register((app: Untyped, given: Untyped) => escape(context, app, given));
			return never();
		}),
	Hono: (register) => {
		const app = new (compatModule('hono').Hono)();
		app.get('/', (c: Untyped) => {
			register((target: Untyped, given: Untyped) => escape(c.req.raw, target, given));
			return never();
		});
		return fetching(app);
	},
	Express: (register) => {
		const app = compatModule('express')();
		app.get('/', (req: Untyped) => void register((target: Untyped, given: Untyped) => placeholder(req, target, given)));
		return noded(app);
	},
};

/** How the outcome names a client that has left: a connection that is gone, or a stream that was reset. */
const leaving = (client: Client): string => (client.version === 'HTTP/1.1' ? 'lost' : 'reset');

async function leftBefore(client: Client, make: Registering): Promise<void> {
	const counted = counting();
	const called = Promise.withResolvers<void>();
	const discarded = Promise.withResolvers<Discarded>();
	const site = await make((by) => {
		by(counted.app, { discarded: discarded.resolve });
		called.resolve();
	});
	const open = await client.begin(site.url);
	open.end();
	await called.promise;
	open.leave();
	expect(await discarded.promise).toMatchObject({ reason: 'ended', outcome: { reason: leaving(client) } });
	expect(counted.runs).toBe(0);
}

const before: Case = {
	title: 'the client disconnects before the decision',
	rules: 'ESC-26',
	happens: 'Nothing is run. What was registered is discarded as `ended`, with the outcome.',
	seenIn: Object.fromEntries(
		Object.entries(SILENT).map(([name, make]) => [name, (client: Client) => leftBefore(client, make)]),
	),
};

/** Gives a part of the placeholder, says so, and waits. */
const HALTING: Readonly<Record<string, (options: object, begun: () => void, app: Untyped) => Promise<Served>>> = {
	gateway: (options, begun, target) =>
		gatewayed(async (environ, startResponse) => {
			const [tag] = await (environ['rsgi.upgrade'] as Untyped)(target, startResponse, options);
			return (async function* () {
				yield tag.slice(0, 20);
				begun();
				await never();
			})();
		}),
	fetch: (options, begun, target) =>
		fetched((request) => {
			const { headers } = escape(request, target, options);
			const body = new ReadableStream({ pull: () => begun() }, { highWaterMark: 0 });
			return new Response(body, { headers });
		}),
	'Fetch Server API': (options, begun, target) =>
		handled((context) => {
			const { headers } = escape(context, target, options);
			const body = new ReadableStream({ pull: () => begun() }, { highWaterMark: 0 });
			return new Response(body, { headers });
		}),
	Express: (options, begun, target) => {
		const app = compatModule('express')();
		app.get('/', (req: Untyped, res: Untyped) => {
			const { headers, body } = placeholder(req, target, options);
			res.set(headers).write(body.slice(0, 20));
			begun();
		});
		return noded(app);
	},
	Koa: (options, begun, target) => {
		const app = new (compatModule('koa'))();
		app.use((ctx: Untyped) => {
			const { headers, body } = placeholder(ctx.req, target, options);
			ctx.set(headers);
			const { PassThrough } = process.getBuiltinModule('node:stream');
			const stream = new PassThrough();
			stream.write(body.slice(0, 20));
			stream.once('resume', begun);
			ctx.body = stream;
		});
		app.silent = true;
		return noded(app);
	},
};

const during: Case = {
	title: 'the client disconnects during the decision',
	rules: 'ESC-26',
	happens: 'The same, when a part of the placeholder had come.',
	seenIn: Object.fromEntries(
		Object.entries(HALTING).map(([name, make]) => [
			name,
			async (client: Client) => {
				const counted = counting();
				const begun = Promise.withResolvers<void>();
				const discarded = Promise.withResolvers<Discarded>();
				const site = await make({ discarded: discarded.resolve }, begun.resolve, counted.app);
				const open = await client.begin(site.url);
				open.end();
				await begun.promise;
				open.leave();
				expect(await discarded.promise).toMatchObject({ reason: 'ended', outcome: { reason: leaving(client) } });
				expect(counted.runs).toBe(0);
			},
		]),
	),
};

/** Escapes, at once. */
const ESCAPING: Readonly<Record<string, (target: Untyped, options?: object) => Promise<Served>>> = {
	gateway: (target, options) =>
		gatewayed((environ, startResponse) => (environ['rsgi.upgrade'] as Untyped)(target, startResponse, options)),
	fetch: (target, options) => fetched((request) => escape(request, target, options)),
	'Fetch Server API': (target, options) => handled((context) => escape(context, target, options)),
	Hono: (target, options) => {
		const app = new (compatModule('hono').Hono)();
		app.get('/', (c: Untyped) => escape(c.req.raw, target, options));
		return fetching(app);
	},
	Express: (target, options) => {
		const app = compatModule('express')();
		app.get('/', (req: Untyped, res: Untyped) => escape(req, res, target, options));
		return noded(app);
	},
	Koa: (target, options) => {
		const app = new (compatModule('koa'))();
		app.use((ctx: Untyped) => {
			const { headers, body } = placeholder(ctx.req, target, options);
			ctx.set(headers);
			ctx.body = body;
		});
		return noded(app);
	},
	Fastify: async (target, options) => {
		const app = compatModule('fastify')();
		app.get('/', (request: Untyped, reply: Untyped) => {
			const { headers, body } = placeholder(request.raw, target, options);
			return reply.headers(headers).send(body);
		});
		await app.ready();
		return noded(app);
	},
};

export const inEscaping = (
	see: (client: Client, make: (target: Untyped, options?: object) => Promise<Served>) => Promise<void>,
): Case['seenIn'] =>
	Object.fromEntries(Object.entries(ESCAPING).map(([name, make]) => [name, (client: Client) => see(client, make)]));

const after: Case = {
	title: 'the client disconnects after the decision',
	rules: 'ESC-24',
	happens: 'The application is told, as of any exchange.',
	seenIn: inEscaping(async (client, make) => {
		const closed = Promise.withResolvers<string>();
		const site = await make(
			rich((exchange) => {
				exchange.respond(200);
				exchange.write(utf8('begun'));
				return { closed: ({ reason }) => closed.resolve(reason) };
			}),
		);
		const open = await client.begin(site.url);
		open.end();
		await open.arrived('begun');
		open.leave();
		expect(await closed.promise).toBe(leaving(client));
	}),
};

// ---- no answer ------------------------------------------------------------------------------------------------------

const LIMIT = { timeouts: { response: 60 } };
const UNANSWERED: [number, string] = [503, 'Service Unavailable: the application did not answer in time\n'];

/** Sees that the client is answered in time, and what was registered discarded. */
const unanswered =
	(
		make: (options: { discarded(why: Discarded): void }, target: Untyped) => Promise<Served>,
		told = UNANSWERED,
		why = 'ended',
	) =>
	async (client: Client): Promise<void> => {
		const counted = counting();
		const discarded = Promise.withResolvers<Discarded>();
		const site = await make({ discarded: discarded.resolve }, counted.app);
		expect(await client.told(site.url)).toEqual(told);
		expect([(await discarded.promise).reason, counted.runs]).toEqual([why, 0]);
	};

const silence: Case = {
	title: 'middleware that never answers',
	rules: 'ESC-26, RICH-44',
	happens:
		'A 503 at `timeouts.response`, also when a placeholder has come that has no end; what was registered is discarded. A time limit of the framework answers before, as for any route.',
	seenIn: {
		gateway: unanswered((options, target) =>
			gatewayed((environ) => {
				void (environ['rsgi.upgrade'] as Untyped)(target, () => () => Promise.resolve(), options);
				return never();
			}, LIMIT),
		),
		fetch: unanswered((options, target) =>
			fetched((request) => {
				escape(request, target, options);
				return never();
			}, LIMIT),
		),
		'fetch, with a body that has no end': unanswered((options, target) =>
			fetched((request) => {
				const { body, headers } = escape(request, target, options);
				const endless = new TransformStream({ flush: never });
				return new Response(body?.pipeThrough(endless), { headers });
			}, LIMIT),
		),
		Express: unanswered((options, target) => {
			const app = compatModule('express')();
			app.get('/', (req: Untyped) => void placeholder(req, target, options));
			return noded(app, LIMIT);
		}),
		'Express, with a head that is flushed and no end': unanswered((options, target) => {
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => {
				const { headers, body } = placeholder(req, target, options);
				res.set(headers).flushHeaders();
				res.write(body);
			});
			return noded(app, LIMIT);
		}),
		'Hono’s timeout': unanswered(
			(options, target) => {
				const app = new (compatModule('hono').Hono)();
				app.use(compatModule('hono/timeout').timeout(30));
				app.get('/', (c: Untyped) => {
					escape(c.req.raw, target, options);
					return never();
				});
				return fetching(app);
			},
			[504, 'Gateway Timeout'],
			'replaced',
		),
		'Express’s connect-timeout': unanswered(
			(options, target) => {
				const app = compatModule('express')();
				app.use(compatModule('connect-timeout')(30));
				app.get('/', (req: Untyped) => void placeholder(req, target, options));
				app.use((error: Untyped, _req: Untyped, res: Untyped, _next: unknown) => res.status(error.status).end('late'));
				return noded(app);
			},
			[503, 'late'],
			'replaced',
		),
	},
};

// ---- late -----------------------------------------------------------------------------------------------------------

const POST = { method: 'POST', content: 'x' };

/** Sees that the response that had begun goes on, and that whoever registers is told ESC-5. */
const late =
	(make: (attempt: (register: () => unknown) => void) => Promise<Served>, question = {}) =>
	async (client: Client): Promise<void> => {
		const said = Promise.withResolvers<string>();
		const site = await make((register) => {
			try {
				register();
				said.resolve('nothing was thrown');
			} catch (error) {
				said.resolve(String(error));
			}
		});
		expect(await client.told(site.url, question)).toEqual([200, 'begun.']);
		expect(await said.promise).toContain('ESC-5');
	};

const ATTACHED = HOSTS['node:http and node:http2, by attach'] as (typeof HOSTS)[string];

/** Sees that a listener of the request's end, long after the handler has returned, escapes. */
async function inTime(client: Client, start: (app: Untyped) => Promise<string>): Promise<void> {
	const come = Promise.withResolvers<void>();
	const app = compatModule('express')();
	app.post('/', (req: Untyped, res: Untyped) => {
		req.on('data', () => come.resolve());
		req.on('end', () => escape(req, res, echo));
	});
	const open = await client.begin(await start(app), { method: 'POST' });
	open.send('one');
	await come.promise;
	open.send('two');
	open.end();
	const { status, text } = await open.answer;
	expect([status, text]).toEqual([200, 'none:']);
}

const tooLate: Case = {
	title: 'registration after the response has begun',
	rules: 'ESC-5, ESC-58',
	happens:
		'It throws, and the response goes on. Before that it may come late: `req.on("end")` is in time, and what it gives runs.',
	seenIn: {
		gateway: late((attempt) =>
			gatewayed((environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				return (async function* () {
					yield utf8('begun');
					attempt(() => (environ['rsgi.upgrade'] as Untyped)(answer, () => () => Promise.resolve()));
					yield utf8('.');
				})();
			}),
		),
		fetch: late((attempt) =>
			fetched((request) => {
				const body = (async function* () {
					yield utf8('begun');
					attempt(() => escape(request, answer));
					yield utf8('.');
				})();
				return new Response(ReadableStream.from(body) as ReadableStream);
			}),
		),
		'Fetch Server API': late((attempt) =>
			handled((context) => {
				const body = (async function* () {
					yield utf8('begun');
					attempt(() => escape(context, answer));
					yield utf8('.');
				})();
				return new Response(ReadableStream.from(body) as ReadableStream);
			}),
		),
		'Hono’s stream': late((attempt) => {
			const app = new (compatModule('hono').Hono)();
			app.get('/', (c: Untyped) =>
				compatModule('hono/streaming').stream(c, async (stream: Untyped) => {
					await stream.write('begun');
					attempt(() => escape(c.req.raw, answer));
					await stream.write('.');
				}),
			);
			return fetching(app);
		}),
		Express: late((attempt) => {
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => {
				res.write('begun');
				attempt(() => escape(req, res, answer));
				res.end('.');
			});
			return noded(app);
		}),
		'Express, when the request has ended': late((attempt) => {
			const app = compatModule('express')();
			app.post('/', (req: Untyped, res: Untyped) => {
				res.write('begun');
				req.resume();
				req.on('end', () => {
					attempt(() => escape(req, res, answer));
					res.end('.');
				});
			});
			return noded(app);
		}, POST),
		'Express, in time, when the content has come': (client) => inTime(client, async (app) => (await noded(app)).url),
		'Express on node:http and node:http2, in time, when the content has come': (client) =>
			inTime(client, async (app) => {
				const { h1, h2 } = (await ATTACHED.start({
					app: nodeToRich(node(app)),
					own: null,
				})) as Place;
				return client.version === 'HTTP/1.1' ? h1 : (h2 as string);
			}),
		Koa: late((attempt) => {
			const app = new (compatModule('koa'))();
			app.use((ctx: Untyped) => {
				ctx.respond = false;
				ctx.res.statusCode = 200;
				ctx.res.write('begun');
				attempt(() => placeholder(ctx.req, answer));
				ctx.res.end('.');
			});
			return noded(app);
		}),
		Fastify: late(async (attempt) => {
			const app = compatModule('fastify')();
			app.get('/', (request: Untyped, reply: Untyped) => {
				reply.hijack();
				reply.raw.write('begun');
				attempt(() => placeholder(request.raw, answer));
				reply.raw.end('.');
			});
			await app.ready();
			return noded(app);
		}),
		async 'fetch, in waitUntil, when the answer was sent'(client) {
			const said = Promise.withResolvers<string>();
			const sent = Promise.withResolvers<void>();
			const site = await fetched((request, context) => {
				context.waitUntil(
					sent.promise.then(() => {
						try {
							escape(request, answer);
							said.resolve('nothing was thrown');
						} catch (error) {
							said.resolve(String(error));
						}
					}),
				);
				return new Response('rich');
			});
			expect(await client.told(site.url)).toEqual(RICH);
			sent.resolve();
			expect(await said.promise).toContain('ESC-5');
		},
	},
};

export const CLIENTS: readonly Case[] = [before, during, after, silence, tooLate];
