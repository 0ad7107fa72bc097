/** Rich applications on servers of node:http and node:http2: what the contract of test/hosts does not show. */
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, request, type Server } from 'node:http';
import { connect, createServer as createHttp2, type Http2Server, sensitiveHeaders } from 'node:http2';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { ErrorCode, type Exchange, Fields, type Outcome, type RichFunction, type RichHooks, rich, utf8 } from 'rsgi';
import { richToFetch, richToNode } from 'rsgi/adapters';
import { type Attached, attach } from 'rsgi/attach';
import { websocket } from 'rsgi/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { refusal } from '../support/refusal.ts';

/** Listens until the test has ended. */
async function listening(server: Server | Http2Server): Promise<number> {
	const sockets = new Set<Socket>();
	(server as NetServer).on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(async () => {
		const closed = new Promise((resolve) => server.close(resolve));
		for (const socket of sockets) socket.destroy();
		await closed;
	});
	return (server.address() as AddressInfo).port;
}

interface Attaching {
	readonly port: number;
	readonly attached: Attached;
	readonly log: unknown[];
}

async function attaching(server: Server | Http2Server, run: RichFunction, hooks: RichHooks = {}): Promise<Attaching> {
	const log: unknown[] = [];
	const attached = await attach(server, rich(run, hooks), { log: (error) => log.push(error) });
	return { port: await listening(server), attached, log };
}

async function fetched(port: number, options: object = {}): Promise<IncomingMessage & { text: string }> {
	const asked = get({ port, host: '127.0.0.1', ...options });
	const [response] = (await once(asked, 'response')) as [IncomingMessage];
	let text = '';
	for await (const chunk of response) text += String(chunk);
	return Object.assign(response, { text });
}

/** One request over HTTP/2, whole. */
async function fetched2(port: number, headers: object = {}): Promise<{ raw: string[]; text: string; code: number }> {
	const session = connect(`http://127.0.0.1:${port}`);
	onTestFinished(() => session.destroy());
	const stream = session.request({ ...headers });
	let raw: string[] = [];
	let text = '';
	stream.on('response', (_headers, _flags, lines) => {
		raw = lines as unknown as string[];
	});
	stream.on('data', (chunk) => {
		text += String(chunk);
	});
	stream.on('error', () => {});
	await new Promise<void>((resolve) => stream.on('close', resolve));
	return { raw, text, code: stream.rstCode ?? 0 };
}

function hello(exchange: Exchange): void {
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(utf8('hello'));
}

describe('a listener', () => {
	test('HOST-1: what others have set in the response is sent with it', async () => {
		const app = richToNode(rich(hello));
		const stamped = (req: IncomingMessage, res: Parameters<typeof app>[1]): void => {
			res.setHeader('X-Stamp', '1');
			res.setHeader('Content-Type', 'text/html');
			app(req, res);
		};
		const { headers, text } = await fetched(await listening(createServer(stamped)));
		expect([headers['x-stamp'], headers['content-type'], text]).toEqual(['1', 'text/plain', 'hello']);
		const { raw } = await fetched2(await listening(createHttp2(stamped as never)));
		expect(raw).toEqual(expect.arrayContaining(['x-stamp', '1', 'content-type', 'text/plain']));
		expect(raw).not.toContain('text/html');
	});

	test('HOST-2: start and stop are kept, and protocols are not; what is no rich application is refused', () => {
		const hooks = { start() {}, stop() {}, protocols: ['toy'] };
		const app = richToNode(rich(hello, hooks));
		expect([app.start, app.stop, app.protocols]).toEqual([hooks.start, hooks.stop, undefined]);
		expect(refusal('RICH-3', () => richToNode((() => {}) as never))).toContain('richToNode()');
	});

	test('HOST-2: inform and trailers are there, accept is null, and push is where the client takes it', async () => {
		const told: unknown[] = [];
		const app = richToNode(
			rich((exchange) => {
				told.push([
					exchange.httpVersion,
					exchange.inform !== null,
					exchange.trailers,
					exchange.accept !== null,
					exchange.push !== null,
				]);
				hello(exchange);
			}),
		);
		const port = await listening(createServer(app));
		await fetched(port);
		const old = await new RawClient(port).connected();
		await old.send('GET / HTTP/1.0\r\n\r\n');
		await old.closed();
		await fetched2(await listening(createHttp2(app as never)));
		expect(told).toEqual([
			['1.1', true, true, false, false],
			['1.0', false, false, false, false],
			['2', true, true, false, true],
		]);
	});

	test('HOST-3: a response that is whole at once has its length, and another has not', async () => {
		const { port } = await attaching(createServer(), (exchange) => {
			if (exchange.target !== '/later') return hello(exchange);
			exchange.respond(200);
			setImmediate(() => exchange.end(utf8('hello')));
		});
		const whole = await fetched(port);
		expect([whole.headers['content-length'], whole.headers['transfer-encoding']]).toEqual(['5', undefined]);
		const later = await fetched(port, { path: '/later' });
		expect([later.headers['content-length'], later.headers['transfer-encoding']]).toEqual([undefined, 'chunked']);
		expect([whole.text, later.text]).toEqual(['hello', 'hello']);
		expect((await fetched(port, { method: 'HEAD' })).headers['content-length']).toBeUndefined();
	});

	test('HOST-4: the connection that is lost and the stream that is reset are told apart', async () => {
		const outcomes: Outcome[] = [];
		const told: (() => void)[] = [];
		const { port } = await attaching(createHttp2(), (exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			return {
				closed(outcome) {
					outcomes.push(outcome);
					told.shift()?.();
				},
			};
		});
		for (const leave of ['reset', 'lost']) {
			const session = connect(`http://127.0.0.1:${port}`);
			session.on('error', () => {});
			const stream = session.request({});
			stream.on('error', () => {});
			await once(stream, 'response');
			const closed = new Promise<void>((resolve) => told.push(resolve));
			if (leave === 'reset') stream.close(ErrorCode.ENHANCE_YOUR_CALM);
			else session.destroy();
			await closed;
			session.destroy();
		}
		expect(outcomes).toEqual([
			{ reason: 'reset', code: ErrorCode.ENHANCE_YOUR_CALM },
			{ reason: 'lost', code: 0 },
		]);
	});

	test('HOST-5: the marks count what the host has no room for', async () => {
		let exchange: Exchange | null = null;
		const drained: number[] = [];
		const { port } = await attaching(createServer(), (given) => {
			exchange = given;
			given.respond(200);
			return { drain: () => void drained.push(1) };
		});
		const client = await new RawClient(port, false).connected();
		client.socket.pause();
		await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		while (exchange === null) await new Promise((resolve) => setImmediate(resolve));
		const chunk = new Uint8Array(64 * 1024);
		// What the system takes is not known; the marks come behind it, so it ends.
		let written = 0;
		for (;;) {
			written += chunk.length;
			if (!(exchange as Exchange).write(chunk)) {
				await new Promise((resolve) => setTimeout(resolve, 20));
				if (drained.splice(0).length === 0) break;
			}
		}
		expect(written).toBeLessThan(64 * 1024 * 1024);
		expect(() => {
			for (let at = 0; at < 8; at++) (exchange as Exchange | null)?.write(chunk);
		}).toThrow('RICH-23');
		client.destroy();
	});

	test('HOST-6: what Node.js refuses to send breaks the response off, and is logged', async () => {
		const { port, log } = await attaching(createHttp2(), (exchange) => {
			if (exchange.target === '/') return hello(exchange);
			exchange.respond(200, ['etag', '"a"', 'etag', '"b"']);
			exchange.end();
		});
		expect((await fetched2(port, { ':path': '/twice' })).code).toBe(ErrorCode.INTERNAL_ERROR);
		expect(log).toHaveLength(1);
		expect((await fetched2(port)).text).toBe('hello');
	});

	test('HOST-7: Trailer is left out where nothing can come behind the content', async () => {
		const { port } = await attaching(createServer(), (exchange) => {
			exchange.respond(200, ['trailer', 'x-sum', 'content-length', '0']);
			exchange.end();
		});
		const { headers, statusCode } = await fetched(port);
		expect([statusCode, headers.trailer]).toEqual([200, undefined]);
	});

	test('HOST-8: order and duplicates are kept on HTTP/2, and never-indexed names both ways', async () => {
		const { port } = await attaching(createHttp2(), (exchange) => {
			const fields = Fields.of('x-b', '1', 'x-a', '2', 'x-b', '3', 'x-seen', String(exchange.fields.sensitive));
			exchange.respond(200, fields.markSensitive('x-b'));
			exchange.end();
		});
		const { raw } = await fetched2(port, { authorization: 'x', [sensitiveHeaders]: ['authorization'] });
		const [, lines] = [raw.slice(0, 2), raw.slice(2, 10)];
		expect(lines).toEqual(['x-b', '1', 'x-a', '2', 'x-b', '3', 'x-seen', 'authorization']);
	});

	test('HOST-9: what fails in a middle of pipelined requests touches no other', async () => {
		const { port, log } = await attaching(createServer(), (exchange) => {
			if (exchange.target === '/throw') throw new Error('on purpose');
			hello(exchange);
		});
		const client = await new RawClient(port).connected();
		await client.send(['/', '/throw', '/'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
		while ((client.received.match(/HTTP\/1.1 /g)?.length ?? 0) < 3) await once(client.socket, 'data');
		expect(client.received.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 500', 'HTTP/1.1 200']);
		expect(String(log)).toContain('on purpose');
		client.destroy();
	});
});

describe('attach()', () => {
	test('HOST-10: a server with a listener, what is no server, and what is no application are refused', async () => {
		await expect(
			attach(
				createServer(() => {}),
				rich(hello),
			),
		).rejects.toThrow(/listener for request.*HOST-10/);
		await expect(attach({} as never, rich(hello))).rejects.toThrow(/HOST-10/);
		await expect(attach(createServer(), hello as never)).rejects.toThrow('RICH-3');
	});

	test('HOST-11: start comes before the first exchange, and stop behind the last, when it is detached', async () => {
		const events: string[] = [];
		let last: Exchange | null = null;
		const { port, attached } = await attaching(
			createServer(),
			(exchange) => {
				events.push('exchange');
				last = exchange;
				return { closed: () => void events.push('closed') };
			},
			{ start: () => void events.push('start'), stop: () => void events.push('stop') },
		);
		const answered = fetched(port);
		while (last === null) await new Promise((resolve) => setImmediate(resolve));
		const detached = attached.detach();
		hello(last);
		await detached;
		expect((await answered).text).toBe('hello');
		expect(events).toEqual(['start', 'exchange', 'closed', 'stop']);
	});

	test('HOST-11: what is open is told that it is to end, once; a WebSocket is closed with 1001', async () => {
		const told: string[] = [];
		const server = createServer();
		const app = websocket(
			{ close: (_, code) => void told.push(`close ${code}`) },
			{
				otherwise: rich((exchange) => {
					exchange.respond(200, []);
					exchange.write(utf8('on'));
					return {
						stopping: () => {
							told.push('stopping');
							exchange.end();
						},
					};
				}),
			},
		);
		const attached = await attach(server, app);
		const port = await listening(server);
		const answered = fetched(port);
		const client = await new RawClient(port).connected();
		await client.send(
			'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
				'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
		);
		await expect.poll(() => app.size).toBe(1);
		const detached = attached.detach();
		void attached.detach();
		// The client answers the Close frame, with a mask of zeros.
		await expect.poll(() => client.received.endsWith('\x88\x02\x03\xe9')).toBe(true);
		await client.send('\x88\x82\0\0\0\0\x03\xe9');
		client.end();
		await detached;
		expect((await answered).text).toBe('on');
		expect(told.sort()).toEqual(['close 1001', 'stopping']);
	});

	test('HOST-11: and when the server closes', async () => {
		let stopped: (() => void) | undefined;
		const stop = new Promise<void>((resolve) => {
			stopped = resolve;
		});
		const server = createServer();
		await attach(server, rich(hello, { stop: () => stopped?.() }));
		server.listen(0, '127.0.0.1', () => server.close());
		await stop;
	});

	test('HOST-12: what was sent for a tunnel is its own, and after a refusal nobody’s', async () => {
		const { port } = await attaching(createServer(), (exchange) => {
			if (exchange.target === '/no' || exchange.accept === null) return hello(exchange);
			const echo = exchange.accept([], { data: (chunk) => void echo.write(chunk), end: () => echo.end() });
		});
		const head = (target: string): string =>
			`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: toy\r\n\r\n`;
		const taken = await new RawClient(port).connected();
		await taken.send(`${head('/yes')}early`);
		taken.end();
		await taken.closed();
		expect(taken.received).toMatch(/^HTTP\/1.1 101 [\s\S]*Upgrade: toy\r\nConnection: Upgrade\r\n\r\nearly$/);
		const refused = await new RawClient(port).connected();
		await refused.send(`${head('/no')}${head('/yes')}`);
		await refused.closed();
		expect(refused.received.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200']);
		expect(refused.received).toMatch(/Connection: close\r\n/i);
		refused.destroy();
	});

	test('HOST-12: an upgrade behind a response that is on its way waits for it', async () => {
		const { port } = await attaching(createServer(), (exchange) => {
			if (exchange.accept === null) {
				setTimeout(() => hello(exchange), 5);
				return;
			}
			const echo = exchange.accept([], { data: (chunk) => echo.end(chunk) });
		});
		const client = await new RawClient(port).connected();
		await client.send(
			'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: toy\r\n\r\nearly',
		);
		await client.closed();
		expect(client.received).toMatch(/^HTTP\/1.1 200[\s\S]*hello[\s\S]*HTTP\/1.1 101[\s\S]*early$/);
		client.destroy();
	});

	test('HOST-13: an upgrade with content is answered 501', async () => {
		const { port } = await attaching(createServer(), hello);
		const client = await new RawClient(port).connected();
		await client.send(
			'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: toy\r\nContent-Length: 5\r\n\r\nhello',
		);
		await client.closed();
		expect(client.received).toMatch(/^HTTP\/1.1 501 /);
		client.destroy();
	});

	test('HOST-14: extended CONNECT is announced where protocols are declared, and others are answered 501', async () => {
		const announced = async (hooks: RichHooks): Promise<unknown> => {
			const { port } = await attaching(createHttp2(), hello, hooks);
			const session = connect(`http://127.0.0.1:${port}`);
			onTestFinished(() => session.destroy());
			await once(session, 'remoteSettings');
			if (session.remoteSettings.enableConnectProtocol !== true) return false;
			const stream = session.request({ ':method': 'CONNECT', ':path': '/', ':protocol': 'other' });
			const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
			return headers[':status'];
		};
		expect(await announced({})).toBe(false);
		expect(await announced({ protocols: ['toy'] })).toBe(501);
	});

	test('HOST-15: a client that closes its half before an upgrade is answered has gone', async () => {
		let outcome: (outcome: Outcome) => void = () => {};
		const closed = new Promise<Outcome>((resolve) => {
			outcome = resolve;
		});
		const { port } = await attaching(createServer(), () => ({ closed: (how) => outcome(how) }));
		const client = await new RawClient(port).connected();
		await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: toy\r\n\r\n');
		client.end();
		expect(await closed).toEqual({ reason: 'lost', code: 0 });
		client.destroy();
	});
});

test('HOST-31: who the peer is, where a fetch host says so', async () => {
	const app = richToFetch(
		rich((exchange) => {
			exchange.respond(200);
			exchange.end(utf8(JSON.stringify(exchange.connection.peer)));
		}),
	);
	const peer = async (...given: unknown[]): Promise<unknown> =>
		await (await app.fetch(new Request('http://a/'), ...given)).json();
	expect(await peer({ remoteAddr: { transport: 'tcp', hostname: '127.0.0.1', port: 9 } })).toEqual({
		family: 'IPv4',
		address: '127.0.0.1',
		port: 9,
	});
	const bun = { requestIP: () => ({ address: '::1', port: 9, family: 'IPv6' }) };
	expect(await peer(bun)).toEqual({ family: 'IPv6', address: '::1', port: 9 });
	expect(await peer({ requestIP: () => null })).toBeNull();
	expect(await peer({ waitUntil() {} }, 'more')).toBeNull();
});

test('HOST-2: content is read on, though a response was ended, so that the connection goes on', async () => {
	const { port } = await attaching(createServer(), (exchange) => {
		exchange.discard();
		hello(exchange);
	});
	const asked = request({ port, host: '127.0.0.1', method: 'POST' });
	asked.end(new Uint8Array(1024 * 1024));
	const [response] = (await once(asked, 'response')) as [IncomingMessage];
	response.resume();
	await once(response, 'end');
	expect((await fetched(port)).text).toBe('hello');
});
