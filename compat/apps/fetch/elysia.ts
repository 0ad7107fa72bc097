/** Elysia on its adapter for Node. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cors } from '@elysiajs/cors';
import { node } from '@elysiajs/node';
import { Elysia, file, redirect, sse, status, t } from 'elysia';
import type { FetchSite } from '../../serve/site.ts';
import { broken, chunks, echoed, LARGE, PUBLIC, webStream } from '../content.ts';
import { tell, toldOf } from '../watched.ts';

const key = (request: Request): string => new URL(request.url).searchParams.get('key') ?? '';

function build() {
	return new Elysia({ adapter: node() })
		.use(
			cors({
				origin: ['app.test'],
				credentials: true,
				allowedHeaders: ['content-type'],
				exposeHeaders: ['x-total'],
				methods: ['GET', 'PUT'],
			}),
		)
		.onError(({ code, error, set }) => {
			if (code === 'NOT_FOUND') return 'nothing here';
			if (code === 'UNKNOWN' || code === 'INTERNAL_SERVER_ERROR') {
				set.status = 500;
				return { failed: (error as Error).message };
			}
			return undefined;
		})
		.get('/hello', 'hello')
		.get('/json', () => ({ hello: 'world', list: [1, 2, 3] }))
		.get('/query', ({ query, request }) => ({ query, url: request.url }))
		.get('/params/:name', ({ params, path }) => ({ params, path }))
		.all('/echo', ({ request, headers }) => ({
			method: request.method,
			url: request.url,
			fields: echoed(Object.entries(headers)),
		}))
		.get('/redirect', () => redirect('/hello'))
		.get('/status/:code', ({ params }) => new Response(null, { status: Number(params.code) }))
		.get('/fields', ({ set }) => {
			set.headers['x-two'] = 'a, b';
			set.headers.vary = 'Accept';
			return new Response('<p>hello', { headers: { 'content-type': 'text/html' } });
		})
		.post('/body', ({ body }) => ({ body }))
		.post('/count', async ({ request }) => ({ octets: (await request.arrayBuffer()).byteLength }), { parse: 'none' })
		.post('/mirror', ({ request }) => new Response(request.body), { parse: 'none' })
		.post('/unread', () => 'not read', { parse: 'none' })
		.post('/upload', ({ body }) => {
			const { files, title } = body as { files?: File | File[]; title?: string };
			return { title, files: [files ?? []].flat().map(({ name, size, type }) => ({ name, size, type })) };
		})
		.post('/validated', ({ body }) => body, { body: t.Object({ n: t.Number() }) })
		.get('/large', () => LARGE)
		.get('/file', () => file(`${PUBLIC}/file.txt`))
		.get('/api/items', () => ['item'])
		.get('/cookies', ({ cookie }) =>
			Object.fromEntries(Object.entries(cookie).map(([name, { value }]) => [name, value])),
		)
		.get('/cookies/set', ({ cookie: { plain, coded } }) => {
			plain?.set({ value: 'v', httpOnly: true, maxAge: 600 });
			coded?.set({ value: 'a b;✓' });
			return 'set';
		})
		.get('/cookies/clear', ({ cookie: { plain } }) => {
			plain?.remove();
			return 'cleared';
		})
		.get('/stream', async function* () {
			for (let at = 0; at < 5; at++) yield `line ${at}\n`;
		})
		.get('/stream/large', () => new Response(webStream(chunks(64, 16_384))))
		.get('/stream/broken', () => new Response(webStream(broken())))
		.get('/events', async function* () {
			for (let id = 1; id <= 3; id++) yield sse({ id, event: 'tick', data: { id } });
		})
		.get('/watched', ({ request }) => {
			async function* ticks(): AsyncGenerator<Uint8Array> {
				try {
					for (;;) yield* chunks(1, 5);
				} finally {
					tell(key(request), 'over');
				}
			}
			return new Response(webStream(ticks()));
		})
		.get('/hang', ({ request }) => {
			tell(key(request), 'begun');
			request.signal.addEventListener('abort', () => tell(key(request), 'over'));
			return new Promise<string>(() => {});
		})
		.post(
			'/received',
			async ({ request }) => {
				tell(key(request), 'begun');
				await request.text().then(
					() => tell(key(request), 'all received'),
					() => tell(key(request), 'over'),
				);
				return 'received';
			},
			{ parse: 'none' },
		)
		.get('/log', ({ request }) => toldOf(key(request)))
		.get('/throw', () => {
			throw new Error('thrown');
		})
		.get('/throw/async', async () => {
			await null;
			throw new Error('thrown later');
		})
		.get('/throw/status', () => status(418, 'a teapot'));
}

export const site: FetchSite = {
	layer: 'fetch',
	app: build(),
	async own() {
		// Of its own accord it does not tell on which port it listens.
		const probe = createServer().listen(0, '127.0.0.1');
		await once(probe, 'listening');
		const { port } = probe.address() as AddressInfo;
		probe.close();
		await once(probe, 'close');
		await new Promise<void>((resolve) => void build().listen({ port, hostname: '127.0.0.1' }, () => resolve()));
		return port;
	},
};
