/** Sockets that fail while something is written to them: each exchange ends once, whatever the layer, and the server goes on. */
import { connect } from 'node:http2';
import { type Outcome, type RichApp, rich } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { describe, expect, test, vi } from 'vitest';
import { ConnectionTalk } from '../support/connection-talk.ts';
import { probe, RawClient } from '../support/raw-client.ts';
import { routesApp } from '../support/routes-app.ts';
import { served } from '../support/served.ts';

/** Content without end; `over` is told when the layer has let go of it. */
const ENDLESS: Readonly<Record<string, (over: () => void) => RichApp>> = {
	rich: (over) =>
		rich((exchange) => {
			exchange.respond(200);
			const pump = (): void => {
				while (exchange.write(new Uint8Array(16_384)));
			};
			pump();
			return { drain: pump, closed: over };
		}),
	fetch: (over) =>
		fetchToRich(
			fetchApp(
				() =>
					new Response(
						new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(16_384)), cancel: over }),
					),
			),
		),
	node: (over) =>
		nodeToRich(
			node((_request, response) => {
				const pump = (): void => {
					while (response.write(new Uint8Array(16_384)));
				};
				response.on('drain', pump);
				response.on('close', over);
				pump();
			}),
		),
	gateway: (over) =>
		gatewayToRich(
			gateway((_environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				return (async function* () {
					try {
						for (;;) yield new Uint8Array(16_384);
					} finally {
						over();
					}
				})();
			}),
		),
};

/** Where the test has somewhere else to go. */
function beside(app: RichApp): RichApp {
	const other = routesApp().app;
	return rich((exchange) => (exchange.target === '/endless' ? app : other)(exchange));
}

describe.each(Object.entries(ENDLESS))('the layer %s, writing without end', (_, endless) => {
	test('HTTP/1: the client resets the connection (ECONNRESET, EPIPE)', async () => {
		let over = 0;
		const { port, server } = await served(beside(endless(() => over++)));
		const clients = await Promise.all(Array.from({ length: 10 }, () => new RawClient(port, false).connected()));
		for (const client of clients) await client.send('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n');
		// Half of them have read something, the others have not.
		await Promise.all(
			clients.slice(5).map(({ socket }) => new Promise((resolve) => socket.once('data', resolve).resume())),
		);
		for (const client of clients) client.reset();
		await vi.waitUntil(() => over === 10, { timeout: 10_000 });
		expect(await probe(port)).toContain('hello, world');
		await vi.waitUntil(() => server.connections === 0);
		expect(over).toBe(10);
	});

	test('HTTP/2: the client resets the connection under many streams', async () => {
		let over = 0;
		const { port, url } = await served(beside(endless(() => over++)));
		const session = connect(url);
		session.on('error', () => {});
		const streams = Array.from({ length: 10 }, () => session.request({ ':path': '/endless' }));
		for (const stream of streams) stream.on('error', () => {});
		await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('response', resolve))));
		session.destroy();
		await vi.waitUntil(() => over === 10, { timeout: 10_000 });
		expect(await probe(port)).toContain('hello, world');
		expect(over).toBe(10);
	});
});

describe('a transport whose write throws, as none should', () => {
	test.each([
		['http/1.1', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
		['h2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
	] as const)('%s: the connection is closed, each exchange ends once, and the failure is told', (protocol, input) => {
		const outcomes: Outcome[] = [];
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.end();
			return { closed: (outcome) => outcomes.push(outcome) };
		});
		const talk = new ConnectionTalk(app, protocol);
		talk.transport.failure = new Error('write EPIPE');
		talk.feed(input);
		expect(talk.transport.closes).toEqual(['reset']);
		expect(talk.errors.map(String)).toEqual(['Error: write EPIPE']);
		talk.connection.lost();
		expect(outcomes.map(({ reason }) => reason)).toEqual(protocol === 'h2' ? [] : ['lost']);
	});
});
