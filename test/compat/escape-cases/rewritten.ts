/** Middleware that rewrites a placeholder on its way. */
import { gzipSync } from 'node:zlib';
import { escape, placeholder } from 'rsgi/escape';
import { expect } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { answer, type Parts, rewriting, setField } from '../../support/escaping-gateway.ts';
import type { Served } from '../../support/served.ts';
import { behind, type Case, defaultOf, fetched, fetching, handled, noded, ran, refused } from './case.ts';
import type { Client } from './client.ts';

export function replace(parts: Parts, given: string | Uint8Array): void {
	parts.content = typeof given === 'string' ? Uint8Array.from(given, (one) => one.charCodeAt(0)) : given;
	setField(parts, 'content-length', null);
}

const typeOf = (parts: Parts): string => parts.fields.find(([name]) => name === 'content-type')?.[1] as string;

/** Gateway middleware that changes a placeholder, and what comes of it. */
const changed =
	(change: (parts: Parts) => void, then = ran) =>
	async (client: Client): Promise<void> =>
		then(client, await behind(rewriting(change)));

/** Hono middleware around a route that escapes. */
export function honoBehind(after: (c: Untyped) => unknown): Promise<Served> {
	const { Hono } = compatModule('hono');
	const app = new Hono();
	app.use(async (c: Untyped, next: () => Promise<void>) => {
		await next();
		await after(c);
	});
	app.get('*', (c: Untyped) => escape(c.req.raw, answer));
	return fetching(app);
}

/** Koa middleware around one that escapes. */
export function koaBehind(after: (ctx: Untyped) => unknown, ...around: Untyped[]): Promise<Served> {
	const app = new (compatModule('koa'))();
	app.silent = true;
	for (const one of around) app.use(one);
	app.use(async (ctx: Untyped, next: () => Promise<void>) => {
		await next();
		await after(ctx);
	});
	app.use((ctx: Untyped) => {
		const { headers, body } = placeholder(ctx.req, answer);
		ctx.set(headers);
		ctx.body = body;
	});
	return noded(app);
}

/** A plugin of Fastify around a route that escapes. */
export async function fastifyBehind(set: (app: Untyped) => unknown): Promise<Served> {
	const app = compatModule('fastify')();
	await set(app);
	app.get('/', (request: Untyped, reply: Untyped) => {
		const { headers, body } = placeholder(request.raw, answer);
		return reply.headers(headers).send(body);
	});
	await app.ready();
	return await noded(app);
}

/** Express middleware around a route that escapes. */
export function expressBehind(...around: Untyped[]): Promise<Served> {
	const app = compatModule('express')();
	for (const one of around) app.use(one);
	app.get('/', (req: Untyped, res: Untyped) => escape(req, res, answer));
	return noded(app);
}

/** h3 middleware around a route that escapes. */
export function h3Behind(after: (response: Response) => unknown): Promise<Served> {
	const { H3 } = compatModule('h3');
	const app = new H3();
	app.use(async (_event: Untyped, next: () => Promise<Response>) => (await after(await next())) ?? undefined);
	app.get('/', (event: Untyped) => escape(event.req, answer));
	return fetching({ fetch: (request: Request) => app.fetch(request) });
}

// ---- compression ----------------------------------------------------------------------------------------------------

/** Asks in each coding, and sees that it was used: what comes is the application's all the same. */
async function codedBy(
	client: Client,
	site: Served,
	codings: readonly string[],
	used: readonly unknown[],
): Promise<void> {
	for (const coding of codings) {
		const told = await client.ask(site.url, { headers: { 'accept-encoding': coding } });
		expect([told.status, told.text, told.fields['content-encoding']]).toEqual([200, 'rich', undefined]);
	}
	expect(used).toEqual(codings);
}

/** Compression heeds `no-transform`: something has taken that away. */
const transformable = (_req: Untyped, res: Untyped, next: () => void): void => {
	const { setHeader } = res;
	res.setHeader = (name: string, value: string) =>
		setHeader.call(res, name, /^cache-control$/i.test(name) ? 'private' : value);
	next();
};

const compression: Case = {
	title: 'compression rewrites the body',
	rules: 'ESC-10 (c)',
	happens: 'The application runs, and its own content is sent, not coded by that middleware.',
	seenIn: {
		gateway: changed((parts) => {
			replace(parts, gzipSync(parts.content));
			setField(parts, 'content-encoding', 'gzip');
		}),
		async 'Hono’s compress'(client) {
			const used: unknown[] = [];
			const app = new (compatModule('hono').Hono)();
			app.use(async (c: Untyped, next: () => Promise<void>) => {
				await next();
				used.push(c.res.headers.get('content-encoding'));
			});
			app.use(compatModule('hono/compress').compress({ threshold: 0, contentTypeFilter: () => true }));
			app.use(async (c: Untyped, next: () => Promise<void>) => {
				await next();
				c.res.headers.set('cache-control', 'private');
			});
			app.get('*', (c: Untyped) => escape(c.req.raw, answer));
			await codedBy(client, await fetching(app), ['gzip', 'deflate'], used);
		},
		async 'Express’s compression'(client) {
			const used: unknown[] = [];
			const watch = (_req: Untyped, res: Untyped, next: () => void): void => {
				res.once('finish', () => used.push(res.getHeader('content-encoding')));
				next();
			};
			const compress = compatModule('compression')({ threshold: 0, filter: () => true });
			const site = await expressBehind(watch, compress, transformable);
			await codedBy(client, site, ['gzip', 'deflate', 'br'], used);
		},
		async 'Koa’s compress'(client) {
			const used: unknown[] = [];
			const app = new (compatModule('koa'))();
			app.use(async (ctx: Untyped, next: () => Promise<void>) => {
				await next();
				used.push(ctx.response.get('content-encoding'));
			});
			app.use(defaultOf('koa-compress')({ threshold: 0, filter: () => true }));
			app.use((ctx: Untyped) => {
				const { headers, body } = placeholder(ctx.req, answer);
				ctx.set(headers);
				ctx.set('cache-control', 'private');
				ctx.body = body;
			});
			await codedBy(client, await noded(app), ['gzip', 'deflate', 'br'], used);
		},
		async 'Fastify’s compress'(client) {
			const used: unknown[] = [];
			const site = await fastifyBehind(async (app) => {
				app.addHook('onResponse', async (_request: Untyped, reply: Untyped) => {
					used.push(reply.getHeader('content-encoding'));
				});
				await app.register(compatModule('@fastify/compress'), { threshold: 0, customTypes: () => true });
			});
			await codedBy(client, site, ['gzip', 'deflate', 'br'], used);
		},
	},
};

// ---- header and body ------------------------------------------------------------------------------------------------

const headerOnly: Case = {
	title: 'the header survives without the body',
	rules: 'ESC-12',
	happens: 'A 500, and the log says that the content was replaced and its type was not. Nothing is run.',
	seenIn: {
		gateway: changed((parts) => replace(parts, 'log in'), refused),
		'gateway, with no body at all': changed((parts) => replace(parts, ''), refused),
		fetch: async (client) =>
			refused(client, await fetched((request) => new Response('log in', escape(request, answer)))),
		'Fetch Server API': async (client) =>
			refused(client, await handled((context) => new Response('log in', escape(context, answer)))),
		Hono: async (client) =>
			refused(
				client,
				await honoBehind((c) => Object.assign(c, { res: new Response('log in', { headers: c.res.headers }) })),
			),
		h3: async (client) => refused(client, await h3Behind(({ headers }) => new Response('log in', { headers }))),
		Koa: async (client) => refused(client, await koaBehind((ctx) => Object.assign(ctx, { body: 'log in' }))),
		Fastify: async (client) =>
			refused(client, await fastifyBehind((app) => app.addHook('onSend', async () => 'log in'))),
		async Express(client) {
			const replacing = (_req: Untyped, res: Untyped, next: () => void): void => {
				const { end } = res;
				res.end = () => {
					res.removeHeader('content-length');
					return end.call(res, 'log in');
				};
				next();
			};
			await refused(client, await expressBehind(replacing));
		},
	},
};

const html = 'text/html';
const bodyOnly: Case = {
	title: 'the body survives without the header',
	rules: 'ESC-10 (d)',
	happens: 'The application runs: the whole content is the tag, or decodes to it.',
	seenIn: {
		gateway: changed((parts) => setField(parts, 'content-type', html)),
		fetch: async (client) =>
			ran(client, await fetched(async (request) => new Response(await escape(request, answer).text()))),
		'Fetch Server API': async (client) =>
			ran(client, await handled(async (context) => new Response(await escape(context, answer).text()))),
		Hono: async (client) =>
			ran(client, await honoBehind(async (c) => Object.assign(c, { res: c.html(await c.res.text()) }))),
		h3: async (client) => ran(client, await h3Behind((response) => response.text())),
		Koa: async (client) => ran(client, await koaBehind((ctx) => Object.assign(ctx, { type: html }))),
		Fastify: async (client) =>
			ran(
				client,
				await fastifyBehind((app) =>
					app.addHook('onSend', async (_request: Untyped, reply: Untyped) => void reply.type(html)),
				),
			),
		async 'Hono, and its compress behind it'(client) {
			const used: unknown[] = [];
			const app = new (compatModule('hono').Hono)();
			app.use(async (c: Untyped, next: () => Promise<void>) => {
				await next();
				used.push(c.res.headers.get('content-encoding'));
			});
			app.use(compatModule('hono/compress').compress());
			app.get('*', async (c: Untyped) => new Response(await escape(c.req.raw, answer).text()));
			await codedBy(client, await fetching(app), ['gzip', 'deflate'], used);
		},
		async Express(client) {
			const site = await noded(
				compatModule('express')().get('/', (req: Untyped, res: Untyped) => res.send(placeholder(req, answer).body)),
			);
			await ran(client, site);
		},
	},
};

const disagreeing: Case = {
	title: 'header and body disagree',
	rules: 'ESC-12',
	happens: 'A 500: neither is run.',
	seenIn: {
		fetch: async (client) =>
			refused(client, await fetched((request) => new Response(escape(request, answer).body, escape(request, answer)))),
		async Koa(client) {
			const site = await koaBehind((ctx) => Object.assign(ctx, { body: placeholder(ctx.req, answer).body }));
			await refused(client, site);
		},
		'gateway, with the tag of an exchange before': async (client) => {
			let before: Uint8Array | null = null;
			const site = await behind(
				rewriting((parts) => {
					const now = parts.content;
					parts.content = before ?? now;
					before = now;
				}),
			);
			await ran(client, site);
			await refused(client, site);
		},
	},
};

const several: Case = {
	title: 'several tags',
	rules: 'ESC-12, ESC-14',
	happens: 'In one Content-Type a 500. In the content it is a longer content, and nothing is run.',
	seenIn: {
		gateway: changed((parts) => {
			const type = typeOf(parts);
			setField(parts, 'content-type', `${type}, ${type.slice(0, -4)}0000`);
		}, refused),
		'gateway, in two lines': changed((parts) => {
			parts.fields.push(['content-type', `${typeOf(parts).slice(0, -4)}0000`]);
		}, refused),
		fetch: async (client) => {
			const site = await fetched((request) => {
				const { headers } = escape(request, answer);
				headers.append('content-type', escape(request, answer).headers.get('content-type') as string);
				return new Response(null, { headers });
			});
			await refused(client, site);
		},
		'fetch, two bodies joined': async (client) => {
			const site = await fetched(async (request) => {
				const one = escape(request, answer);
				const both = (await one.text()) + (await escape(request, answer).text());
				return new Response(both, { headers: { 'content-type': one.headers.get('content-type') as string } });
			});
			await refused(client, site);
		},
	},
};

const mangled: Case = {
	title: 'charset appended, case changed, values comma-joined',
	rules: 'ESC-10 (a)',
	happens: 'The application runs.',
	seenIn: {
		'gateway, charset': changed((parts) => setField(parts, 'content-type', `${typeOf(parts)}; charset=utf-8`)),
		'gateway, case': changed((parts) => setField(parts, 'Content-Type', typeOf(parts).toUpperCase())),
		'gateway, comma': changed((parts) => setField(parts, 'content-type', `${typeOf(parts)}, text/html`)),
		'Express’s send, which appends a charset': async (client) => {
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => {
				const { headers, body } = placeholder(req, answer);
				res.set(headers).send(body);
			});
			await ran(client, await noded(app));
		},
		'Fastify’s type': async (client) =>
			ran(
				client,
				await fastifyBehind((app) =>
					app.addHook('onSend', async (_request: Untyped, reply: Untyped) => {
						reply.header('content-type', `${reply.getHeader('content-type')}; charset=utf-8`);
					}),
				),
			),
		'Hono, comma': async (client) =>
			ran(client, await honoBehind((c) => c.res.headers.append('content-type', 'text/html'))),
	},
};

export const REWRITTEN: readonly Case[] = [compression, headerOnly, bodyOnly];
export const DISAGREEING: readonly Case[] = [disagreeing, several, mangled];
