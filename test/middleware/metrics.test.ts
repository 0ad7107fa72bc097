/** spec/middleware.md §10: what metrics count beside requests, by real clients. */
import { once } from 'node:events';
import { connect } from 'node:http2';
import { type RichApp, rich, serve, utf8 } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { type Journey, journeys } from 'rsgi/journey';
import { metrics } from 'rsgi/metrics';
import { websocket } from 'rsgi/websocket';
import { expect, onTestFinished, test, vi } from 'vitest';
import { answered } from '../support/answered.ts';
import { RawClient } from '../support/raw-client.ts';

/** Lines of a metric that are not 0. */
async function counted(registry: { metrics(): Promise<string> }, name: string): Promise<string[]> {
	const lines = (await registry.metrics()).split('\n');
	return lines.filter((line) => line.startsWith(name) && !line.endsWith(' 0')).map((line) => line.slice(name.length));
}

const hello: RichApp = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8('hello'));
});

test('MW-33: streams, pushes, resets, tunnels, and what peers do wrong', async () => {
	const { registry, count, log } = metrics();
	const socket = websocket({});
	const app = rich(
		(exchange) => {
			if (exchange.protocol !== null) return socket(exchange);
			if (exchange.target === '/wait') return;
			if (exchange.target === '/abort') {
				exchange.respond(200);
				exchange.abort();
				return;
			}
			exchange.push?.({ target: '/pushed' }, hello);
			return hello(exchange);
		},
		{ protocols: ['websocket'] },
	);
	const server = await serve(count(app), { host: '127.0.0.1', port: 0, log });
	onTestFinished(() => server.close({ graceful: false }));
	const session = connect(server.url);
	session.on('error', () => {}).on('stream', (pushed) => pushed.resume());
	const end = (path: string): Promise<unknown> => {
		const stream = session.request({ ':path': path });
		stream.on('error', () => {});
		stream.resume();
		return new Promise((resolve) => stream.on('close', resolve));
	};
	await end('/');
	await end('/abort');
	const waiting = session.request({ ':path': '/wait' });
	waiting.on('error', () => {});
	await vi.waitUntil(async () => (await counted(registry, 'http_requests_in_flight')).length > 0);
	expect(await counted(registry, 'http_requests_in_flight')).toEqual(['{version="2"} 1']);
	waiting.close(8);
	await vi.waitUntil(async () => (await counted(registry, 'http_requests_in_flight')).length === 0);
	session.destroy();
	expect(await counted(registry, 'http_pushes_total')).toEqual(['{outcome="complete"} 1']);
	expect((await counted(registry, 'http_resets_total')).sort()).toEqual([
		'{by="application",code="CANCEL"} 1',
		'{by="peer",code="CANCEL"} 1',
	]);
	// The pushed one is none of them.
	expect(await counted(registry, 'http_requests_total')).toHaveLength(3);

	const client = new WebSocket(server.url.replace('http', 'ws'));
	await once(client, 'open');
	expect(await counted(registry, 'http_tunnels_open')).toEqual(['{protocol="websocket"} 1']);
	client.close();
	await vi.waitUntil(async () => (await counted(registry, 'http_tunnels_open')).length === 0);
	expect(await counted(registry, 'http_tunnels_total')).toEqual(['{protocol="websocket"} 1']);

	const wrong = await new RawClient(Number(new URL(server.url).port)).connected();
	await wrong.send('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
	await wrong.closed();
	wrong.destroy();
	expect(await counted(registry, 'http_faults_total')).toEqual(['{source="peer",rule="RFC 9112 §3.2"} 1']);
});

test('MW-33: a failure that was answered by 500 is no reset', async () => {
	const { registry, count } = metrics();
	await answered(
		count(
			rich(() => {
				throw new Error('failed');
			}),
		),
	);
	expect(await counted(registry, 'http_resets_total')).toEqual([]);
});

test('MW-33: escapes, with journeys above and below it', async () => {
	const { registry, count } = metrics();
	const escaping = fetchToRich(fetchApp((request) => escape(request, hello)));
	const replaced = fetchToRich(
		fetchApp((request) => {
			escape(request, hello);
			return new Response('mine');
		}),
	);
	const denied = fetchToRich(
		fetchApp((request) => {
			const placeholder = escape(request, hello);
			return new Response(placeholder.body, { status: 403, headers: placeholder.headers });
		}),
	);
	const above: Journey[] = [];
	const below: Journey[] = [];
	const watch = (into: Journey[]): ((app: RichApp) => RichApp) => journeys({ ended: (journey) => into.push(journey) });
	await answered(count(escaping));
	await answered(watch(above)(count(replaced)));
	await answered(count(watch(below)(denied)));
	expect(await counted(registry, 'http_escapes_registered_total')).toEqual([' 3']);
	expect((await counted(registry, 'http_escapes_decided_total')).sort()).toEqual([
		'{verdict="pass",rule="ESC-11"} 1',
		'{verdict="run",rule="ESC-10 (a)"} 1',
		'{verdict="strip",rule="ESC-13"} 1',
	]);
	for (const [journey] of [above, below]) expect(journey?.steps.map(({ kind }) => kind)).toContain('escape');
});
