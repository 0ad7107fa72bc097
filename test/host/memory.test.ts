/** The option `memory`: what all connections hold together is bounded, and those that hold most for longest make room. */
import { type Exchange, rich, utf8 } from 'rsgi';
import { websocket } from 'rsgi/websocket';
import { expect, test, vi } from 'vitest';
import { type Holder, MemoryBudget } from '../../src/connection/memory-budget.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import {
	bytes,
	data,
	FrameStream,
	PREFACE,
	post,
	read32,
	SETTINGS_ACK,
	settings,
	TYPES,
} from '../support/http2-frames.ts';
import { respondLarge } from '../support/large-response.ts';
import { probe, RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';
import { BINARY, frame } from '../support/websocket-frames.ts';

const KIB = 1024;
const BLOCK = new Uint8Array(64 * KIB);
const SIZE = 16 * 1024 * KIB;
const GET = 'GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const POST = 'POST /paused HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n';

const echo = websocket({ message: (socket, message) => void socket.send(message) });
const app = rich(
	(exchange: Exchange) => {
		if (exchange.protocol === 'websocket') return echo(exchange);
		if (exchange.target === '/paused') {
			exchange.pause();
			return { data() {} };
		}
		if (exchange.target === '/large') return respondLarge(exchange, SIZE, BLOCK);
		exchange.respond(200);
		exchange.end(utf8('hello'));
		return {};
	},
	{ protocols: ['websocket'] },
);

async function clients(port: number, count: number): Promise<RawClient[]> {
	return await Promise.all(Array.from({ length: count }, () => new RawClient(port).connected()));
}

test('SERVE-9: clients that do not read make room, one that reads has all of its response, and the log says so', async () => {
	const { server, port, log } = await served(app, { memory: 1024 * KIB });
	const idle = await clients(port, 30);
	for (const client of idle) client.socket.pause();
	await Promise.all(idle.map((client) => client.send(GET)));
	await vi.waitFor(() => expect(server.connections).toBeLessThan(30), 10_000);
	const reader = await new RawClient(port).connected();
	await reader.send(GET);
	await reader.closed();
	expect(reader.received.length).toBeGreaterThan(SIZE);
	expect(log.find(({ source }) => source === 'server')?.message).toMatch(
		/^connections hold \d+ octets together \(the option memory\): the \d+ that held most for longest are closed$/,
	);
	expect(await probe(port)).toMatch(/hello$/);
	for (const client of idle) client.destroy();
});

test('SERVE-9: content that the application leaves: 503', async () => {
	const { port } = await served(app, { memory: 200 * KIB });
	const [first, ...others] = (await clients(port, 8)) as [RawClient, ...RawClient[]];
	for (const client of [first, ...others]) await client.send(POST + 'x'.repeat(60 * KIB));
	await vi.waitFor(
		() => expect([first, ...others].some(({ received }) => received.startsWith('HTTP/1.1 503'))).toBe(true),
		10_000,
	);
	expect(await probe(port)).toMatch(/hello$/);
	for (const client of [first, ...others]) client.destroy();
});

test('the same over HTTP/2: GOAWAY with ENHANCE_YOUR_CALM', async () => {
	const { port } = await served(app, { memory: 200 * KIB });
	const open = await clients(port, 8);
	const content = Array.from({ length: 3 }, () => data(1, 0, new Uint8Array(16 * KIB)));
	for (const client of open)
		await client.send(bytes(PREFACE, settings(), SETTINGS_ACK, post(1, '/paused'), ...content));
	const goaway = (client: RawClient): boolean =>
		new FrameStream()
			.read(Buffer.from(client.received, 'latin1'))
			.some(({ type, payload }) => type === TYPES.GOAWAY && read32(payload, 4) === ErrorCode.ENHANCE_YOUR_CALM);
	await vi.waitFor(() => expect(open.some(goaway)).toBe(true), 10_000);
	for (const client of open) client.destroy();
});

test('messages of WebSockets that do not end', async () => {
	const { server, port } = await served(app, { memory: 512 * KIB });
	const open = await clients(port, 8);
	for (const client of open) {
		await client.send(
			'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
		);
		await vi.waitFor(() => expect(client.received).toMatch(/101/), 5000);
		await client.send(frame(BINARY, new Uint8Array(200 * KIB), { fin: false }));
	}
	await vi.waitFor(() => expect(server.connections).toBeLessThan(8), 10_000);
	for (const client of open) client.destroy();
});

test('heads that do not end, and what is left of them', async () => {
	const { server, port } = await served(app, { memory: 60 * KIB });
	const open = await clients(port, 8);
	for (const client of open) await client.send(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(15 * KIB)}`);
	await vi.waitFor(() => expect(server.connections).toBeLessThan(8), 10_000);
	for (const client of open) client.destroy();
});

test('who holds most for longest goes, and no more than have to', () => {
	let asked = 0;
	const ended: string[] = [];
	const budget = new MemoryBudget(100, () => asked++);
	const holder = (name: string, holds: number, seconds: number): Holder => ({
		holds,
		burden: () => holds * seconds,
		shed() {
			ended.push(name);
			budget.change(-holds);
		},
	});
	const all = [
		holder('keeps up', 40, 1),
		holder('stalls', 30, 20),
		holder('holds nothing', 0, 30),
		holder('slow', 31, 5),
	];
	for (const { holds } of all) budget.change(holds);
	budget.change(1);
	expect(asked).toBe(1);
	expect(budget.scarce).toBe(true);
	expect(budget.relieve(all, 0)).toBe(1);
	expect(ended).toEqual(['stalls']);
	expect(budget.held).toBe(72);
	expect(budget.relieve(all, 0)).toBe(0);
});

test('memory is a number of octets', async () => {
	await expect(served(app, { memory: -1 })).rejects.toThrow('The option memory of serve() is a number of octets');
});
