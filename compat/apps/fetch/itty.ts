/** itty-router, with its own middleware, served by @hono/node-server: it has no server of its own. */
import { serve } from '@hono/node-server';
import {
	AutoRouter,
	cors,
	error,
	type IRequest,
	json,
	StatusError,
	status,
	text,
	withContent,
	withCookies,
} from 'itty-router';
import type { FetchSite } from '../../serve/site.ts';
import { broken, chunks, echoed, LARGE, webStream } from '../content.ts';
import { upstream } from '../upstream.ts';
import { tell, toldOf } from '../watched.ts';

const { preflight, corsify } = cors({ origin: ['https://app.test'], credentials: true, maxAge: 600 });

const app = AutoRouter({
	before: [preflight, withCookies],
	finally: [corsify],
});

const stream = (body: AsyncIterable<Uint8Array>, type = 'text/plain'): Response =>
	new Response(webStream(body), { headers: { 'content-type': type } });

app.get('/hello', () => text('hello'));
app.get('/json', () => ({ hello: 'world', list: [1, 2, 3] }));
app.get('/query', ({ query, url }) => ({ query, url }));
app.get('/params/:name', ({ params, url }) => ({ params, url }));
app.all('/echo', ({ method, url, headers }) => ({ method, url, fields: echoed(headers) }));
app.get('/redirect', () => status(302, { headers: { location: '/hello' } }));
app.get('/status/:code', ({ params }) => status(Number(params.code)));
app.get('/length', () => text('hello', { headers: { 'content-length': '5' } }));
app.get('/fields', () => {
	const headers = new Headers([
		['x-two', 'a'],
		['x-two', 'b'],
		['vary', 'Accept'],
		['vary', 'Cookie'],
		['x-empty', ''],
	]);
	return new Response('<p>hello', { headers, statusText: 'Fine' });
});
app.post('/body', withContent, ({ content }) =>
	json({ content: content instanceof FormData ? [...content].map(([name, value]) => [name, typeof value]) : content }),
);
app.all('/count', async (request) => ({ method: request.method, octets: (await request.arrayBuffer()).byteLength }));
app.post('/mirror', (request) => new Response((request as unknown as Request).body));
app.post('/unread', () => text('not read'));
app.post('/upload', async (request) => {
	const form = await request.formData();
	return [...form].map(([name, value]) =>
		typeof value === 'string' ? { name, value } : { name, file: value.name, size: value.size },
	);
});
app.get('/large', () => text(LARGE));
app.get('/api/items', () => json(['item'], { headers: { 'x-total': '1' } }));
app.get('/cookies', ({ cookies }: IRequest) => ({ cookies }));
app.get('/cookies/set', () => {
	const response = text('set');
	response.headers.append('set-cookie', 'plain=v; HttpOnly; Path=/');
	response.headers.append('set-cookie', 'coded=a%20b; Expires=Wed, 21 Oct 2099 07:28:00 GMT');
	return response;
});
app.get('/stream', () => stream(chunks(5, 20)));
app.get('/stream/large', () => stream(chunks(64, 16_384)));
app.get(
	'/stream/pipe',
	() =>
		new Response(stream(chunks(20, 5000)).body?.pipeThrough(new CompressionStream('gzip')) ?? null, {
			headers: { 'content-encoding': 'gzip' },
		}),
);
app.get('/stream/broken', () => stream(broken()));
app.get('/events', () => {
	async function* events(): AsyncGenerator<Uint8Array> {
		for (let id = 1; id <= 3; id++) yield Buffer.from(`id: ${id}\ndata: tick\n\n`);
	}
	return stream(events(), 'text/event-stream');
});
app.get('/watched', ({ query }) => {
	async function* ticks(): AsyncGenerator<Uint8Array> {
		try {
			for (;;) yield* chunks(1, 5);
		} finally {
			tell(query.key as string, 'over');
		}
	}
	return stream(ticks());
});
app.get('/hang', (request) => {
	const key = request.query.key as string;
	tell(key, 'begun');
	(request as unknown as Request).signal.addEventListener('abort', () => tell(key, 'over'));
	return new Promise(() => {});
});
app.post('/received', async (request) => {
	const key = request.query.key as string;
	tell(key, 'begun');
	await request.text().then(
		() => tell(key, 'all received'),
		() => tell(key, 'over'),
	);
	return text('received');
});
app.get('/log', ({ query }) => text(toldOf(query.key as string)));
app.all('/throw', () => {
	throw new Error('thrown');
});
app.get('/throw/async', async () => {
	await null;
	throw new StatusError(503, { error: 'thrown later', kind: 'tea' });
});
app.get('/throw/status', () => error(418, 'a teapot'));
app.all('/proxy/*', async (request) => {
	const { pathname, search } = new URL(request.url);
	const onward = new Request(
		`${await upstream()}${pathname.replace('/proxy', '')}${search}`,
		request as unknown as Request,
	);
	onward.headers.set('x-by', 'proxy');
	// Fields of the connection are no business of the next.
	onward.headers.delete('transfer-encoding');
	return fetch(onward);
});

export const site: FetchSite = {
	layer: 'fetch',
	app,
	own: () =>
		new Promise((resolve) => {
			serve({ fetch: app.fetch as never, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
		}),
};
