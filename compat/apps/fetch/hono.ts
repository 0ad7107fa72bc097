/** Hono, with its own middleware. */
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { some } from 'hono/combine';
import { compress } from 'hono/compress';
import { contextStorage, getContext } from 'hono/context-storage';
import { deleteCookie, getCookie, getSignedCookie, setCookie, setSignedCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { csrf } from 'hono/csrf';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { jwt } from 'hono/jwt';
import { languageDetector } from 'hono/language';
import { logger } from 'hono/logger';
import { methodOverride } from 'hono/method-override';
import { poweredBy } from 'hono/powered-by';
import { prettyJSON } from 'hono/pretty-json';
import { proxy } from 'hono/proxy';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { stream, streamSSE, streamText } from 'hono/streaming';
import { timeout } from 'hono/timeout';
import { setMetric, timing } from 'hono/timing';
import { trimTrailingSlash } from 'hono/trailing-slash';
import type { FetchSite } from '../../serve/site.ts';
import { broken, chunks, echoed, LARGE, PUBLIC, webStream } from '../content.ts';
import { upstream } from '../upstream.ts';
import { tell, toldOf } from '../watched.ts';

const app = new Hono();
const lines: string[] = [];
const sessions = new Map<string, number>();

app.use(
	'/logged/*',
	logger((line) => void lines.push(line)),
);
app.use(poweredBy());
app.use('/large/*', compress());
app.use('/stream', compress());
app.use('/events', compress());
app.use('/static/*', compress());
app.use('/json', etag());
app.use('/large', etag());
app.use('/api/*', cors({ origin: ['https://app.test'], credentials: true, maxAge: 600, exposeHeaders: ['x-total'] }));
app.use('/helmet', secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'self'"] } }));
app.use('/csrf', csrf());
app.use('/body', bodyLimit({ maxSize: 100_000 }));
app.use('/upload', bodyLimit({ maxSize: 1_000_000, onError: (c) => c.text('too large', 413) }));
app.use('/basic', basicAuth({ username: 'user', password: 'pass' }));
app.use('/bearer', bearerAuth({ token: 'secret' }));
app.use('/either', some(bearerAuth({ token: 'secret' }), basicAuth({ username: 'user', password: 'pass' })));
app.use('/jwt', jwt({ secret: 'secret', alg: 'HS256' }));
app.use('/language', languageDetector({ supportedLanguages: ['en', 'de'], fallbackLanguage: 'en' }));
app.use('/pretty', prettyJSON());
app.use('/id', requestId());
app.use('/slow', timeout(50));
app.use('/timed', timing({ total: false }));
app.use('/context', contextStorage());
app.use('/override', methodOverride({ app }));
app.use('/trim/*', trimTrailingSlash());
app.use('/static/*', serveStatic({ root: PUBLIC, rewriteRequestPath: (path) => path.replace(/^\/static/, '') }));

app.get('/hello', (c) => c.text('hello'));
app.get('/logged/hello', (c) => c.text('hello'));
app.get('/logged/nothing', (c) => c.body(null, 204));
app.get('/lines', (c) => c.text(lines.filter((line) => line.includes(`key=${c.req.query('key')}`)).join('\n')));
app.get('/json', (c) => c.json({ hello: 'world', list: [1, 2, 3] }));
app.get('/query', (c) => c.json({ one: c.req.query(), all: c.req.queries(), path: c.req.path, url: c.req.url }));
app.get('/params/:name', (c) => c.json({ name: c.req.param('name'), path: c.req.path, url: c.req.url }));
app.all('/echo', (c) =>
	c.json({ method: c.req.method, url: c.req.url, path: c.req.path, fields: echoed(Object.entries(c.req.header())) }),
);
app.get('/redirect', (c) => c.redirect('/hello'));
app.get('/redirect/back', (c) => c.redirect(c.req.header('referer') ?? '/', 303));
app.get('/status/:code', (c) => new Response(null, { status: Number(c.req.param('code')) }));
app.get('/length', (c) => c.body('hello', 200, { 'Content-Length': '5' }));
app.get('/fields', (c) => {
	c.header('X-Two', 'a');
	c.header('X-Two', 'b', { append: true });
	c.header('Vary', 'Accept');
	c.header('Vary', 'Cookie', { append: true });
	c.header('Link', '</style.css>; rel=preload');
	c.header('X-Empty', '');
	c.header('Content-Type', 'text/html');
	return c.body('<p>hello');
});

app.post('/body', async (c) => {
	const type = c.req.header('content-type') ?? '';
	if (type.includes('json')) return c.json({ json: await c.req.json() });
	if (type.includes('form')) return c.json({ form: await c.req.parseBody({ all: true }) });
	return c.json({ text: await c.req.text() });
});
app.all('/count', async (c) => c.json({ method: c.req.method, octets: (await c.req.arrayBuffer()).byteLength }));
app.post('/mirror', (c) => c.body(c.req.raw.body as ReadableStream));
app.post('/unread', (c) => c.text('not read'));
app.post('/upload', async (c) => {
	const form = await c.req.formData();
	const seen = await Promise.all(
		[...form].map(async ([name, value]) =>
			typeof value === 'string'
				? { name, value }
				: { name, file: value.name, type: value.type, size: (await value.bytes()).length },
		),
	);
	return c.json(seen);
});

app.get('/large', (c) => c.text(LARGE));
app.get('/large/no-transform', (c) => c.text(LARGE, 200, { 'Cache-Control': 'no-transform' }));
app.get('/api/items', (c) => c.json(['item'], 200, { 'X-Total': '1' }));
app.get('/helmet', (c) => c.text('safe'));
app.post('/csrf', (c) => c.text('accepted'));
for (const path of ['/basic', '/bearer', '/either']) app.get(path, (c) => c.text('let in'));
app.get('/jwt', (c) => c.json(c.get('jwtPayload' as never)));
app.get('/language', (c) => c.text(c.get('language' as never) as string));
app.get('/pretty', (c) => c.json({ a: { b: 1 } }));
app.get('/id', (c) => c.text(c.get('requestId' as never) as string));
app.get('/timed', (c) => {
	setMetric(c, 'step', 12, 'a step');
	return c.text('timed');
});
app.get('/context', (c) => {
	c.set('who' as never, 'me' as never);
	return c.text(whoseContext());
});
app.post('/override', (c) => c.text('posted'));
app.delete('/override', (c) => c.text('deleted'));
app.get('/trim/here', (c) => c.text('here'));

function whoseContext(): string {
	return (getContext() as Context).get('who');
}

app.get('/cookies', async (c) => c.json({ all: getCookie(c), signed: await getSignedCookie(c, 'secret', 'signed') }));
app.get('/cookies/set', async (c) => {
	setCookie(c, 'plain', 'v', { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 600 });
	setCookie(c, 'coded', 'a b;✓');
	await setSignedCookie(c, 'signed', 'value', 'secret');
	return c.text('set');
});
app.get('/cookies/clear', (c) => {
	deleteCookie(c, 'plain', { path: '/' });
	return c.text('cleared');
});
app.get('/session', (c) => {
	const given = getCookie(c, 'session');
	const id = given !== undefined && sessions.has(given) ? given : crypto.randomUUID();
	const visits = (sessions.get(id) ?? 0) + 1;
	sessions.set(id, visits);
	setCookie(c, 'session', id);
	return c.json({ visits });
});
app.post('/session/end', (c) => {
	sessions.delete(deleteCookie(c, 'session') ?? '');
	return c.text('ended');
});

app.get('/stream', (c) =>
	streamText(c, async (out) => {
		for (let at = 0; at < 5; at++) {
			await out.writeln(`line ${at}`);
			await out.sleep(2);
		}
	}),
);
app.get('/stream/large', (c) =>
	stream(c, async (out) => {
		for await (const chunk of chunks(64, 16_384)) await out.write(chunk);
	}),
);
app.get('/stream/pipe', (c) => stream(c, (out) => out.pipe(webStream(chunks(20, 5000)))));
app.get('/stream/broken', () => new Response(webStream(broken())));
app.get('/events', (c) =>
	streamSSE(c, async (out) => {
		for (let id = 1; id <= 3; id++) await out.writeSSE({ id: String(id), event: 'tick', data: `first\nsecond ${id}` });
	}),
);
app.get('/watched', (c) =>
	stream(c, async (out) => {
		const key = c.req.query('key');
		out.onAbort(() => tell(key, 'over'));
		while (!out.aborted) {
			await out.write('tick\n');
			await out.sleep(5);
		}
	}),
);
app.get('/hang', (c) => {
	const key = c.req.query('key');
	tell(key, 'begun');
	c.req.raw.signal.addEventListener('abort', () => tell(key, 'over'));
	return new Promise<Response>(() => {});
});
app.post('/received', async (c) => {
	const key = c.req.query('key');
	tell(key, 'begun');
	try {
		await c.req.text();
		tell(key, 'all received');
	} catch {
		tell(key, 'over');
	}
	return c.text('received');
});
app.get('/log', (c) => c.text(toldOf(c.req.query('key'))));

app.get('/throw', () => {
	throw new Error('thrown');
});
app.post('/throw', () => {
	throw new Error('thrown');
});
app.get('/throw/async', async () => {
	await null;
	throw new Error('thrown later');
});
app.get('/throw/status', () => {
	throw new HTTPException(418, {
		message: 'a teapot',
		res: new Response('a teapot', { status: 418, headers: { 'x-kind': 'tea' } }),
	});
});
app.get('/throw/later', (c) =>
	stream(
		c,
		async (out) => {
			await out.write('begun\n');
			throw new Error('thrown in a stream');
		},
		async () => {},
	),
);
app.get('/slow', () => new Promise<Response>(() => {}));
app.all('/proxy/*', async (c) =>
	proxy(`${await upstream()}${c.req.path.replace('/proxy', '')}`, {
		...c.req,
		headers: { ...c.req.header(), 'X-By': 'proxy' },
	}),
);

export const site: FetchSite = {
	layer: 'fetch',
	app,
	own: () =>
		new Promise((resolve) => {
			serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
		}),
};
