/** Pages around a placeholder, and statuses that were changed when it was there already. */
import { utf8 } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { escape, placeholder } from 'rsgi/escape';
import { bytes, gateway } from 'rsgi/gateway';
import { expect } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { rewriting, setField } from '../../support/escaping-gateway.ts';
import { type Served, served } from '../../support/served.ts';
import { foundIn } from '../../support/tag-watch/watch.ts';
import { behind, type Case, counting, fetched, fetching, noded, ran, refused } from './case.ts';
import type { Client } from './client.ts';
import { fastifyBehind, h3Behind, honoBehind, koaBehind, replace } from './rewritten.ts';

/** Sees that a page with a dead tag in it is sent as it is, and nothing run. The watch for tags sees it, too: it is the page's own. */
async function dead(client: Client, site: Served, counted: { readonly runs: number }, path = '/'): Promise<void> {
	let text = '';
	const found = await foundIn(async () => {
		text = (await client.seeing.ask(site.url, { path })).text;
	});
	expect(text).toMatch(/^<html>.*rsgi-escape-[0-9a-f]{32}.*<\/html>$/);
	expect([counted.runs, found.length > 0]).toEqual([0, true]);
}

const wrapped = (text: string): string => `<html><p>${text}</p></html>`;

async function told(client: Client, site: Served, status: number, text: string): Promise<void> {
	expect(await client.told(site.url)).toEqual([status, text]);
}

const stripped =
	(status: number) =>
	async (client: Client, site: Served): Promise<void> => {
		const answered = await client.ask(site.url);
		expect([answered.status, answered.text, answered.fields['content-type']]).toEqual([status, '', undefined]);
	};

const changedStatus: Case = {
	title: 'the status changed by error handling or auth after the route ran',
	rules: 'ESC-13, ESC-26',
	happens:
		'The status is sent, with the fields that were added and the content that was put in the place of the tag; without, empty. Nothing is run.',
	seenIn: {
		gateway: async (client) =>
			stripped(401)(
				client,
				await behind(rewriting((parts) => void Object.assign(parts, { status: '401 Unauthorized' }))),
			),
		fetch: async (client) =>
			stripped(500)(
				client,
				await fetched((request) => {
					const { body, headers } = escape(request, counting().app);
					return new Response(body, { headers, status: 500 });
				}),
			),
		Hono: async (client) =>
			stripped(401)(
				client,
				await honoBehind((c) =>
					Object.assign(c, { res: new Response(c.res.body, { ...c.res, headers: c.res.headers, status: 401 }) }),
				),
			),
		async 'Hono’s onError, for what failed after the route'(client) {
			const { Hono } = compatModule('hono');
			const counted = counting();
			const app = new Hono();
			app.use(async (_c: Untyped, next: () => Promise<void>) => {
				await next();
				throw new Error('not saved');
			});
			app.get('*', (c: Untyped) => escape(c.req.raw, counted.app));
			app.onError((_error: Error, c: Untyped) => c.text('sorry', 500));
			await told(client, await fetching(app), 500, 'sorry');
			expect(counted.runs).toBe(0);
		},
		async 'Hono’s basicAuth, behind the route'(client) {
			const auth = compatModule('hono/basic-auth').basicAuth({ username: 'ann', password: 'secret' });
			const site = await honoBehind(async (c) => {
				const { HTTPException } = compatModule('hono/http-exception');
				try {
					await auth(c, () => Promise.resolve());
				} catch (error) {
					throw error instanceof HTTPException ? error : new Error('unexpected');
				}
			});
			await told(client, site, 401, 'Unauthorized');
		},
		h3: async (client) =>
			stripped(401)(client, await h3Behind(({ body, headers }) => new Response(body, { headers, status: 401 }))),
		'Koa, by its status': async (client) =>
			stripped(401)(client, await koaBehind((ctx) => Object.assign(ctx, { status: 401 }))),
		'Koa’s throw': async (client) => told(client, await koaBehind((ctx) => ctx.throw(401, 'log in')), 401, 'log in'),
		Fastify: async (client) =>
			stripped(401)(
				client,
				await fastifyBehind((app) =>
					app.addHook('onSend', async (_request: Untyped, reply: Untyped) => void reply.code(401)),
				),
			),
		async 'Fastify’s error handler'(client) {
			const site = await fastifyBehind((app) => {
				let failed = false;
				app.addHook('onSend', async () => {
					if (failed) return;
					failed = true;
					throw new Error('not saved');
				});
				app.setErrorHandler(async (_error: Error, _request: Untyped, reply: Untyped) => {
					reply.code(500).type('text/plain');
					return 'sorry';
				});
			});
			await told(client, site, 500, 'sorry');
		},
		async 'Express’s error handler, for a store that fails'(client) {
			// As sessions are saved: `end` waits, and an error goes to the error handler before anything was sent.
			const saving = (_req: Untyped, res: Untyped, next: (error?: Error) => void): void => {
				const { end } = res;
				res.end = () => {
					res.end = end;
					next(new Error('not saved'));
				};
				next();
			};
			const counted = counting();
			const app = compatModule('express')();
			app.use(saving);
			app.get('/', (req: Untyped, res: Untyped) => escape(req, res, counted.app));
			app.use((_error: Error, _req: Untyped, res: Untyped, _next: unknown) =>
				res.status(500).type('text').send('sorry'),
			);
			await told(client, await noded(app), 500, 'sorry');
			expect(counted.runs).toBe(0);
		},
		async 'Express, throwing when the placeholder was sent'(client) {
			const counted = counting();
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => {
				escape(req, res, counted.app);
				throw new Error('too late to be an answer');
			});
			app.use((_error: Error, _req: Untyped, res: Untyped, _next: unknown) => {
				if (!res.headersSent) res.status(500).end('sorry');
			});
			await ran(client, await noded(app));
			expect(counted.runs).toBe(1);
		},
	},
};

const layout: Case = {
	title: 'a layout wraps the body',
	rules: 'ESC-12, ESC-14',
	happens:
		'Where the layout keeps the Content-Type, a 500. Where it has its own, its page is sent, with a dead tag in it that runs nothing: escape before layouts, not in them.',
	seenIn: {
		gateway: async (client) =>
			refused(
				client,
				await behind(rewriting((parts) => replace(parts, wrapped(String.fromCharCode(...parts.content))))),
			),
		async 'gateway, with a type of its own'(client) {
			const counted = counting();
			const around = rewriting((parts) => {
				setField(parts, 'content-type', 'text/html');
				replace(parts, wrapped(String.fromCharCode(...parts.content)));
			});
			await dead(client, await behind(around, counted.app), counted);
		},
		Hono: async (client) =>
			refused(
				client,
				await honoBehind(async (c) => Object.assign(c, { res: new Response(wrapped(await c.res.text()), c.res) })),
			),
		async 'Hono’s jsx-renderer'(client) {
			const { Hono } = compatModule('hono');
			const { html } = compatModule('hono/html');
			const counted = counting();
			const app = new Hono();
			const renderer = compatModule('hono/jsx-renderer').jsxRenderer(
				({ children }: Untyped) => html`<html>${children}</html>`,
				{ docType: false },
			);
			app.use(renderer);
			// A route that gives a Response is not rendered, and so it runs.
			app.get('/', (c: Untyped) => escape(c.req.raw, counted.app));
			app.get('/rendered', async (c: Untyped) => c.render(await escape(c.req.raw, counted.app).text()));
			const site = await fetching(app);
			await dead(client, site, counted, '/rendered');
			await ran(client, site);
		},
		Koa: async (client) => refused(client, await koaBehind((ctx) => Object.assign(ctx, { body: wrapped(ctx.body) }))),
		async Fastify(client) {
			const site = await fastifyBehind((app) =>
				app.addHook('onSend', async (_request: Untyped, _reply: Untyped, payload: string) => wrapped(payload)),
			);
			await refused(client, site);
		},
		h3: async (client) =>
			refused(client, await h3Behind(async (response) => new Response(wrapped(await response.text()), response))),
	},
};

const inPage: Case = {
	title: 'a tag inside of a larger page',
	rules: 'ESC-14',
	happens: 'Nothing is run, and the page is sent. The tag is dead.',
	seenIn: {
		async gateway(client) {
			const counted = counting();
			const app = gateway(async (environ, startResponse) => {
				const [content] = await (environ['rsgi.upgrade'] as Untyped)(counted.app, () => () => Promise.resolve());
				startResponse(bytes('200 OK'), [[bytes('Content-Type'), bytes('text/html')]]);
				return [utf8('<html>'), content as Uint8Array, utf8('</html>')];
			});
			await dead(client, await served(gatewayToRich(app)), counted);
		},
		async fetch(client) {
			const counted = counting();
			const site = await fetched(async (request) => new Response(wrapped(await escape(request, counted.app).text())));
			await dead(client, site, counted);
		},
		async Express(client) {
			const counted = counting();
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => res.send(wrapped(placeholder(req, counted.app).body)));
			await dead(client, await noded(app), counted);
		},
		async 'Express, written in pieces'(client) {
			const counted = counting();
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => {
				const tag = placeholder(req, counted.app).body;
				res.type('html').write('<html>');
				res.write(tag.slice(0, 20));
				res.write(tag.slice(20));
				res.end('</html>');
			});
			await dead(client, await noded(app), counted);
		},
	},
};

const subrequests: Case = {
	title: 'subrequests inside of a larger response',
	rules: 'ESC-14, ESC-10',
	happens:
		'What escapes in a subrequest of the same process is a tag in the page, and dead; returned as it is, it runs. A subrequest over the network is an exchange of its own, which runs what escapes from it.',
	seenIn: {
		async 'Hono’s request()'(client) {
			const { Hono } = compatModule('hono');
			const counted = counting();
			const app = new Hono();
			app.get('/part', (c: Untyped) => escape(c.req.raw, counted.app));
			app.get('/page', async (c: Untyped) => c.html(wrapped(await (await app.request('/part')).text())));
			app.get('/', () => app.request('/part'));
			const site = await fetching(app);
			await dead(client, site, counted, '/page');
			await ran(client, site);
		},
		async 'Fastify’s inject(), which is no request of the server'(client) {
			const app = compatModule('fastify')();
			const counted = counting();
			app.get('/part', (request: Untyped, reply: Untyped) => {
				const { headers, body } = placeholder(request.raw, counted.app);
				return reply.headers(headers).send(body);
			});
			app.get('/', async (_request: Untyped, reply: Untyped) => {
				const part = await app.inject('/part');
				return reply.send({ status: part.statusCode, rule: JSON.parse(part.body).message.match(/ESC-\d+/)?.[0] });
			});
			await app.ready();
			const site = await noded(app);
			expect(JSON.parse((await client.ask(site.url)).text)).toEqual({ status: 500, rule: 'ESC-52' });
			expect(counted.runs).toBe(0);
		},
		async 'fetch, over the network, to the same server'(client) {
			const counted = counting();
			const site = await fetched(async (request) => {
				if (new URL(request.url).pathname === '/part') return escape(request, counted.app);
				const part = await fetch(new URL('/part', request.url));
				return new Response(wrapped(await part.text()), { headers: { 'content-type': 'text/html' } });
			});
			await told(client, site, 200, wrapped('rich'));
			expect(counted.runs).toBe(1);
		},
	},
};

export const STATUS: readonly Case[] = [changedStatus];
export const PAGES: readonly Case[] = [layout, inPage, subrequests];
