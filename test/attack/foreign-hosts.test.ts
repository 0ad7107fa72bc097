/** Clients that go away at any octet, on servers of node:http and node:http2: nothing ends the process, and every exchange ends. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { type Exchange, rich, utf8 } from 'rsgi';
import { attach, type ForeignServer } from 'rsgi/attach';
import { expect, onTestFinished, test } from 'vitest';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { RawClient } from '../support/raw-client.ts';

/** How many exchanges are open, and how each can go wrong. */
function careless(): { readonly app: ReturnType<typeof rich>; readonly open: Set<Exchange> } {
	const open = new Set<Exchange>();
	let turn = 0;
	const app = rich(
		(exchange) => {
			if (exchange.target === '/fine') {
				exchange.respond(200);
				exchange.end(utf8('fine'));
				return;
			}
			open.add(exchange);
			const refusesTunnel = exchange.method === 'CONNECT' ? 403 : 200;
			const pump = (): void => {
				if (exchange.outcome === null && exchange.write(new Uint8Array(20_000))) setImmediate(pump);
			};
			switch (turn++ % 6) {
				case 0:
					exchange.respond(refusesTunnel);
					pump();
					break;
				case 1:
					exchange.inform?.(103);
					exchange.pause();
					break;
				case 2:
					setImmediate(() => exchange.abort());
					break;
				case 3:
					if (exchange.accept !== null) {
						const tunnel = exchange.accept([], { end: () => tunnel.end(), closed: () => void open.delete(exchange) });
						tunnel.write(utf8('tunnel'));
					}
					break;
				case 4:
					exchange.push?.({ target: '/fine' }, app);
					exchange.respond(refusesTunnel);
					exchange.write(utf8('begun'));
					break;
				default:
					setImmediate(() => {
						exchange.respond(refusesTunnel);
						exchange.end(utf8('late'));
					});
			}
			return {
				data() {},
				drain: pump,
				closed() {
					open.delete(exchange);
				},
			};
		},
		{ protocols: ['toy'] },
	);
	return { app, open };
}

async function serving(server: ForeignServer): Promise<{ port: number; open: Set<Exchange>; log: unknown[] }> {
	const { app, open } = careless();
	const log: unknown[] = [];
	await attach(server, app, { log: (error) => log.push(error) });
	const sockets = new Set<Socket>();
	(server as NetServer).on('connection', (socket) => sockets.add(socket));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(async () => {
		const closed = new Promise((resolve) => server.close(resolve));
		for (const socket of sockets) socket.destroy();
		await closed;
	});
	return { port: (server.address() as AddressInfo).port, open, log };
}

/** Sends the first octets of what is said, then goes away in one way or the other, at each of some places. */
async function leaveAnywhere(port: number, said: Uint8Array): Promise<void> {
	for (let at = 1; at <= said.length; at += Math.max(1, said.length >> 6)) {
		const client = await new RawClient(port, at % 2 === 0).connected();
		await client.send(said.subarray(0, at));
		// Some have an answer on its way already.
		if (at % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
		if (at % 4 === 0) client.reset();
		else if (at % 4 === 1) client.end();
		client.destroy();
	}
}

async function emptied(open: Set<Exchange>): Promise<void> {
	for (let round = 0; open.size > 0 && round < 1500; round++) await new Promise((resolve) => setTimeout(resolve, 2));
	expect(
		[...open].map(({ method, target, protocol, responded, outcome }) => [method, target, protocol, responded, outcome]),
	).toEqual([]);
}

test('HTTP/1: requests, uploads, upgrades and pipelines cut off anywhere', async () => {
	const { port, open, log } = await serving(createServer());
	const get = 'GET /cut HTTP/1.1\r\nHost: a\r\n\r\n';
	const post = 'POST /cut HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
	const upgrade = 'GET /cut HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: toy\r\n\r\nbytes';
	const tunnel = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nbytes';
	for (const said of [get, post, upgrade, tunnel, get + post, post + upgrade])
		await leaveAnywhere(port, latin1Bytes(said));
	await emptied(open);
	expect(log).toEqual([]);
	const client = await new RawClient(port).connected();
	await client.send('GET /fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
	await client.closed();
	expect(client.received).toContain('fine');
}, 60_000);

test('HTTP/2: sessions with streams of all kinds, cut off anywhere', async () => {
	const { port, open, log } = await serving(createHttp2());
	for (let round = 0; round < 60; round++) {
		const session = connectHttp2(`http://127.0.0.1:${port}`);
		session.on('error', () => {});
		await once(session, 'remoteSettings');
		for (let at = 0; at < 6; at++) {
			const tunnel = { ':method': 'CONNECT', ':protocol': 'toy', ':path': '/cut' };
			const stream = session.request(at === 3 ? tunnel : { ':path': '/cut', ':method': 'POST' }, { endStream: false });
			stream.on('error', () => {});
			stream.write('some');
			if ((at + round) % 5 === 0) stream.close(round % 14);
		}
		for (let wait = 0; wait < round % 7; wait++) await new Promise((resolve) => setImmediate(resolve));
		session.destroy();
	}
	await emptied(open);
	expect(log).toEqual([]);
	const session = connectHttp2(`http://127.0.0.1:${port}`);
	const stream = session.request({ ':path': '/fine' });
	expect(String((await once(stream, 'data'))[0])).toBe('fine');
	session.destroy();
}, 60_000);
