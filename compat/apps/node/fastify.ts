/** Fastify, with its plugins. */
import { Readable } from 'node:stream';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import etag from '@fastify/etag';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import session from '@fastify/session';
import statics from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import type { NodeSite } from '../../serve/site.ts';
import { broken, chunks, echoed, LARGE, PUBLIC, webStream } from '../content.ts';
import { tell, toldOf } from '../watched.ts';

declare module 'fastify' {
	interface Session {
		visits?: number;
	}
}

type Keyed = { Querystring: { key: string } };

async function build(): Promise<FastifyInstance> {
	const app = Fastify({ trustProxy: true, bodyLimit: 100_000, exposeHeadRoutes: true });
	await app.register(helmet, { global: false });
	await app.register(compress, { threshold: 100 });
	await app.register(etag);
	await app.register(cookie, { secret: 'secret' });
	await app.register(formbody);
	await app.register(multipart, { limits: { fileSize: 1_000_000 } });
	await app.register(statics, { root: PUBLIC, prefix: '/static/' });
	await app.register(async (api) => {
		await api.register(cors, {
			origin: ['https://app.test'],
			credentials: true,
			maxAge: 600,
			exposedHeaders: ['x-total'],
		});
		api.get('/api/items', async (_request, reply) => reply.header('x-total', '1').send(['item']));
	});
	await app.register(async (kept) => {
		await kept.register(session, { secret: 'a secret that has at least 32 characters', cookie: { secure: false } });
		kept.get('/session', async (request) => {
			request.session.visits = (request.session.visits ?? 0) + 1;
			return { visits: request.session.visits };
		});
		kept.post('/session/end', async (request) => {
			await request.session.destroy();
			return 'ended';
		});
	});
	app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
		done(null, body),
	);
	await app.register(async (raw) => {
		raw.removeAllContentTypeParsers();
		raw.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
		raw.all('/count', { bodyLimit: 10_000_000 }, async (request) => {
			let octets = 0;
			for await (const chunk of (request.body ?? []) as AsyncIterable<Buffer>) octets += chunk.length;
			return { octets };
		});
		raw.post('/mirror', { bodyLimit: 10_000_000 }, (request, reply) =>
			reply.type('application/octet-stream').send(request.body),
		);
		raw.post('/unread', async () => 'not read');
		raw.post<Keyed>('/received', (request) => {
			const { key } = request.query;
			tell(key, 'begun');
			request.raw.resume();
			request.raw.on('error', (error: NodeJS.ErrnoException) => tell(key, `error ${error.code}`));
			request.raw.on('close', () => setImmediate(() => tell(key, 'over')));
		});
	});

	app.get('/hello', async () => 'hello');
	app.get('/json', async () => ({ hello: 'world', list: [1, 2, 3] }));
	app.get('/query', async ({ query, url, originalUrl }) => ({ query, url, originalUrl }));
	app.get('/params/:name', async ({ params, url }) => ({ params, url }));
	app.all('/echo', async (request) => {
		const { method, url, host, hostname, protocol, ip, ips, headers } = request;
		return { method, url, host, hostname, protocol, ip, ips, fields: echoed(Object.entries(headers)) };
	});
	app.get('/redirect', (_request, reply) => reply.redirect('/hello'));
	app.get<{ Params: { code: string } }>('/status/:code', (request, reply) =>
		reply.code(Number(request.params.code)).send(),
	);
	app.get('/length', (_request, reply) => reply.header('content-length', '5').send('hello'));
	app.get('/fields', (_request, reply) =>
		reply
			.header('x-two', ['a', 'b'])
			.header('vary', 'Accept')
			.header('link', '</style.css>; rel=preload')
			.type('text/html')
			.send('<p>hello'),
	);
	app.get('/trailers', (_request, reply) => {
		reply.trailer('x-sum', async () => 'abc');
		return reply.send('content');
	});
	app.get('/hints', (_request, reply) => {
		reply.raw.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
		return reply.send('hinted');
	});
	app.post('/body', async ({ body }) =>
		Buffer.isBuffer(body) ? { octets: body.toString('hex') } : { body: body ?? null },
	);
	app.post('/upload', { bodyLimit: 10_000_000 }, async (request) => {
		const seen: unknown[] = [];
		for await (const part of request.parts()) {
			if (part.type === 'file')
				seen.push({ name: part.fieldname, filename: part.filename, size: (await part.toBuffer()).length });
			else seen.push({ name: part.fieldname, value: part.value });
		}
		return seen;
	});
	app.get('/large', async () => LARGE);
	app.get('/large/no-transform', async (_request, reply) => reply.header('cache-control', 'no-transform').send(LARGE));
	app.get('/helmet', { helmet: {} }, async () => 'safe');
	app.get('/cookies', async ({ cookies, unsignCookie }) => ({
		cookies,
		signed: cookies.signed === undefined ? null : unsignCookie(cookies.signed).value,
	}));
	app.get('/cookies/set', (_request, reply) =>
		reply
			.setCookie('plain', 'v', { httpOnly: true, sameSite: 'lax', maxAge: 600 })
			.setCookie('signed', 'value', { signed: true })
			.send('set'),
	);
	app.get('/cookies/clear', (_request, reply) => reply.clearCookie('plain').send('cleared'));
	app.get('/stream', (_request, reply) => reply.type('text/plain').send(Readable.from(chunks(5, 20))));
	app.get('/stream/large', (_request, reply) => reply.send(Readable.from(chunks(64, 16_384))));
	app.get('/stream/pipe', (_request, reply) => reply.send(webStream(chunks(20, 5000))));
	app.get('/stream/broken', (_request, reply) => reply.send(Readable.from(broken())));
	app.get('/response', async () => new Response('a web response', { status: 202, headers: { 'x-web': 'yes' } }));
	app.get('/events', async (_request, reply) => {
		reply.hijack();
		reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' });
		for (let id = 1; id <= 3; id++) {
			reply.raw.write(`id: ${id}\ndata: tick\n\n`);
			await new Promise((resolve) => setImmediate(resolve));
		}
		reply.raw.end();
	});
	app.get<Keyed>('/watched', (request, reply) => {
		const { key } = request.query;
		async function* ticks(): AsyncGenerator<Buffer> {
			for (;;) {
				await new Promise((resolve) => setTimeout(resolve, 5));
				yield Buffer.from('tick\n');
			}
		}
		const body = Readable.from(ticks());
		body.on('close', () => tell(key, 'over'));
		return reply.send(body);
	});
	app.addHook('onRequestAbort', async (request) => tell((request.query as { key: string }).key, 'request aborted'));
	app.get<Keyed>('/hang', (request, reply) => {
		const { key } = request.query;
		tell(key, 'begun');
		reply.raw.on('close', () => setImmediate(() => tell(key, 'over')));
	});
	app.get<Keyed>('/log', async (request) => toldOf(request.query.key));
	app.addHook('onResponse', async (request, reply) => {
		if (request.url.startsWith('/logged')) tell('logged', `${request.method} ${request.url} ${reply.statusCode}`);
	});
	app.all('/throw', async () => {
		throw new Error('thrown');
	});
	app.get('/throw/async', async () => {
		await null;
		throw new Error('thrown later');
	});
	app.get('/throw/status', async () => {
		throw Object.assign(new Error('a teapot'), { statusCode: 418, headers: { 'x-kind': 'tea' } });
	});
	app.get(
		'/validated',
		{ schema: { querystring: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } } },
		async ({ query }) => query,
	);
	return app;
}

export const site: NodeSite = {
	layer: 'node',
	app: build,
	async own() {
		const app = await build();
		const url = await app.listen({ port: 0, host: '127.0.0.1' });
		return Number(new URL(url).port);
	},
};
