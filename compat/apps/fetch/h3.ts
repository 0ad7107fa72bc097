/** h3, with its utilities. */
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
	bodyLimit,
	clearSession,
	createEventStream,
	deleteCookie,
	getQuery,
	getRouterParam,
	H3,
	type H3Event,
	HTTPError,
	handleCacheHeaders,
	handleCors,
	iterable,
	noContent,
	onResponse,
	parseCookies,
	proxyRequest,
	readBody,
	redirect,
	redirectBack,
	requireBasicAuth,
	serve,
	serveStatic,
	setCookie,
	useSession,
	withServerTiming,
} from 'h3';
import type { FetchSite } from '../../serve/site.ts';
import { broken, chunks, echoed, LARGE, PUBLIC, webStream } from '../content.ts';
import { upstream } from '../upstream.ts';
import { tell, toldOf } from '../watched.ts';

const SESSION = { password: 'a password that has at least 32 characters', name: 'session' };

const app = new H3();
app.use(
	onResponse((_response, event) => {
		event.res.headers.set('x-seen', 'onResponse');
	}),
);
app.use('/body', bodyLimit(100_000));

app.get('/hello', () => 'hello');
app.get('/json', (event) => {
	if (handleCacheHeaders(event, { etag: '"json-1"', maxAge: 60 })) return '';
	return { hello: 'world', list: [1, 2, 3] };
});
app.get('/query', (event) => ({ query: getQuery(event), url: event.req.url, path: event.url.pathname }));
app.get('/params/:name', (event) => ({
	name: getRouterParam(event, 'name'),
	decoded: decoded(event),
	url: event.req.url,
}));
app.all('/echo', ({ req }) => ({ method: req.method, url: req.url, fields: echoed(req.headers) }));
app.get('/redirect', () => redirect('/hello'));
app.get('/redirect/back', (event) => redirectBack(event, { fallback: '/' }));
app.get('/status/:code', (event) => {
	const code = Number(getRouterParam(event, 'code'));
	return code === 204 ? noContent() : new Response(null, { status: code });
});
app.get('/length', () => new Response('hello', { headers: { 'content-length': '5' } }));
app.get('/fields', ({ res }) => {
	res.headers.append('x-two', 'a');
	res.headers.append('x-two', 'b');
	res.headers.append('vary', 'Accept');
	res.headers.append('vary', 'Cookie');
	res.headers.set('link', '</style.css>; rel=preload');
	res.headers.set('content-type', 'text/html');
	res.statusText = 'Fine';
	return '<p>hello';
});

function decoded(event: H3Event): string | undefined {
	return getRouterParam(event, 'name', { decode: true });
}

app.post('/body', async (event) => ({ body: await readBody(event) }));
app.all('/count', async ({ req }) => ({ method: req.method, octets: (await req.bytes()).length }));
app.post('/mirror', ({ req }) => req.body);
app.post('/unread', () => 'not read');
app.post('/upload', async ({ req }) => {
	const seen: unknown[] = [];
	for (const [name, value] of await req.formData()) {
		if (typeof value === 'string') seen.push({ name, value });
		else seen.push({ name, file: value.name, type: value.type, size: value.size });
	}
	return seen;
});

app.all('/static/**', (event) =>
	serveStatic(event, {
		indexNames: ['/index.html'],
		getContents: (id) => readFile(place(id)),
		getMeta: async (id) => {
			const facts = await stat(place(id)).catch(() => null);
			return facts?.isFile() ? { size: facts.size, mtime: facts.mtimeMs, etag: `"${facts.size}"` } : undefined;
		},
	}),
);

function place(id: string): string {
	return join(PUBLIC, join('/', decodeURIComponent(id).replace(/^\/static/, '')));
}

app.get('/large', () => LARGE);
app.use('/api/**', (event) => {
	const done = handleCors(event, {
		origin: ['https://app.test'],
		methods: '*',
		credentials: true,
		preflight: { statusCode: 204 },
	});
	return done === false ? undefined : done;
});
app.get('/api/items', () => ['item']);
app.get('/basic', async (event) => {
	await requireBasicAuth(event, { username: 'user', password: 'pass' });
	return 'let in';
});
app.get('/timed', (event) => withServerTiming(event, 'step', () => 'timed'));

app.get('/cookies', (event) => parseCookies(event));
app.get('/cookies/set', (event) => {
	setCookie(event, 'plain', 'v', { httpOnly: true, sameSite: 'lax', maxAge: 600 });
	setCookie(event, 'coded', 'a b;✓');
	return 'set';
});
app.get('/cookies/clear', (event) => {
	deleteCookie(event, 'plain');
	return 'cleared';
});
app.get('/session', async (event) => {
	const session = await useSession<{ visits?: number }>(event, SESSION);
	await session.update({ visits: (session.data.visits ?? 0) + 1 });
	return { visits: session.data.visits };
});
app.post('/session/end', async (event) => {
	await clearSession(event, SESSION);
	return 'ended';
});

app.get('/stream', (event) => {
	event.res.headers.set('content-type', 'text/plain');
	return webStream(chunks(5, 20));
});
app.get('/stream/large', () => webStream(chunks(64, 16_384)));
app.get('/stream/pipe', () => iterable(chunks(20, 5000)));
app.get('/stream/broken', () => webStream(broken()));
app.get('/events', (event) => {
	const events = createEventStream(event);
	void (async () => {
		for (let id = 1; id <= 3; id++) await events.push({ id: String(id), event: 'tick', data: `first\nsecond ${id}` });
		await events.close();
	})();
	return events.send();
});
app.get('/watched', (event) => {
	const { key } = getQuery<{ key: string }>(event);
	let timer: NodeJS.Timeout;
	return new ReadableStream({
		start(controller) {
			timer = setInterval(() => controller.enqueue(Buffer.from('tick\n')), 5);
		},
		cancel() {
			clearInterval(timer);
			tell(key, 'over');
		},
	});
});
app.get('/hang', (event) => {
	const { key } = getQuery<{ key: string }>(event);
	tell(key, 'begun');
	event.req.signal.addEventListener('abort', () => tell(key, 'over'));
	return new Promise(() => {});
});
app.post('/received', async (event) => {
	const { key } = getQuery<{ key: string }>(event);
	tell(key, 'begun');
	await event.req.text().then(
		() => tell(key, 'all received'),
		() => tell(key, 'over'),
	);
	return 'received';
});
app.get('/log', (event) => toldOf(getQuery<{ key: string }>(event).key));

const thrown = (): never => {
	throw new Error('thrown');
};
app.get('/throw', thrown).post('/throw', thrown);
app.get('/throw/async', async () => {
	await null;
	throw new HTTPError({ status: 500, message: 'thrown later' });
});
app.get('/throw/status', () => {
	throw new HTTPError({
		status: 418,
		statusText: 'Teapot',
		message: 'a teapot',
		data: { tea: true },
		headers: { 'x-kind': 'tea' },
	});
});
app.get('/id', () => randomUUID());
app.all('/proxy/**', async (event) =>
	proxyRequest(event, `${await upstream()}${event.url.pathname.replace('/proxy', '')}${event.url.search}`, {
		headers: { 'x-by': 'proxy' },
	}),
);

export const site: FetchSite = {
	layer: 'fetch',
	app,
	async own() {
		const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true });
		await server.ready();
		return Number(new URL(server.url ?? '').port);
	},
};
