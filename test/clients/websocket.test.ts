/** WebSockets with clients that we did not write: ws, undici, Python's websockets; over HTTP/2 the frames of ws by node:http2. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection, type Socket as NetSocket } from 'node:net';
import { fetchServerToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetchServer } from 'rsgi/fetch-server';
import { type WebSocketOptions, webSocketOpener, websocket } from 'rsgi/websocket';
import { WebSocket as UndiciWebSocket } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { succeed } from '../support/command.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { type Served, served, servedTls } from '../support/served.ts';
import { WebSocketLog } from '../support/websocket-log.ts';

const PYTHON = '/usr/bin/python3';

async function echo(
	options: WebSocketOptions = {},
	secure = false,
): Promise<Served & { readonly handlers: WebSocketLog }> {
	const handlers = new WebSocketLog();
	handlers.onMessage = (socket, message) => socket.send(message);
	const app = websocket(handlers, { origins: 'any', subprotocols: ['echo'], ...options });
	return { ...(await (secure ? servedTls(app) : served(app))), handlers };
}

/** The next message. */
async function next(socket: WebSocket): Promise<string | Buffer> {
	const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
	return isBinary ? data : String(data);
}

describe.each([
	{ name: 'HTTP/1.1', http2: false },
	{ name: 'HTTP/2, by a bridge', http2: true },
])('ws, over $name', ({ http2 }) => {
	async function client(url: string, options = {}): Promise<WebSocket> {
		const at = http2 ? await overHttp2(url) : url.replace('http', 'ws');
		const socket = new WebSocket(`${at}/chat?x=1`, ['other', 'echo'], options);
		onTestFinished(() => socket.terminate());
		await once(socket, 'open');
		return socket;
	}

	test('WS-38: a graceful stop says 1001 to every socket, and waits for its answer', async () => {
		const { server, url, handlers, log } = await echo();
		const sockets = [await client(url), await client(url), await client(url)];
		const ends = sockets.map((socket) => once(socket, 'close'));
		await server.close();
		expect((await Promise.all(ends)).map(String)).toEqual(['1001,', '1001,', '1001,']);
		expect(handlers.log.filter((line) => line.startsWith('close'))).toEqual(['close 1001', 'close 1001', 'close 1001']);
		expect(log).toEqual([]);
	});

	test('WS-38: a client that does not answer is waited for, up to timeouts.stop', async () => {
		const handlers = new WebSocketLog();
		const { server, url } = await served(websocket(handlers, { origins: 'any', subprotocols: ['echo'] }), {
			timeouts: { stop: 300 },
		});
		const socket = await client(url);
		// It reads nothing, so it sees no Close frame.
		(socket as unknown as { _socket: NetSocket })._socket.pause();
		await server.close();
		expect(handlers.log.at(-1)).toBe('close 1006');
	});

	test('WS-38: sockets that were escaped to, and those of upgradeWebSocket', async () => {
		const handlers = new WebSocketLog();
		const sockets = websocket(handlers, { origins: 'any' });
		const app = fetchServerToRich(
			fetchServer({
				fetch: () => new Response('none'),
				connect(ctx) {
					if (ctx.request.url.includes('/chat')) return escape(ctx, sockets);
					ctx.upgradeWebSocket();
					return undefined;
				},
			}),
			{ webSocket: webSocketOpener({ origins: 'any' }) },
		);
		const { server, url } = await served(app);
		const ends = [];
		for (const path of ['chat', 'other']) {
			const at = http2 ? await overHttp2(url) : url.replace('http', 'ws');
			const socket = new WebSocket(`${at}/${path}`);
			await once(socket, 'open');
			ends.push(once(socket, 'close'));
		}
		await server.close();
		expect((await Promise.all(ends)).map(String)).toEqual(['1001,', '1001,']);
		expect(handlers.log.at(-1)).toBe('close 1001');
	});

	test('WS-2: messages of all sizes, both kinds, and the closing handshake', async () => {
		const { url, handlers, log } = await echo({ limits: { messageSize: 4_000_000 } });
		const socket = await client(url);
		expect(socket.protocol).toBe('echo');
		expect(handlers.last.exchange.httpVersion).toBe(http2 ? '2' : '1.1');
		for (const length of [0, 1, 125, 126, 65_535, 65_536, 300_000, 3_000_000]) {
			const bytes = Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 7) & 0xff));
			socket.send(bytes);
			expect(Buffer.compare((await next(socket)) as Buffer, bytes)).toBe(0);
			socket.send('é'.repeat(length >> 1));
			expect(await next(socket)).toBe('é'.repeat(length >> 1));
		}
		socket.ping('there?');
		expect(String((await once(socket, 'pong'))[0])).toBe('there?');
		socket.close(4001, 'done');
		expect((await once(socket, 'close')).map(String)).toEqual(['4001', 'done']);
		await expect.poll(() => handlers.log.at(-1)).toBe('close 4001 done');
		expect(log).toEqual([]);
	});

	test.each([
		{ contextTakeover: false },
		{ contextTakeover: true },
		{ contextTakeover: true, windowBits: 9, clientWindowBits: 9 },
	])('WS-27: compressed both ways, %j', async (compression) => {
		const { url } = await echo({ compression: { threshold: 0, ...compression } });
		const socket = await client(url, { perMessageDeflate: { threshold: 0 } });
		expect(socket.extensions).toContain('permessage-deflate');
		for (let round = 0; round < 30; round++) {
			const text = `{"round":${round},"text":"${'lorem ipsum dolor '.repeat(round * 20)}"}`;
			socket.send(text);
			expect(await next(socket)).toBe(text);
		}
	});

	test('fragments and many messages at once', async () => {
		const { url } = await echo();
		const socket = await client(url);
		const got: string[] = [];
		socket.on('message', (data) => got.push(String(data)));
		for (let at = 0; at < 500; at++) {
			socket.send(`${at} `, { fin: false });
			socket.send('and ', { fin: false });
			socket.send('the end');
		}
		await expect.poll(() => got.length, { timeout: 10_000 }).toBe(500);
		expect(got).toEqual(Array.from({ length: 500 }, (_, at) => `${at} and the end`));
	});

	test('WS-17: closed by the server', async () => {
		const { url, handlers } = await echo();
		const socket = await client(url);
		handlers.last.close(1012, 'restart');
		expect((await once(socket, 'close')).map(String)).toEqual(['1012', 'restart']);
		await expect.poll(() => handlers.log.at(-1)).toBe('close 1012 restart');
	});
});

describe('undici', () => {
	test('WS-2: over TLS', async () => {
		const { url, handlers } = await echo({ compression: true }, true);
		const { Agent } = await import('undici');
		const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
		onTestFinished(() => dispatcher.close());
		const socket = new UndiciWebSocket(url.replace('http', 'ws'), { protocols: ['echo'], dispatcher });
		socket.binaryType = 'arraybuffer';
		await new Promise((resolve) => socket.addEventListener('open', resolve));
		const messages: unknown[] = [];
		socket.addEventListener('message', ({ data }) => messages.push(data));
		socket.send('x'.repeat(5000));
		socket.send(new Uint8Array([1, 2, 3]));
		await expect.poll(() => messages.length).toBe(2);
		expect(messages).toEqual(['x'.repeat(5000), new Uint8Array([1, 2, 3]).buffer]);
		const closed = new Promise<{ code: number }>((resolve) => socket.addEventListener('close', resolve));
		socket.close(3000, 'bye');
		expect((await closed).code).toBe(3000);
		await expect.poll(() => handlers.log.at(-1)).toBe('close 3000 bye');
	});
});

test('Python’s websockets, with its compression and keep-alive', async () => {
	const { port } = await echo({ compression: { contextTakeover: true, threshold: 0 } });
	const script = `
import asyncio, json, websockets
async def main():
    async with websockets.connect("ws://127.0.0.1:${port}/x", subprotocols=["echo"], ping_interval=0.05) as ws:
        got = []
        for size in (0, 10, 200, 70000):
            await ws.send("h\\u00e9" * size)
            got.append(await ws.recv() == "h\\u00e9" * size)
            await ws.send(bytes(size))
            got.append(await ws.recv() == bytes(size))
        await asyncio.wait_for(await ws.ping(), 5)
        await asyncio.sleep(0.2)
        print(json.dumps({"ok": all(got), "protocol": ws.subprotocol, "extensions": [e.name for e in ws.extensions]}))
asyncio.run(main())
`;
	expect(JSON.parse(await succeed(PYTHON, ['-c', script]))).toEqual({
		ok: true,
		protocol: 'echo',
		extensions: ['permessage-deflate'],
	});
});

describe('handshakes on the wire', () => {
	async function ask(port: number, head: string): Promise<string> {
		const socket: NetSocket = createConnection(port, '127.0.0.1');
		onTestFinished(() => void socket.destroy());
		socket.write(head, 'latin1');
		let answer = '';
		for await (const chunk of socket) {
			answer += String(chunk);
			if (answer.includes('\r\n\r\n')) break;
		}
		return answer;
	}
	const LINES =
		'Host: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

	test('WS-4: a version other than 13 is 426, with the version', async () => {
		const { port } = await echo();
		const answer = await ask(port, `GET / HTTP/1.1\r\n${LINES}Sec-WebSocket-Version: 8\r\n\r\n`);
		expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
		expect(answer).toMatch(/\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n/);
		expect(answer).toMatch(/\r\nConnection: Upgrade\r\n/i);
	});

	test('WS-3: an Upgrade on HTTP/1.0 is refused', async () => {
		const { port } = await echo();
		const answer = await ask(port, `GET / HTTP/1.0\r\n${LINES}Sec-WebSocket-Version: 13\r\n\r\n`);
		expect(answer).toMatch(/^HTTP\/1\.1 400 /);
	});

	test('WS-5: a good one is 101, whatever the case of its names, with frames right behind it', async () => {
		const { port, handlers } = await echo();
		const answer = await ask(port, `GET / HTTP/1.1\r\n${LINES}sec-websocket-version: 13\r\n\r\n\x81\x80\0\0\0\0`);
		expect(answer).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
		expect(answer).toMatch(/\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
		await expect.poll(() => handlers.log).toEqual(expect.arrayContaining(['open', 'message ']));
	});
});

test('RICH-34: WebSockets are announced on HTTP/2, and many share one connection', async () => {
	const { url, handlers } = await echo();
	const session: ClientHttp2Session = connect(url);
	onTestFinished(() => session.destroy());
	const [settings] = (await once(session, 'remoteSettings')) as [{ enableConnectProtocol: boolean }];
	expect(settings.enableConnectProtocol).toBe(true);
	const streams = Array.from({ length: 20 }, () =>
		session.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/', 'sec-websocket-version': '13' }),
	);
	for (const [at, stream] of streams.entries()) stream.write(Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x41 + at));
	for (const [at, stream] of streams.entries()) {
		const [chunk] = (await once(stream, 'data')) as [Buffer];
		expect([...chunk]).toEqual([0x81, 1, 0x41 + at]);
	}
	expect(new Set(handlers.sockets.map(({ exchange }) => exchange.connection.id)).size).toBe(1);
});
