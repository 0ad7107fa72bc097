/** What hostile and unlucky clients of WebSockets do, over real sockets, and what it may cost. */
import { once } from 'node:events';
import { createConnection, type Socket as NetSocket } from 'node:net';
import { topics, websocket } from 'rsgi/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Socket } from '../../src/app/websocket/socket.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { served } from '../support/served.ts';
import { BINARY, frame, PING, TEXT } from '../support/websocket-frames.ts';

const HANDSHAKE =
	'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function raw(port: number): Promise<NetSocket> {
	const socket = createConnection(port, '127.0.0.1');
	onTestFinished(() => void socket.destroy());
	socket.on('error', () => {});
	socket.write(HANDSHAKE);
	await once(socket, 'data');
	return socket;
}

/** Writes until the peer has not taken anything for a while: everything between is full then. */
async function fill(socket: NetSocket, chunk: Uint8Array, most: number): Promise<number> {
	let written = 0;
	while (written < most) {
		written += chunk.length;
		if (socket.write(chunk)) continue;
		const drained = once(socket, 'drain').then(() => true);
		const isStuck = await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 1000, false))]);
		if (isStuck === false) break;
	}
	return written;
}

describe.each([
	['messages', frame(BINARY, new Uint8Array(60_000))],
	['small messages', Uint8Array.from(Array.from({ length: 1000 }, () => [...frame(TEXT, 'hello')]).flat())],
	['pings', Uint8Array.from(Array.from({ length: 1000 }, () => [...frame(PING, 'x'.repeat(100))]).flat())],
])('a client that sends %s and never reads', (_what, chunk) => {
	test('WS-22: costs no more than the marks, and is slowed down', async () => {
		let most = 0;
		let socket: Socket | null = null;
		let octets = 0;
		const look = (): void => {
			most = Math.max(most, socket?.bufferedAmount ?? 0);
		};
		const app = websocket({
			open(opened) {
				socket = opened;
			},
			message(from, message) {
				octets += message.length;
				from.send(message);
				look();
			},
			ping: look,
		});
		const { port } = await served(app);
		const client = await raw(port);
		client.pause();
		const written = await fill(client, chunk, 100_000_000);
		// Much less than the client would like to send has been taken: the rest waits with the client.
		expect(written).toBeLessThan(50_000_000);
		expect(octets).toBeLessThan(50_000_000);
		expect(most).toBeLessThan(400 * 1024 + 100_000);
		// And it goes on when it reads.
		let received = 0;
		client.on('data', (part: Buffer) => {
			received += part.length;
		});
		client.resume();
		await expect.poll(() => received, { timeout: 20_000 }).toBeGreaterThan(written / 100);
	});
});

describe.each([
	{ name: 'HTTP/1.1', http2: false },
	{ name: 'HTTP/2', http2: true },
])('over $name', ({ http2 }) => {
	test('WS-30: abrupt disconnects under publish load lose no other subscriber’s message', async () => {
		const news = topics();
		const app = websocket({ open: (socket) => socket.subscribe('news') }, { topics: news, origins: 'any' });
		const { url, log } = await served(app);
		const at = http2 ? await overHttp2(url) : url.replace('http', 'ws');
		const faithful: string[][] = [];
		const open = async (): Promise<WebSocket> => {
			const socket = new WebSocket(at);
			socket.on('error', () => {});
			onTestFinished(() => socket.terminate());
			await once(socket, 'open');
			return socket;
		};
		for (let count = 0; count < 10; count++) {
			const got: string[] = [];
			(await open()).on('message', (data) => got.push(String(data)));
			faithful.push(got);
		}
		const leaving = await Promise.all(Array.from({ length: 30 }, open));
		const total = 3000;
		for (let at = 0; at < total; at++) {
			news.publish('news', `${at} ${'x'.repeat(at % 500)}`);
			if (at % 100 === 50) leaving.pop()?.terminate();
			// As fast as they read, or the marks would end them.
			while (at % 20 === 0 && faithful.some(({ length }) => length < at)) {
				await new Promise((resolve) => setImmediate(resolve));
			}
		}
		await expect.poll(() => faithful.map(({ length }) => length), { timeout: 20_000 }).toEqual(Array(10).fill(total));
		for (const got of faithful) expect(got.every((text, at) => text.startsWith(`${at} `))).toBe(true);
		await expect.poll(() => news.count('news'), { timeout: 10_000 }).toBe(10 + leaving.length);
		expect(log.filter(({ source }) => source !== 'peer')).toEqual([]);
	});
});
