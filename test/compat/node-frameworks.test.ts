/** Frameworks for node:http, and their middleware, on our engines: over HTTP/1.1 and over HTTP/2. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { nodeToRich } from 'rsgi/adapters';
import { type NodeFunction, type NodeServer, node, nodeServer, serverFactory } from 'rsgi/node';
import { Agent, fetch as fetchOf } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compatModule, type Untyped } from '../support/compat-module.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { folder } from '../support/folder.ts';
import { served } from '../support/served.ts';

const there = compatInstalled();

interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly body: Buffer;
	readonly text: string;
}

type Ask = (
	path: string,
	init?: { method?: string; headers?: Record<string, string>; body?: string | Buffer },
) => Promise<Answer>;

/** Asks over either version, without anything decoded. */
function asks(url: string): readonly (readonly [version: string, ask: Ask])[] {
	const agent = new Agent();
	const session = connect(url);
	onTestFinished(async () => {
		session.close();
		await agent.close();
	});
	return [
		[
			'HTTP/1.1',
			async (path, init = {}) => {
				const { statusCode, headers, body } = await agent.request({
					...{ origin: url, path, method: (init.method ?? 'GET') as 'GET' },
					...{ headers: init.headers ?? {}, body: init.body ?? null },
				});
				const bytes = Buffer.from(await body.arrayBuffer());
				const pairs = Object.entries(headers).flatMap(([name, value]) =>
					[value ?? []].flat().map((one): [string, string] => [name, one]),
				);
				return { status: statusCode, headers: new Headers(pairs), body: bytes, text: bytes.toString() };
			},
		],
		[
			'HTTP/2',
			async (path, init = {}) => {
				const stream = session.request({ ':path': path, ':method': init.method ?? 'GET', ...init.headers });
				stream.end(init.body);
				const [head] = (await once(stream, 'response')) as [Record<string, string | string[]>];
				const bytes = Buffer.concat(await stream.toArray());
				const pairs = Object.entries(head)
					.filter(([name]) => !name.startsWith(':'))
					.flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)]));
				return { status: Number(head[':status']), headers: new Headers(pairs), body: bytes, text: bytes.toString() };
			},
		],
	];
}

/** Serves an application, and does the same over each version. */
async function overBoth(
	app: Parameters<typeof node>[0],
	act: (ask: Ask, version: string) => Promise<void>,
): Promise<void> {
	const { url, log } = await served(nodeToRich(node(app)));
	for (const [version, ask] of asks(url)) await act(ask, version);
	expect(log).toEqual([]);
}

const JSON_BODY = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":[1,2]}' };

describe.skipIf(!there).each(['express', 'express4'])('%s', (name) => {
	const express: Untyped = there ? compatModule(name) : null;

	test('routes, JSON, errors of its own', async () => {
		const app = express();
		app.use(express.json({ limit: '1kb' }));
		app.get('/hi/:who', (req: Untyped, res: Untyped) =>
			res.json({ who: req.params.who, ip: req.ip, protocol: req.protocol }),
		);
		app.post('/echo', (req: Untyped, res: Untyped) => res.status(201).json(req.body));
		app.get('/fails', () => {
			throw Object.assign(new Error('mine'), { status: 418 });
		});
		app.set('env', 'test');
		await overBoth(app, async (ask) => {
			expect(JSON.parse((await ask('/hi/you')).text)).toEqual({ who: 'you', ip: '127.0.0.1', protocol: 'http' });
			const echo = await ask('/echo', JSON_BODY);
			expect([echo.status, echo.text]).toEqual([201, '{"a":[1,2]}']);
			const large = await ask('/echo', { ...JSON_BODY, body: JSON.stringify('x'.repeat(5000)) });
			expect(large.status).toBe(413);
			expect((await ask('/fails')).status).toBe(418);
			const lost = await ask('/lost');
			expect([lost.status, lost.text.includes('Cannot GET /lost')]).toEqual([404, true]);
			const head = await ask('/hi/you', { method: 'HEAD' });
			expect([head.status, head.text]).toEqual([200, '']);
			const etag = (await ask('/hi/you')).headers.get('etag') as string;
			expect((await ask('/hi/you', { headers: { 'if-none-match': etag } })).status).toBe(304);
		});
	});

	test('static files, with ranges', async () => {
		const app = express();
		app.use(express.static(folder({ 'a.txt': '0123456789', 'large.bin': 'x'.repeat(1_000_000) })));
		await overBoth(app, async (ask) => {
			const part = await ask('/a.txt', { headers: { range: 'bytes=2-4' } });
			expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
			expect((await ask('/large.bin')).body.length).toBe(1_000_000);
			expect((await ask('/b.txt')).status).toBe(404);
		});
	});

	test('compression, sessions, cookies, morgan, helmet, cors, timeouts', async () => {
		const lines: string[] = [];
		const app = express();
		app.use(
			compatModule('morgan')(':method :url :status :res[content-encoding] :remote-addr', {
				stream: { write: (line: string) => lines.push(line) },
			}),
		);
		app.use(compatModule('compression')({ threshold: 0 }));
		app.use(compatModule('helmet')());
		app.use(compatModule('cors')());
		app.use(compatModule('connect-timeout')('60s'));
		app.use(compatModule('express-session')({ secret: 's', resave: false, saveUninitialized: true }));
		app.get('/count', (req: Untyped, res: Untyped) => {
			req.session.count = (req.session.count ?? 0) + 1;
			res.type('text').send(`count ${req.session.count} `.repeat(100));
		});
		await overBoth(app, async (ask) => {
			const first = await ask('/count', { headers: { 'accept-encoding': 'gzip' } });
			expect(first.headers.get('content-encoding')).toBe('gzip');
			expect(gunzipSync(first.body).toString()).toContain('count 1 count 1');
			expect(first.headers.get('x-content-type-options')).toBe('nosniff');
			expect(first.headers.get('access-control-allow-origin')).toBe('*');
			const cookie = (first.headers.getSetCookie()[0] as string).split(';')[0] as string;
			expect((await ask('/count', { headers: { cookie } })).text).toContain('count 2');
		});
		expect(lines.map((line) => line.trim())).toEqual([
			...['GET /count 200 gzip 127.0.0.1', 'GET /count 200 - 127.0.0.1'],
			...['GET /count 200 gzip 127.0.0.1', 'GET /count 200 - 127.0.0.1'],
		]);
	});

	test('uploads by multer', async () => {
		const app = express();
		const multer = compatModule('multer')();
		app.post('/upload', multer.single('file'), (req: Untyped, res: Untyped) =>
			res.json({ name: req.file.originalname, size: req.file.size, title: req.body.title }),
		);
		const form = new FormData();
		form.append('title', 'mine');
		form.append('file', new Blob(['x'.repeat(200_000)]), 'a.txt');
		const request = new Request('http://a/', { method: 'POST', body: form });
		const body = Buffer.from(await request.arrayBuffer());
		const headers = { 'content-type': request.headers.get('content-type') as string };
		await overBoth(app, async (ask) => {
			const answer = await ask('/upload', { method: 'POST', headers, body });
			expect(JSON.parse(answer.text)).toEqual({ name: 'a.txt', size: 200_000, title: 'mine' });
		});
	});

	test('a proxy in front of another server', async () => {
		const { url } = await served(
			nodeToRich(
				node((req, res) => {
					res.setHeader('x-backend', '1');
					res.writeHead(203, { connection: 'keep-alive' });
					req.pipe(res);
				}),
			),
		);
		const app = express();
		app.use(compatModule('http-proxy-middleware').createProxyMiddleware({ target: url, changeOrigin: true }));
		await overBoth(app, async (ask) => {
			const body = 'x'.repeat(300_000);
			const answer = await ask('/a', { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
			expect([answer.status, answer.text.length, answer.headers.get('x-backend')]).toEqual([203, 300_000, '1']);
		});
	});
});

describe.skipIf(!there)('others', () => {
	test('connect, and a handler that wants next', async () => {
		const app = compatModule('connect')();
		app.use('/a', (_req: IncomingMessage, res: ServerResponse) => res.end('a'));
		await overBoth(app, async (ask) => {
			expect((await ask('/a')).text).toBe('a');
			expect((await ask('/b')).status).toBe(404);
		});
		const files = compatModule('serve-static')(folder({ 'a.txt': 'file' })) as NodeFunction;
		await overBoth(files, async (ask) => {
			expect((await ask('/a.txt')).text).toBe('file');
			expect((await ask('/b.txt')).status).toBe(404);
		});
	});

	test('Koa', async () => {
		const Koa = compatModule('koa');
		const app = new Koa();
		app.silent = true;
		app.use(compatModule('koa-compress')({ threshold: 0 }));
		app.use(async (context: Untyped) => {
			if (context.path === '/echo') context.body = context.req;
			else if (context.path === '/fails') context.throw(418);
			else context.body = { path: context.path };
		});
		await overBoth(app, async (ask) => {
			expect((await ask('/a')).text).toBe('{"path":"/a"}');
			expect((await ask('/echo', { method: 'POST', body: 'hello' })).text).toBe('hello');
			expect((await ask('/fails')).status).toBe(418);
			const packed = await ask('/a', { headers: { 'accept-encoding': 'gzip' } });
			expect(gunzipSync(packed.body).toString()).toBe('{"path":"/a"}');
		});
	});

	test('Fastify, by its handler and by a server of ours', async () => {
		const make = (options: object): Untyped => {
			const app = compatModule('fastify')(options);
			app.get('/hi', async (request: Untyped) => ({ query: request.query, ip: request.ip }));
			app.post('/echo', async (request: Untyped) => request.body);
			app.post('/empty', async (request: Untyped) => ({ body: request.body ?? null }));
			return app;
		};
		const check = async (ask: Ask): Promise<void> => {
			expect(JSON.parse((await ask('/hi?a=1')).text)).toEqual({ query: { a: '1' }, ip: '127.0.0.1' });
			expect((await ask('/echo', JSON_BODY)).text).toBe('{"a":[1,2]}');
			expect((await ask('/empty', { method: 'POST' })).text).toBe('{"body":null}');
			expect((await ask('/lost')).status).toBe(404);
		};
		await overBoth(make({}), check);
		const app = make({ serverFactory: serverFactory() });
		const url: string = await app.listen({ port: 0 });
		onTestFinished(() => app.close());
		for (const [, ask] of asks(url)) await check(ask);
	});

	test('Nest, on Express and on Fastify', async () => {
		const { Module, Controller, Get } = compatModule('@nestjs/common');
		const { NestFactory } = compatModule('@nestjs/core');
		compatModule('reflect-metadata');
		class Hello {
			hello(): object {
				return { hello: 'nest' };
			}
		}
		Get('hello')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'));
		Controller()(Hello);
		class App {}
		Module({ controllers: [Hello] })(App);
		const { FastifyAdapter } = compatModule('@nestjs/platform-fastify');
		for (const adapter of [undefined, new FastifyAdapter()]) {
			const app = await NestFactory.create(App, ...[adapter ?? []].flat(), { logger: false });
			await overBoth(app, async (ask) => {
				expect((await ask('/hello')).text).toBe('{"hello":"nest"}');
			});
		}
	});
});

describe.skipIf(!there)('WebSockets', () => {
	async function listening(server: NodeServer): Promise<number> {
		server.listen(0);
		await once(server, 'listening');
		onTestFinished(() => void server.close());
		return (server.address() as { port: number }).port;
	}

	test('ws, over HTTP/1.1 and HTTP/2', async () => {
		const { WebSocketServer, WebSocket } = compatModule('ws');
		const server = nodeServer((_req, res) => void res.end('plain'));
		const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: true });
		sockets.on('connection', (socket: Untyped) =>
			socket.on('message', (message: Buffer, binary: boolean) => socket.send(message, { binary })),
		);
		const port = await listening(server);
		const client = new WebSocket(`ws://127.0.0.1:${port}/ws`);
		await once(client, 'open');
		for (const size of [2, 70_000, 3_000_000]) {
			client.send(Buffer.alloc(size, 7));
			const [message] = await once(client, 'message');
			expect(message.equals(Buffer.alloc(size, 7))).toBe(true);
		}
		client.close(1000);
		expect((await once(client, 'close'))[0]).toBe(1000);
		const refused = new WebSocket(`ws://127.0.0.1:${port}/other`);
		expect((await once(refused, 'error'))[0].message).toContain('400');

		const session = connect(`http://127.0.0.1:${port}`);
		await once(session, 'remoteSettings');
		const stream = session.request({
			...{ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/ws', 'sec-websocket-version': '13' },
		});
		const [head] = await once(stream, 'response');
		expect([head[':status'], head['sec-websocket-accept']]).toEqual([200, undefined]);
		stream.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
		stream.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
		stream.end();
		expect(Buffer.concat(await stream.toArray()).toString('hex')).toBe(`81026869${'880203e8'}`);
		session.close();
	});

	test('a proxy that finds the server by a request', async () => {
		const { WebSocketServer, WebSocket } = compatModule('ws');
		const { createProxyMiddleware } = compatModule('http-proxy-middleware');
		const behind = nodeServer((_req, res) => void res.end('behind'));
		new WebSocketServer({ server: behind }).on('connection', (socket: Untyped) =>
			socket.on('message', (message: Buffer) => socket.send(`<${message}>`)),
		);
		const target = `http://127.0.0.1:${await listening(behind)}`;
		const app = compatModule('express')();
		app.use(createProxyMiddleware({ target, ws: true }));
		const { port } = await served(nodeToRich(node(app)));
		// It hangs its listener on the server of the first request.
		expect(await (await fetchOf(`http://127.0.0.1:${port}/`)).text()).toBe('behind');
		const client = new WebSocket(`ws://127.0.0.1:${port}/`);
		await once(client, 'open');
		client.send('through');
		expect(String((await once(client, 'message'))[0])).toBe('<through>');
		client.close(1000);
		await once(client, 'close');
	});

	test('socket.io', async () => {
		const { Server } = compatModule('socket.io');
		const { io: client } = compatModule('socket.io-client');
		const express = compatModule('express')();
		express.get('/', (_req: Untyped, res: Untyped) => res.send('express'));
		const server = nodeServer(express);
		const sockets = new Server(server);
		sockets.on('connection', (socket: Untyped) =>
			socket.on('hello', (text: string, answer: (text: string) => void) => answer(`you said ${text}`)),
		);
		const port = await listening(server);
		for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
			const socket = client(`http://127.0.0.1:${port}`, { transports });
			await new Promise((resolve) => socket.on('connect', resolve));
			expect(await socket.emitWithAck('hello', 'x')).toBe('you said x');
			socket.close();
		}
		expect(await (await fetchOf(`http://127.0.0.1:${port}/`)).text()).toBe('express');
		sockets.close();
	});
});
