/** Conditional requests, HEAD and ranges, of which middleware sees a placeholder. */
import { rich, utf8 } from 'rsgi';
import { escape, placeholder } from 'rsgi/escape';
import { expect } from 'vitest';
import { compatModule, type Untyped } from '../../support/compat-module.ts';
import { answer, rewriting, setField } from '../../support/escaping-gateway.ts';
import type { Served } from '../../support/served.ts';
import { behind, type Case, counting, defaultOf, fetched, fetching, noded, ran, refused } from './case.ts';
import type { Client } from './client.ts';
import { expressBehind, fastifyBehind, h3Behind, honoBehind, koaBehind, replace } from './rewritten.ts';

/** An application with a validator of its own. */
const versioned = rich((exchange) => {
	const isCurrent = exchange.fields.combined('if-none-match') === '"v1"';
	exchange.respond(isCurrent ? 304 : 200, ['etag', '"v1"']);
	exchange.end(isCurrent ? null : utf8('rich'));
});

/** Sites whose middleware makes ETags, and answers conditions. */
const CONDITIONAL: Readonly<Record<string, () => Promise<Served>>> = {
	'Hono’s etag'() {
		const app = new (compatModule('hono').Hono)();
		app.use(compatModule('hono/etag').etag());
		app.get('*', (c: Untyped) => escape(c.req.raw, versioned));
		return fetching(app);
	},
	'Koa’s conditional-get and etag'() {
		const app = new (compatModule('koa'))();
		app.use(defaultOf('koa-conditional-get')());
		app.use(defaultOf('koa-etag')());
		app.use((ctx: Untyped) => {
			const { headers, body } = placeholder(ctx.req, versioned);
			ctx.set(headers);
			ctx.body = body;
		});
		return noded(app);
	},
	'Express’s fresh check in send'() {
		const app = compatModule('express')();
		app.get('/', (req: Untyped, res: Untyped) => {
			const { headers, body } = placeholder(req, versioned);
			res.set(headers).send(body);
		});
		return noded(app);
	},
	async 'Fastify’s etag'() {
		const app = compatModule('fastify')();
		await app.register(compatModule('@fastify/etag'));
		app.get('/', (request: Untyped, reply: Untyped) => {
			const { headers, body } = placeholder(request.raw, versioned);
			return reply.headers(headers).send(body);
		});
		await app.ready();
		return noded(app);
	},
};

const inEach = (see: (client: Client, site: Served, name: string) => Promise<void>): Case['seenIn'] =>
	Object.fromEntries(
		Object.entries(CONDITIONAL).map(([name, make]) => [
			name,
			async (client: Client) => see(client, await make(), name),
		]),
	);

const tags: Case = {
	title: 'ETag and If-None-Match make a 304',
	rules: 'ESC-22, ESC-16',
	happens:
		'An ETag of a placeholder matches nothing and is not sent; the application runs, and answers the condition by its own. A 304 that a handler made of its own ETag stands.',
	seenIn: {
		...inEach(async (client, site) => {
			const ask = async (list: string): Promise<unknown[]> => {
				const { status, text, fields } = await client.ask(site.url, { headers: { 'if-none-match': list } });
				return [status, text, fields.etag];
			};
			expect(await ask('"old"')).toEqual([200, 'rich', '"v1"']);
			expect(await ask('"v1"')).toEqual([304, '', '"v1"']);
		}),
		async 'Express, with an ETag of the handler’s'(client) {
			const counted = counting();
			const app = compatModule('express')();
			app.get('/', (req: Untyped, res: Untyped) => {
				const { headers, body } = placeholder(req, counted.app);
				res.set(headers).set('etag', '"mine"').send(body);
			});
			const site = await noded(app);
			const current = await client.ask(site.url, { headers: { 'if-none-match': '"mine"' } });
			expect([current.status, current.fields.etag, counted.runs]).toEqual([304, '"mine"', 0]);
			await ran(client, site, { headers: { 'if-none-match': '"other"' } });
		},
	},
};

const any: Case = {
	title: 'If-None-Match: * makes a 304',
	rules: 'ESC-16',
	happens:
		'The 304 stands: a route that escapes is a representation that exists. The ETag of the placeholder is not sent. Nothing is run. (Fastify’s etag knows no `*`, and so the application runs.)',
	seenIn: {
		...inEach(async (client, site, name) => {
			const { status, text, fields } = await client.ask(site.url, { headers: { 'if-none-match': '*' } });
			const ends = name.startsWith('Fastify') ? [200, 'rich', '"v1"'] : [304, '', undefined];
			expect([status, text, fields.etag]).toEqual(ends);
		}),
		async gateway(client) {
			const site = await behind(
				rewriting((parts) => {
					parts.status = '304 Not Modified';
					setField(parts, 'etag', '"of the placeholder"');
					replace(parts, '');
				}),
			);
			const { status, fields } = await client.ask(site.url, { headers: { 'if-none-match': '*' } });
			expect([status, fields.etag, fields['content-type']]).toEqual([304, undefined, undefined]);
		},
		async 'fetch, 412 to If-Match'(client) {
			const site = await fetched((request) => {
				escape(request, answer);
				return new Response(null, { status: 412, headers: { etag: '"of the placeholder"' } });
			});
			const { status, fields } = await client.ask(site.url, { headers: { 'if-match': '"v1"' } });
			expect([status, fields.etag]).toEqual([412, undefined]);
		},
	},
};

const HEAD = { method: 'HEAD' };
const head: Case = {
	title: 'HEAD',
	rules: 'ESC-10 (b)',
	happens: 'The Content-Type alone runs the application; a length, or content, that is another’s is a 500.',
	seenIn: {
		...inEach(async (client, site) => ran(client, site, HEAD)),
		gateway: async (client) => ran(client, await behind(rewriting((parts) => replace(parts, ''))), HEAD),
		fetch: async (client) => ran(client, await fetched((request) => escape(request, answer)), HEAD),
		h3: async (client) => ran(client, await h3Behind((response) => response), HEAD),
		Express: async (client) => ran(client, await expressBehind(), HEAD),
		async 'gateway, with the length of a page'(client) {
			const site = await behind(
				rewriting((parts) => {
					replace(parts, '');
					setField(parts, 'content-length', '100');
				}),
			);
			const { status, text } = await client.ask(site.url, HEAD);
			expect([status, text]).toEqual([500, '']);
		},
	},
};

const RANGE = { headers: { range: 'bytes=0-3' } };
const range: Case = {
	title: 'Range',
	rules: 'ESC-12',
	happens:
		'A placeholder that was cut to a 206 is a 500. No middleware here does so, since none knows the length of what it does not make: the application gets the Range, and may answer it.',
	seenIn: {
		async gateway(client) {
			const cut = rewriting((parts) => {
				parts.status = '206 Partial Content';
				setField(parts, 'content-range', `bytes 0-3/${parts.content.length}`);
				replace(parts, parts.content.slice(0, 4));
			});
			await refused(client, await behind(cut), RANGE);
		},
		async 'gateway, of the whole under another type'(client) {
			const cut = rewriting((parts) => {
				parts.status = '206 Partial Content';
				setField(parts, 'content-range', `bytes 0-${parts.content.length - 1}/${parts.content.length}`);
				setField(parts, 'content-type', 'text/html');
			});
			await refused(client, await behind(cut), RANGE);
		},
		async fetch(client) {
			const site = await fetched(async (request) => {
				const { headers, body } = escape(request, answer);
				headers.set('content-range', 'bytes 0-3/44');
				headers.delete('content-length');
				return new Response((await new Response(body).text()).slice(0, 4), { status: 206, headers });
			});
			await refused(client, site, RANGE);
		},
		async 'Koa, with a Range that it cuts itself'(client) {
			const site = await koaBehind((ctx) => {
				ctx.status = 206;
				ctx.body = ctx.body.slice(0, 4);
			});
			await refused(client, site, RANGE);
		},
		Hono: async (client) => ran(client, await honoBehind(() => {}), RANGE),
		Express: async (client) => ran(client, await expressBehind(), RANGE),
		Fastify: async (client) => ran(client, await fastifyBehind(() => {}), RANGE),
	},
};

export const CONDITIONS: readonly Case[] = [tags, any, head, range];
