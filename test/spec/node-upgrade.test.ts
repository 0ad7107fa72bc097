/** spec/node.md §5: what listeners of a server are told, and the sockets that they are given. */
import { createServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Misuse, utf8 } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { node, nodeServer } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { turns } from '../support/node-request.ts';
import { type RecordedClient, type RecordedOptions, recorded } from '../support/recorded-client.ts';

const UPGRADE: PairRequest = {
	httpVersion: '1.1',
	protocol: 'toy',
	fields: ['Host', 'a', 'Connection', 'Upgrade', 'Upgrade', 'toy'],
};
const EXTENDED: PairRequest = { method: 'CONNECT', protocol: 'websocket', target: '/chat' };
const PLAIN: PairRequest = { httpVersion: '1.1', method: 'CONNECT', target: 'a:1', authority: 'a:1' };
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: toy\r\nConnection: Upgrade\r\nX-A: 1\r\n\r\n';

/** An upgrade in the test's hands. */
interface Opened {
	readonly asked: RecordedClient;
	readonly req: IncomingMessage;
	readonly socket: Duplex;
	readonly events: string[];
}

async function opened(request: PairRequest, options: RecordedOptions = {}, errors = true): Promise<Opened> {
	const server = nodeServer();
	let seen: { req: IncomingMessage; socket: Duplex } | null = null;
	const events: string[] = [];
	const listener = (req: IncomingMessage, socket: Duplex, head: Buffer): void => {
		expect(head.length).toBe(0);
		seen = { req, socket };
		for (const event of ['end', 'finish', 'close', 'drain', ...(errors ? ['error'] : [])]) {
			socket.on(event, () => events.push(event));
		}
	};
	server.on('upgrade', listener).on('connect', listener);
	const asked = recorded(nodeToRich(node(server)), request, options);
	await turns();
	return { asked, events, ...(seen as unknown as { req: IncomingMessage; socket: Duplex }) };
}

describe('NODE-25: requests', () => {
	test('are told to a server of ours and to one of Node', async () => {
		const listener = (req: IncomingMessage, res: import('node:http').ServerResponse): void => void res.end(req.url);
		for (const server of [nodeServer(listener), createServer(listener)]) {
			const asked = recorded(nodeToRich(node(server)), { target: '/a' });
			await turns();
			expect([asked.status, asked.text]).toEqual([200, '/a']);
		}
	});

	test('that wait for 100 (Continue), as checkContinue where somebody listens', async () => {
		const request: PairRequest = {
			...{ method: 'POST', hasContent: true, expectsContinue: true },
			fields: ['expect', '100-Continue', 'content-length', '1'],
		};
		const server = nodeServer((_req, res) => void res.end('request'));
		const app = nodeToRich(node(server));
		const before = recorded(app, request);
		await turns();
		expect(before.text).toBe('request');
		server.on('checkContinue', (req: IncomingMessage, res: import('node:http').ServerResponse) => {
			res.writeContinue();
			req.on('data', (chunk) => res.end(`got ${chunk}`));
		});
		const asked = recorded(app, request);
		await turns();
		asked.client.send(utf8('a'));
		asked.client.end();
		await turns();
		expect(asked.log).toContain('inform 100');
		expect(asked.text).toBe('got a');
		const other = recorded(app);
		await turns();
		expect(other.text).toBe('request');
	});

	test('the application is waited for, and its hooks are kept', async () => {
		const hooks = { start: () => {}, stop: () => {}, protocols: ['toy'] };
		const error = new Error('mine');
		const server = nodeServer(
			node(async () => {
				await turns(1);
				throw error;
			}, hooks),
		);
		const app = nodeToRich(node(server));
		expect([app.start, app.stop, app.protocols]).toEqual([hooks.start, hooks.stop, ['toy']]);
		const asked = recorded(app);
		await turns();
		expect([asked.status, asked.faults]).toEqual([500, [error]]);
		expect(nodeToRich(node(nodeServer())).protocols).toEqual(['websocket']);
		expect(nodeToRich(node(createServer())).protocols).toEqual(['websocket']);
	});

	test('is found by a request, also where the application has none', async () => {
		const app = nodeToRich(
			node((req, res) => {
				const { server } = req.socket as unknown as { server: import('node:events').EventEmitter };
				if (server.listenerCount('upgrade') === 0) {
					server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
				}
				res.end('plain');
			}),
		);
		for (const [request, status] of [
			[UPGRADE, 200],
			[{}, 200],
			[UPGRADE, 403],
		] as const) {
			const asked = recorded(app, request);
			await turns();
			expect(asked.status).toBe(status);
		}
	});

	test('middleware keeps the server', async () => {
		const server = nodeServer();
		server.on('upgrade', (_req, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
		const inner = node(server);
		const asked = recorded(nodeToRich(node((req, res) => inner(req, res), inner)), UPGRADE);
		await turns();
		expect(asked.status).toBe(403);
	});
});

describe('NODE-26: requests for a tunnel', () => {
	test('are told with the request and its socket', async () => {
		for (const [request, method, url, upgrade] of [
			[UPGRADE, 'GET', '/', 'toy'],
			[EXTENDED, 'GET', '/chat', 'websocket'],
			[PLAIN, 'CONNECT', 'a:1', undefined],
		] as const) {
			const { req, socket, asked } = await opened(request);
			expect(req).toBeInstanceOf(IncomingMessage);
			expect(req.socket).toBe(socket);
			expect([req.method, req.url, req.headers.upgrade, (req as { upgrade?: unknown }).upgrade]).toEqual([
				...[method, url, upgrade, true],
			]);
			expect(await req.toArray()).toEqual([]);
			expect(asked.log).toEqual([]);
			socket.destroy();
		}
	});

	test('a listener that fails is answered 500, and its socket closed', async () => {
		const error = new Error('mine');
		let closed = false;
		const server = nodeServer();
		server.on('upgrade', (_req, socket) => {
			socket.on('close', () => {
				closed = true;
			});
			throw error;
		});
		const asked = recorded(nodeToRich(node(server)), UPGRADE);
		await turns();
		expect([asked.status, asked.faults, closed]).toEqual([500, [error], true]);
	});

	test('but where nobody listens, and with content', async () => {
		const server = nodeServer((req, res) => void res.writeHead(404).end(req.method));
		for (const [request, status] of [
			[UPGRADE, 404],
			[EXTENDED, 404],
			[PLAIN, 501],
		] as const) {
			const asked = recorded(nodeToRich(node(server)), request);
			await turns();
			expect(asked.status).toBe(status);
		}
		let told = false;
		server.on('upgrade', () => {
			told = true;
		});
		const fields = [...(UPGRADE.fields as string[]), 'Content-Length', '1'];
		const asked = recorded(nodeToRich(node(server)), { ...UPGRADE, method: 'POST', hasContent: true, fields });
		await turns();
		expect([asked.status, asked.text, told]).toEqual([404, 'POST', false]);
		const obsolete = recorded(nodeToRich(node(server)), { ...UPGRADE, protocol: 'h2c' });
		await turns();
		expect([obsolete.status, told]).toEqual([404, false]);
	});
});

describe('NODE-27: the head', () => {
	test('after as many informational responses as there are', async () => {
		const { asked, socket } = await opened(UPGRADE);
		socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(20_000) + SWITCH);
		await turns();
		expect(asked.faults).toEqual([]);
		expect(asked.log.at(-1)).toContain('accept');
	});

	test('opens the tunnel', async () => {
		for (const [request, head, accepted] of [
			[UPGRADE, SWITCH, 'accept X-A: 1'],
			[
				{ ...UPGRADE, protocol: 'websocket' },
				'HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: y\r\n\r\n',
				'accept Sec-WebSocket-Accept: x Sec-WebSocket-Protocol: y',
			],
			[
				EXTENDED,
				'HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: y\r\n\r\n',
				'accept Sec-WebSocket-Protocol: y',
			],
			[PLAIN, 'HTTP/1.1 200 Connection Established\r\nContent-Length: 0\r\n\r\n', 'accept'],
		] as const) {
			for (const bytewise of [false, true]) {
				const { asked, socket } = await opened(request);
				for (const part of bytewise ? `${head}hello` : [`${head}hello`]) socket.write(part);
				await turns();
				expect(asked.log[0]).toBe(accepted);
				expect(asked.text).toBe('hello');
				socket.destroy();
			}
		}
	});

	test('refuses it, with content', async () => {
		for (const request of [UPGRADE, EXTENDED, PLAIN]) {
			const { asked, socket, events } = await opened(request);
			socket.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 401 Nobody\r\nConnection: close\r\nContent-Length: 5\r\n');
			socket.end('WWW-Authenticate: x\r\n\r\nhello');
			socket.once('finish', () => socket.destroy());
			await turns();
			expect(asked.log.filter((line) => line !== 'discard')).toEqual([
				'inform 102',
				'respond 401 Nobody Content-Length: 5 WWW-Authenticate: x',
				...['data hello', 'end'],
			]);
			expect(events).toContain('close');
			expect(events).not.toContain('error');
		}
	});

	test('NODE-13: a refusal says on HTTP/1 what it would take, and on HTTP/2 nothing that HTTP/2 does not have', async () => {
		for (const [request, fields] of [
			[UPGRADE, ' Upgrade: other TE: gzip'],
			[EXTENDED, ''],
		] as const) {
			const { asked, socket } = await opened(request);
			socket.end(
				'HTTP/1.1 426 Other\r\nConnection: Upgrade\r\nUpgrade: other\r\nTE: gzip\r\nContent-Length: 0\r\n\r\n',
			);
			await turns();
			expect(asked.log.find((line) => line.startsWith('respond'))).toBe(`respond 426 Other${fields} Content-Length: 0`);
		}
	});

	test('2xx to an extended CONNECT is sent as 501', async () => {
		const { asked, socket } = await opened(EXTENDED);
		socket.end('HTTP/1.1 200 OK\r\n\r\nhello');
		await turns();
		expect(asked.status).toBe(501);
	});

	test('what is none ends the exchange', async () => {
		for (const text of [
			...['hello', 'HTTP/2 101 OK\r\n\r\n', 'HTTP/1.1 101 OK\r\na b: 1\r\n\r\n', 'HTTP/1.1 9 OK\r\n\r\n'],
			`HTTP/1.1 101 OK\r\na: ${'b'.repeat(70_000)}`,
		]) {
			for (const listens of [false, true]) {
				const { asked, socket, events } = await opened(UPGRADE, {}, listens);
				socket.write(text);
				await turns();
				expect(asked.log).toEqual(['reset 2']);
				expect((asked.faults[0] as Misuse).rule).toBe('NODE-27');
				expect(asked.faults.length).toBe(1);
				expect(events).toEqual(listens ? ['error', 'close'] : ['close']);
			}
		}
	});
});

describe('NODE-28: the tunnel', () => {
	async function tunnel(options: RecordedOptions = {}, errors = true): Promise<Opened> {
		const open = await opened(UPGRADE, options, errors);
		open.socket.write(SWITCH);
		await turns();
		return open;
	}

	test('carries bytes both ways, and ends when both halves have', async () => {
		const { asked, socket, events } = await tunnel();
		socket.on('data', (chunk) => socket.write(`<${chunk}>`));
		asked.client.send(utf8('a'));
		await turns();
		asked.client.send(utf8('b'));
		await turns();
		expect(asked.text).toBe('<a><b>');
		asked.client.end();
		await turns();
		expect(events).toEqual(['end']);
		socket.end('bye');
		await turns();
		expect(asked.text).toBe('<a><b>bye');
		expect(asked.log.at(-1)).toBe('end');
		expect(events).toEqual(['end', 'finish', 'close']);
		expect(asked.faults).toEqual([]);
	});

	test('our half may end first', async () => {
		const { asked, socket, events } = await tunnel();
		const got: string[] = [];
		socket.setEncoding('utf8').on('data', (text) => got.push(text));
		socket.end();
		await turns();
		expect(asked.log.at(-1)).toBe('end');
		asked.client.send(utf8('late'));
		asked.client.end();
		await turns();
		expect([got, events]).toEqual([['late'], ['finish', 'end', 'close']]);
	});

	test('holds what it writes back', async () => {
		const { asked, socket } = await tunnel();
		asked.client.pause();
		let done = 0;
		for (let at = 0; at < 20; at++) socket.write(new Uint8Array(50_000), () => done++);
		socket.write(new Uint8Array(3_000_000), () => done++);
		await turns();
		expect(done).toBeLessThan(4);
		asked.client.resume();
		await turns(100);
		expect([done, asked.content.length]).toEqual([21, 4_000_000]);
		socket.destroy();
	});

	test('takes no more than is read', async () => {
		const { asked, socket } = await tunnel();
		let sent = 0;
		const chunk = new Uint8Array(16 * 1024);
		while (asked.client.send(chunk)) sent += chunk.length;
		sent += chunk.length;
		await turns();
		expect(asked.credited).toBeLessThanOrEqual(socket.readableHighWaterMark + chunk.length);
		let got = 0;
		socket.on('data', (data) => {
			got += data.length;
		});
		await turns(20);
		expect(got).toBe(sent);
		socket.destroy();
	});

	test('is told that the client has gone', async () => {
		const lost = await tunnel();
		lost.asked.client.lose();
		await turns();
		expect(lost.events).toEqual(['close']);
		const reset = await tunnel();
		reset.asked.client.reset(8);
		await turns();
		expect(reset.events).toEqual(['error', 'close']);
		const silent = await tunnel({}, false);
		silent.asked.client.reset(8);
		await turns();
		expect(silent.events).toEqual(['close']);
		expect(silent.socket.write('a')).toBe(false);
	});

	test('a socket that ends or is destroyed before a head aborts', async () => {
		for (const act of ['end', 'destroy'] as const) {
			const { asked, socket } = await opened(UPGRADE);
			socket[act]();
			await turns();
			expect(asked.log).toEqual(['reset 8']);
		}
		const { asked, socket } = await tunnel();
		socket.destroy();
		await turns();
		expect(asked.log.at(-1)).toBe('reset 8');
	});

	test('has facts, and what else sockets are asked for', async () => {
		const peer = { family: 'IPv4', address: '127.0.0.1', port: 1 } as const;
		const open = await tunnel({ connection: { id: 1, peer, local: peer, tls: null } });
		const socket = open.socket as Duplex & import('node:net').Socket;
		expect([socket.remoteAddress, socket.localPort]).toEqual(['127.0.0.1', 1]);
		expect(socket.setNoDelay().setKeepAlive()).toBe(socket);
		let called = 0;
		socket.setTimeout(1, () => called++);
		while (called === 0) await turns(1);
		socket.setTimeout(0);
		expect(socket.timeout).toBe(0);
		socket.destroySoon();
		await turns();
		expect(open.events).toContain('close');
	});
});
