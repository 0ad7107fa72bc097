/** Connections that end at every octet, by FIN and by RST, over real sockets. */
import { type Exchange, type Handler, type RichApp, rich } from 'rsgi';
import { expect, test, vi } from 'vitest';
import { bytes, data, END_STREAM, get, PREFACE, post, SETTINGS_ACK, settings } from '../support/http2-frames.ts';
import { probe, RawClient } from '../support/raw-client.ts';
import { routesApp } from '../support/routes-app.ts';
import { served } from '../support/served.ts';

/** So many connections at a time. */
const BESIDE = 40;

const HTTP1 = bytes(
	'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\na: b\r\n\r\n',
	'GET /large?bytes=300000 HTTP/1.1\r\nHost: a\r\n\r\n',
	'GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\ntunnel',
);

const HTTP2 = bytes(
	PREFACE,
	settings(),
	SETTINGS_ACK,
	post(1, '/echo'),
	data(1, 0, 'abc'),
	get(3, '/large?bytes=300000'),
	data(1, END_STREAM, 'x'),
	get(5, '/push'),
);

/** An exchange that began, and how often its handler was told of its end; -1 when it attached itself. */
interface Begun {
	readonly exchange: Exchange;
	told: number;
}

/** The application of many routes, and what became of its exchanges. */
function watched(): { app: RichApp; begun: Begun[] } {
	const { app: inner } = routesApp();
	const begun: Begun[] = [];
	const app = rich(
		(exchange) => {
			const entry: Begun = { exchange, told: 0 };
			begun.push(entry);
			const handler = inner(exchange);
			if (handler instanceof Promise) {
				entry.told = -1;
				return handler;
			}
			const own = handler as Handler;
			const closed = own.closed;
			own.closed = (outcome) => {
				entry.told++;
				return closed?.call(own, outcome);
			};
			return own;
		},
		{ protocols: ['echo'] },
	);
	return { app, begun };
}

test.each([
	['HTTP/1.1', HTTP1],
	['HTTP/2', HTTP2],
])('%s: FIN and RST at every octet leave nothing behind', async (_version, whole) => {
	const { app, begun } = watched();
	const { server, port, log } = await served(app, { timeouts: { stall: 2000, idle: 2000, silence: 2000, head: 2000 } });
	const ends = Array.from({ length: whole.length + 1 }, (_, length) => length).flatMap((length) => [
		{ length, how: 'end' as const },
		{ length, how: 'reset' as const },
	]);
	const one = async ({ length, how }: (typeof ends)[number]): Promise<void> => {
		const client = await new RawClient(port).connected();
		await client.send(whole.subarray(0, length));
		// The server shall have seen some of it, sometimes all.
		await new Promise((resolve) => setTimeout(resolve, length % 5));
		client[how]();
		await client.closed();
		client.destroy();
	};
	await Promise.all(
		Array.from({ length: BESIDE }, async () => {
			for (let next = ends.pop(); next !== undefined; next = ends.pop()) await one(next);
		}),
	);
	expect(await probe(port)).toMatch(/^HTTP\/1\.1 200 /);
	await vi.waitFor(() => expect(server.connections).toBe(0), 5000);
	expect(begun.length).toBeGreaterThan(50);
	await vi.waitFor(() => expect(begun.filter(({ exchange }) => exchange.outcome === null)).toHaveLength(0), 5000);
	expect(begun.filter(({ told }) => told !== 1 && told !== -1)).toHaveLength(0);
	expect(log.filter(({ source }) => source === 'server')).toEqual([]);
});
