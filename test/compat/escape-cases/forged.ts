/** Placeholders that somebody else has made, and more of them than anybody needs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { gatewayToRich } from 'rsgi/adapters';
import { type Discarded, escape, placeholder } from 'rsgi/escape';
import { bytes, gateway } from 'rsgi/gateway';
import { expect, onTestFinished } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { answer } from '../../support/escaping-gateway.ts';
import { type Served, served } from '../../support/served.ts';
import { foundIn } from '../../support/tag-watch/watch.ts';
import { type Case, counting, FAILED, fetched, fetching, handled, logged, noded, RICH } from './case.ts';
import type { Client } from './client.ts';

// Made in pieces: what is sent to a server is nobody's tag, and the sources have none.
const MEDIA_TYPE = ['application/vnd.rsgi', 'escape'].join('.');
const TAG = `${['rsgi', 'escape', ''].join('-')}${'0'.repeat(32)}`;
const FORGED = `${MEDIA_TYPE}; id=${TAG}`;

/** Sites that send a Content-Type, and content, that the client has a say in, while something is registered. */
const ECHOING: Readonly<Record<string, (target: Untyped) => Promise<Served>>> = {
	gateway: (target) =>
		served(
			gatewayToRich(
				gateway(async (environ, startResponse) => {
					await (environ['rsgi.upgrade'] as Untyped)(target, () => () => Promise.resolve());
					const { HTTP_X_TYPE: type, 'wsgi.input': input } = environ as Untyped;
					startResponse(bytes('200 OK'), [[bytes('Content-Type'), type ?? bytes('text/plain')]]);
					return [await input.read()];
				}),
			),
		),
	fetch: (target) =>
		fetched(async (request) => {
			escape(request, target);
			const type = request.headers.get('x-type') ?? 'text/plain';
			return new Response(await request.text(), { headers: { 'content-type': type } });
		}),
	'Fetch Server API': (target) =>
		handled(async (context) => {
			escape(context, target);
			const { request } = context;
			const type = request.headers.get('x-type') ?? 'text/plain';
			return new Response(await request.text(), { headers: { 'content-type': type } });
		}),
	Hono(target) {
		const app = new (compatModule('hono').Hono)();
		app.post('/', async (c: Untyped) => {
			escape(c.req.raw, target);
			return c.body(await c.req.text(), 200, { 'content-type': c.req.header('x-type') ?? 'text/plain' });
		});
		return fetching(app);
	},
	Express(target) {
		const app = compatModule('express')();
		app.use(compatModule('body-parser').text({ type: () => true }));
		app.post('/', (req: Untyped, res: Untyped) => {
			placeholder(req, target);
			res.setHeader('content-type', req.get('x-type') ?? 'text/plain');
			res.end(req.body);
		});
		return noded(app);
	},
	Koa(target) {
		const app = new (compatModule('koa'))();
		app.use(compatModule('@koa/bodyparser').bodyParser({ enableTypes: ['text'], extendTypes: { text: ['*/*'] } }));
		app.use((ctx: Untyped) => {
			placeholder(ctx.req, target);
			ctx.set('content-type', ctx.get('x-type') || 'text/plain');
			ctx.body = ctx.request.body;
		});
		return noded(app);
	},
};

const inEchoing = (see: (client: Client, site: Served) => Promise<void>): Case['seenIn'] =>
	Object.fromEntries(
		Object.entries(ECHOING).map(([name, make]) => [
			name,
			async (client: Client) => {
				const counted = counting();
				await see(client, await make(counted.app));
				expect(counted.runs).toBe(0);
			},
		]),
	);

const byHeader: Case = {
	title: 'a placeholder forged from a client-controlled header',
	rules: 'ESC-12',
	happens: 'A 500, and the log says why: nobody can guess a tag. Nothing is run.',
	seenIn: inEchoing(async (client, site) => {
		for (const type of [FORGED, MEDIA_TYPE, FORGED.toUpperCase(), `text/html, ${FORGED}`]) {
			const question = { method: 'POST', headers: { 'x-type': type, 'content-type': 'text/plain' }, content: TAG };
			expect(await client.told(site.url, question)).toEqual(FAILED);
		}
		expect(logged(site)).toContain('ESC-12');
	}),
};

/** A server that sends a forged placeholder, until the test is over. */
async function upstream(): Promise<string> {
	const server = createServer((_req, res) => res.setHeader('content-type', FORGED).end(TAG));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

/** The upstream is watched as a server, too: what it forges is found there, once, and nowhere else. */
async function proxied(client: Client, site: Served): Promise<void> {
	let told: unknown = null;
	const found = await foundIn(async () => {
		told = await client.told(site.url);
	});
	expect([told, found.length]).toEqual([FAILED, 1]);
	expect(logged(site)).toContain('ESC-12');
}

const byUpstream: Case = {
	title: 'a placeholder forged by an upstream that is proxied with fetch',
	rules: 'ESC-12',
	happens: 'The same.',
	seenIn: {
		async fetch(client) {
			const from = await upstream();
			await proxied(client, await fetched(() => fetch(from)));
		},
		async 'fetch, with something registered'(client) {
			const from = await upstream();
			const site = await fetched((request) => {
				escape(request, answer);
				return fetch(from);
			});
			await proxied(client, site);
		},
		async 'Fetch Server API'(client) {
			const from = await upstream();
			await proxied(client, await handled(() => fetch(from)));
		},
		async Hono(client) {
			const from = await upstream();
			const app = new (compatModule('hono').Hono)();
			app.get('/', () => compatModule('hono/proxy').proxy(from));
			await proxied(client, await fetching(app));
		},
		async 'h3’s proxyRequest'(client) {
			const from = await upstream();
			const { H3, proxyRequest } = compatModule('h3');
			const app = new H3();
			app.get('/', (event: Untyped) => proxyRequest(event, from));
			await proxied(client, await fetching({ fetch: (request: Request) => app.fetch(request) }));
		},
		async 'Express’s http-proxy-middleware'(client) {
			const target = await upstream();
			const app = compatModule('express')();
			app.use(compatModule('http-proxy-middleware').createProxyMiddleware({ target }));
			await proxied(client, await noded(app));
		},
	},
};

/** The tag of an exchange that is over: an application has shown it in a page of its own. */
async function deadTag(client: Client): Promise<string> {
	const site = await fetched(async (request) => new Response(`<p>${await escape(request, answer).text()}`));
	let tag = '';
	await foundIn(async () => {
		tag = (await client.seeing.ask(site.url)).text.slice('<p>'.length);
	});
	return tag;
}

const byContent: Case = {
	title: 'a placeholder forged from user content',
	rules: 'ESC-10, ESC-14',
	happens:
		'Content that looks like a tag, or is that of another exchange, is content. A stored Content-Type is a header that a client controls.',
	seenIn: inEchoing(async (client, site) => {
		for (const tag of [TAG, await deadTag(client)]) {
			let told: unknown = null;
			await foundIn(async () => {
				told = await client.seeing.told(site.url, {
					method: 'POST',
					headers: { 'content-type': 'text/plain' },
					content: tag,
				});
			});
			expect(told).toEqual([200, tag]);
		}
	}),
};

/** Registers many times; a thousand and twenty-four is the most that there is. */
const MANY: Readonly<Record<string, (count: number, options: object) => Promise<Served>>> = {
	gateway: (count, options) =>
		served(
			gatewayToRich(
				gateway(async (environ, startResponse) => {
					const upgrade = environ['rsgi.upgrade'] as Untyped;
					for (let at = 1; at < count; at++) await upgrade(answer, () => () => Promise.resolve(), options);
					return upgrade(answer, startResponse, options);
				}),
				{ errors: () => {} },
			),
		),
	fetch: (count, options) =>
		fetched((request) => {
			for (let at = 1; at < count; at++) escape(request, answer, options);
			return escape(request, answer, options);
		}),
	Hono(count, options) {
		const app = new (compatModule('hono').Hono)();
		app.get('/', (c: Untyped) => {
			for (let at = 1; at < count; at++) escape(c.req.raw, answer, options);
			return escape(c.req.raw, answer, options);
		});
		app.onError((error: Error) => {
			throw error;
		});
		return fetching(app);
	},
	Express(count, options) {
		const app = compatModule('express')();
		app.get('/', (req: Untyped, res: Untyped) => {
			for (let at = 1; at < count; at++) placeholder(req, answer, options);
			escape(req, res, answer, options);
		});
		app.use((error: Error, _req: Untyped, _res: Untyped, next: (error: Error) => void) => next(error));
		return noded((req: Untyped, res: Untyped, next: (error: unknown) => void) => app(req, res, next));
	},
};

const thousands: Case = {
	title: 'thousands of registrations in one request',
	rules: 'ESC-7, ESC-26',
	happens: 'The one beyond 1,024 throws. Of those the one that arrives is run, and each other is discarded, once.',
	seenIn: Object.fromEntries(
		Object.entries(MANY).map(([name, make]) => [
			name,
			async (client: Client) => {
				const reasons: string[] = [];
				const options = { discarded: ({ reason }: Discarded) => void reasons.push(reason) };
				expect(await client.told((await make(1024, options)).url)).toEqual(RICH);
				expect(reasons).toEqual(Array(1023).fill('replaced'));
				const site = await make(5000, options);
				expect((await client.told(site.url))[0]).toBe(500);
				expect(logged(site)).toContain('ESC-7');
				expect(reasons.length).toBe(1023 + 1024);
			},
		]),
	),
};

export const FORGERIES: readonly Case[] = [byHeader, byUpstream, byContent, thousands];
