/** Koa, with the middleware that is written for it. */
import { PassThrough, Readable } from 'node:stream';
import { bodyParser } from '@koa/bodyparser';
import cors from '@koa/cors';
import multer from '@koa/multer';
import Router from '@koa/router';
import Koa from 'koa';
import compress from 'koa-compress';
import conditional from 'koa-conditional-get';
import etag from 'koa-etag';
import helmet from 'koa-helmet';
import session from 'koa-session';
import serve from 'koa-static';
import { ownNode } from '../../serve/own-node.ts';
import type { NodeSite } from '../../serve/site.ts';
import { broken, chunks, echoed, LARGE, PUBLIC } from '../content.ts';
import { tell, toldOf } from '../watched.ts';

const app = new Koa({ proxy: true, keys: ['secret'] });
app.silent = true;
app.on('error', (error: Error, ctx?: Koa.Context) => tell('errors', `${ctx?.path} ${error.message}`));

const only = (prefix: string, middleware: Koa.Middleware): Koa.Middleware => {
	return (ctx, next) => (ctx.path.startsWith(prefix) ? middleware(ctx, next) : next());
};
app.use(only('/helmet', helmet()));
app.use(
	only(
		'/api',
		cors({
			origin: (ctx) => (ctx.get('Origin') === 'https://app.test' ? 'https://app.test' : ''),
			credentials: true,
			maxAge: 600,
		}),
	),
);
app.use(compress({ threshold: 100 }));
app.use(conditional());
app.use(etag());
app.use(only('/session', session({ key: 'koa.sess', maxAge: 600_000 }, app as never) as never));
app.use(
	bodyParser({
		enableTypes: ['json', 'form', 'text'],
		jsonLimit: '100kb',
		onError: (_error, ctx) => ctx.throw(422, 'cannot be parsed'),
	}),
);
app.use(async (ctx, next) => {
	if (!ctx.path.startsWith('/static')) return await next();
	ctx.path = ctx.path.slice('/static'.length) || '/';
	await serve(PUBLIC)(ctx, async () => {});
});

const router = new Router();
router.get('/hello', (ctx) => {
	ctx.body = 'hello';
});
router.get('/json', (ctx) => {
	ctx.body = { hello: 'world', list: [1, 2, 3] };
});
router.get('/query', (ctx) => {
	const { query, querystring, url, path, href } = ctx;
	ctx.body = { query, querystring, url, path, href };
});
router.get('/params/:name', (ctx) => {
	ctx.body = { params: ctx.params, path: ctx.path };
});
router.all('/echo', (ctx) => {
	const { method, url, host, hostname, protocol, ip, ips, secure } = ctx;
	ctx.body = { method, url, host, hostname, protocol, ip, ips, secure, fields: echoed(Object.entries(ctx.headers)) };
});
router.get('/redirect', (ctx) => ctx.redirect('/hello'));
router.get('/redirect/back', (ctx) => ctx.back('/'));
router.get('/status/:code', (ctx) => {
	ctx.status = Number(ctx.params.code);
});
router.get('/length', (ctx) => {
	ctx.set('Content-Length', '5');
	ctx.body = 'hello';
});
router.get('/fields', (ctx) => {
	ctx.set('X-Two', ['a', 'b']);
	ctx.vary('Accept');
	ctx.vary('Cookie');
	ctx.message = 'Fine';
	ctx.type = 'html';
	ctx.lastModified = new Date(1_700_000_000_000);
	ctx.body = '<p>hello';
});
router.post('/body', (ctx) => {
	ctx.body = { body: ctx.request.body ?? null, raw: ctx.request.rawBody ?? null };
});
router.all('/count', async (ctx) => {
	let octets = 0;
	for await (const chunk of ctx.req) octets += (chunk as Buffer).length;
	ctx.body = { octets };
});
router.post('/mirror', (ctx) => {
	ctx.type = 'application/octet-stream';
	ctx.body = ctx.req;
});
router.post('/unread', (ctx) => {
	ctx.body = 'not read';
});
const upload = multer({ limits: { fileSize: 1_000_000 } });
router.post('/upload', upload.array('files') as never, (ctx) => {
	const files = (ctx.files ?? []) as unknown as { originalname: string; mimetype: string; size: number }[];
	ctx.body = files.map(({ originalname, mimetype, size }) => ({ originalname, mimetype, size }));
});
router.get('/large', (ctx) => {
	ctx.body = LARGE;
});
router.get('/large/no-transform', (ctx) => {
	ctx.set('Cache-Control', 'no-transform');
	ctx.body = LARGE;
});
router.get('/api/items', (ctx) => {
	ctx.body = ['item'];
});
router.get('/helmet', (ctx) => {
	ctx.body = 'safe';
});
router.get('/cookies', (ctx) => {
	ctx.body = { plain: ctx.cookies.get('plain') ?? null, signed: ctx.cookies.get('signed', { signed: true }) ?? null };
});
router.get('/cookies/set', (ctx) => {
	ctx.cookies.set('plain', 'v', { httpOnly: true, signed: false, maxAge: 600_000 });
	ctx.cookies.set('signed', 'value', { signed: true });
	ctx.body = 'set';
});
router.get('/cookies/clear', (ctx) => {
	ctx.cookies.set('plain', null);
	ctx.body = 'cleared';
});
router.get('/session', (ctx) => {
	const kept = ctx.session as { visits?: number };
	kept.visits = (kept.visits ?? 0) + 1;
	ctx.body = { visits: kept.visits };
});
router.post('/session/end', (ctx) => {
	ctx.session = null;
	ctx.body = 'ended';
});
router.get('/stream', (ctx) => {
	ctx.type = 'text';
	ctx.body = Readable.from(chunks(5, 20));
});
router.get('/stream/large', (ctx) => {
	ctx.body = Readable.from(chunks(64, 16_384));
});
router.get('/stream/pipe', (ctx) => {
	ctx.body = Readable.from(chunks(20, 5000)).pipe(new PassThrough());
});
router.get('/stream/broken', (ctx) => {
	ctx.body = Readable.from(broken());
});
router.get('/events', (ctx) => {
	const out = new PassThrough();
	ctx.type = 'text/event-stream';
	ctx.set('Cache-Control', 'no-cache');
	ctx.flushHeaders();
	ctx.body = out;
	void (async () => {
		for (let id = 1; id <= 3; id++) {
			out.write(`id: ${id}\ndata: tick\n\n`);
			await new Promise((resolve) => setImmediate(resolve));
		}
		out.end();
	})();
});
router.get('/watched', (ctx) => {
	const key = String(ctx.query.key);
	async function* ticks(): AsyncGenerator<Buffer> {
		for (;;) {
			await new Promise((resolve) => setTimeout(resolve, 5));
			yield Buffer.from('tick\n');
		}
	}
	const body = Readable.from(ticks());
	body.on('close', () => tell(key, 'over'));
	ctx.body = body;
});
router.get('/hang', (ctx) => {
	const key = String(ctx.query.key);
	tell(key, 'begun');
	ctx.res.on('close', () => tell(key, `writable ${ctx.writable} over`));
	return new Promise(() => {});
});
router.post('/received', (ctx) => {
	const key = String(ctx.query.key);
	tell(key, 'begun');
	ctx.req.resume();
	ctx.req.on('error', (error: NodeJS.ErrnoException) => tell(key, `error ${error.code}`));
	ctx.req.on('close', () => setImmediate(() => tell(key, 'over')));
	return new Promise(() => {});
});
router.get('/log', (ctx) => {
	ctx.body = toldOf(String(ctx.query.key));
});
router.get('/native', (ctx) => {
	ctx.respond = false;
	ctx.res.writeHead(203, { 'X-By': 'native' });
	ctx.res.end('native');
});
router.all('/throw', () => {
	throw new Error('thrown');
});
router.get('/throw/async', async () => {
	await null;
	throw new Error('thrown later');
});
router.get('/throw/status', (ctx) => ctx.throw(418, 'a teapot', { headers: { 'X-Kind': 'tea' } }));
router.get('/throw/later', (ctx) => {
	ctx.res.write('begun\n');
	throw new Error('thrown in a stream');
});
app.use(router.routes());
app.use(router.allowedMethods());

export const site: NodeSite = { layer: 'node', app: () => app, own: () => ownNode(app.callback() as never) };
