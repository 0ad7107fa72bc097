/** Applications that throw, reject with and return values that throw at whoever touches them: an answer, a line of the log, and nobody else notices. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { format, inspect } from 'node:util';
import { type Exchange, type Handler, type RichApp, rich, utf8 } from 'rsgi';
import { fetchServerToRich, fetchToRich, gatewayToRich, nodeToRich, textToRich } from 'rsgi/adapters';
import { attach } from 'rsgi/attach';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer } from 'rsgi/fetch-server';
import { bytes, gateway, lite } from 'rsgi/gateway';
import { journeys } from 'rsgi/journey';
import { metrics } from 'rsgi/metrics';
import { accessLog } from 'rsgi/middleware/access-log';
import { compression } from 'rsgi/middleware/compression';
import { errorPages } from 'rsgi/middleware/error-pages';
import { node } from 'rsgi/node';
import { text } from 'rsgi/text';
import { tracing } from 'rsgi/tracing';
import { validate } from 'rsgi/validate';
import { websocket } from 'rsgi/websocket';
import { describe, expect, test, vi } from 'vitest';
import { stderrLog } from '../../src/host/node/log.ts';
import { probe, RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

const hostile = (): never => {
	throw new Error('touched');
};
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, hostile]));

/** Each throws at one thing or another that is done with errors. */
const VALUES: Readonly<Record<string, () => unknown>> = {
	'a proxy whose every trap throws': () => new Proxy({}, traps),
	'a proxy of a function': () => new Proxy(() => {}, traps),
	'a revoked proxy': () => {
		const { proxy, revoke } = Proxy.revocable({}, {});
		revoke();
		return proxy;
	},
	'an error whose members throw': () =>
		Object.defineProperties(
			new Error('x'),
			Object.fromEntries(
				['name', 'message', 'stack', 'cause', 'code', 'toString'].map((name) => [name, { get: hostile }]),
			),
		),
	'an object that cannot be shown': () => ({
		[inspect.custom]: hostile,
		[Symbol.toPrimitive]: hostile,
		toString: hostile,
	}),
	'an object whose then throws': () => Object.defineProperty({}, 'then', { get: hostile }),
	'an object whose constructor throws': () => ({
		get constructor() {
			return hostile();
		},
	}),
	'a symbol': () => Symbol('x'),
	undefined: () => undefined,
	null: () => null,
	'an object without prototype': () => Object.create(null),
};

type Place = (value: () => unknown) => RichApp;
const handled = (begin: (exchange: Exchange, fail: () => never) => Handler): Place => {
	return (value) =>
		rich((exchange) =>
			begin(exchange, () => {
				throw value();
			}),
		);
};
const throwing =
	(value: () => unknown): (() => never) =>
	() => {
		throw value();
	};
const rejecting =
	(value: () => unknown): (() => Promise<never>) =>
	() =>
		Promise.reject(value());

/** Where an application can do it. */
const PLACES: Readonly<Record<string, Place>> = {
	'rich: throws': (value) => rich(throwing(value)),
	'rich: rejects': (value) => rich(rejecting(value)),
	'rich: rejects later': (value) => rich(() => new Promise((_, reject) => setImmediate(() => reject(value())))),
	'rich: returns': (value) => rich((() => value()) as never),
	'rich: resolves with': (value) => rich((async () => await value()) as never),
	'rich: data': handled((_exchange, fail) => ({ data: fail })),
	'rich: end rejects': (value) => rich(() => ({ end: rejecting(value) })),
	'rich: closed': handled((exchange, fail) => {
		exchange.respond(200);
		exchange.end();
		return { closed: fail };
	}),
	'rich: after it has begun': (value) =>
		rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('x'));
			throw value();
		}),
	'rich: takes it for fields': (value) => rich((exchange) => exchange.respond(200, value() as never)),
	'rich: takes it for a status': (value) => rich((exchange) => exchange.respond(value() as never)),
	'rich: takes it for a chunk': (value) =>
		rich((exchange) => {
			exchange.respond(200);
			exchange.write(value() as never);
		}),
	'fetch: throws': (value) => fetchToRich(fetchApp(throwing(value))),
	'fetch: rejects': (value) => fetchToRich(fetchApp(rejecting(value))),
	'fetch: returns': (value) => fetchToRich(fetchApp(value as never)),
	'fetch: its body throws': (value) =>
		fetchToRich(fetchApp(() => new Response(new ReadableStream({ pull: throwing(value) })))),
	'fetch: its body errors': (value) =>
		fetchToRich(fetchApp(() => new Response(new ReadableStream({ pull: (to) => to.error(value()) })))),
	'fetch: its body has it': (value) =>
		fetchToRich(fetchApp(() => new Response(new ReadableStream({ pull: (to) => to.enqueue(value() as never) })))),
	'fetch server: throws': (value) => fetchServerToRich(fetchServer({ fetch: throwing(value) })),
	'fetch server: error throws': (value) =>
		fetchServerToRich(fetchServer({ fetch: throwing(value), error: throwing(value) })),
	'gateway: throws': (value) => gatewayToRich(gateway(throwing(value))),
	'gateway: rejects': (value) => gatewayToRich(gateway(rejecting(value))),
	'gateway: returns': (value) => gatewayToRich(gateway(value as never)),
	'gateway: its blocks throw': (value) =>
		gatewayToRich(
			gateway((_environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				return {
					[Symbol.iterator]: () => ({ next: throwing(value), return: throwing(value) }),
					close: throwing(value),
				} as never;
			}),
		),
	'gateway: its blocks reject': (value) =>
		gatewayToRich(
			gateway((_environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				return { [Symbol.asyncIterator]: () => ({ next: rejecting(value), return: rejecting(value) }) } as never;
			}),
		),
	'gateway: exc_info': (value) =>
		gatewayToRich(
			gateway((_environ, startResponse) => {
				startResponse(bytes('500 No'), [], value() as never);
				return [];
			}),
		),
	'lite: throws': (value) => gatewayToRich(lite(throwing(value))),
	'lite: returns': (value) => gatewayToRich(lite(value as never)),
	'text: throws': (value) => textToRich(text(throwing(value))),
	'node: throws': (value) => nodeToRich(node(throwing(value))),
	'node: rejects': (value) => nodeToRich(node(rejecting(value) as never)),
	'node: writes': (value) => nodeToRich(node((_request, response) => void response.write(value() as never))),
	'node: sets': (value) =>
		nodeToRich(
			node((_request, response) => {
				response.setHeader('x', value() as never);
				response.end();
			}),
		),
	'node: destroys': (value) => nodeToRich(node((_request, response) => void response.destroy(value() as never))),
	'escape: throws': (value) => fetchToRich(fetchApp((request) => escape(request, rich(throwing(value))))),
	'escape: rejects': (value) => fetchToRich(fetchApp((request) => escape(request, rich(rejecting(value))))),
	'escape: registers': (value) => fetchToRich(fetchApp((request) => escape(request, value() as never))),
	'websocket: opens': (value) => websocket({ open: throwing(value) }),
	'websocket: upgrades': (value) => websocket({ upgrade: rejecting(value) } as never),
};

/** What may stand round it. */
const ROUND: Readonly<Record<string, (app: RichApp) => RichApp>> = {
	nothing: (app) => app,
	middleware: (app) =>
		journeys({ ended: () => {} })(
			accessLog({ to: () => {} })(metrics().count(tracing()(compression()(errorPages()(app))))),
		),
	'a validator': (app) => validate(app),
};

const HANDSHAKE =
	'Host: a\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
	'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

/** What a client is told first, or nothing, if the connection ends before. */
async function answer(port: number, request: string): Promise<string> {
	const client = await new RawClient(port).connected();
	const told = new Promise<void>((resolve) => client.socket.once('data', () => resolve()));
	await client.send(request);
	await Promise.race([told, client.closed()]);
	client.destroy();
	return client.received;
}

/** RICH-28 */
describe.each(Object.entries(ROUND))('with %s round it', (_round, around) => {
	test.each(Object.entries(PLACES))('%s', async (_place, place) => {
		const hello = rich((exchange) => {
			exchange.respond(200);
			exchange.end(utf8('hello'));
		});
		const apps = Object.values(VALUES).map((value) => around(place(value)));
		const app = rich((exchange) => (apps[Number(exchange.target.slice(1))] ?? hello)(exchange), {
			protocols: ['websocket'],
		});
		// Short: those that answer nothing are late.
		const { server, port } = await served(app, { timeouts: { response: 500, stop: 100 } });
		const answers = await Promise.all(
			Object.keys(VALUES).flatMap((name, at) =>
				[
					`POST /${at} HTTP/1.1\r\n${HANDSHAKE}Content-Length: 2\r\n\r\nab`,
					`GET /${at} HTTP/1.1\r\n${HANDSHAKE}\r\n`,
				].map(async (request) => [name, await answer(port, request)]),
			),
		);
		for (const [name, told] of answers) expect(told, name).toMatch(/^HTTP\/1\.1 (?:[245]0\d|101|426) |^$/);
		expect(await probe(port)).toMatch(/^HTTP\/1\.1 200 [\s\S]*hello$/);
		await vi.waitFor(() => expect(server.connections).toBe(0), 5000);
	});
});

test('events of a WebSocket', async () => {
	for (const [name, value] of Object.entries(VALUES)) {
		for (const event of ['open', 'message', 'close'] as const) {
			for (const fail of [throwing(value), rejecting(value)]) {
				const { server, url } = await served(websocket({ [event]: fail }));
				const client = new WebSocket(url.replace('http', 'ws'));
				client.addEventListener('open', () => {
					client.send('x');
					if (event === 'close') client.close();
				});
				const { code } = await new Promise<CloseEvent>((resolve) => client.addEventListener('close', resolve));
				if (event !== 'close') expect([name, event, code]).toEqual([name, event, 1011]);
				await vi.waitFor(() => expect(server.connections).toBe(0), 5000);
				await server.close();
			}
		}
	}
});

test.each(Object.entries(PLACES))('on a server of node:http, %s', async (name, place) => {
	const server = createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	for (const [what, value] of Object.entries(VALUES)) {
		const attached = await attach(server, place(value), { log: () => {} });
		const request = `POST / HTTP/1.1\r\n${HANDSHAKE}Content-Length: 2\r\n\r\nab`;
		// Nobody ends there what an application never answers.
		const waits = /returns|resolves|registers/.test(name);
		const told = waits ? '' : await answer(port, request);
		expect(told, what).toMatch(/^HTTP\/1\.1 (?:[245]0\d|101|426) |^$/);
		server.closeAllConnections();
		await attached.detach();
	}
	await new Promise((resolve) => server.close(resolve));
});

test('what cannot be shown is told of all the same', () => {
	const said: string[] = [];
	const spy = vi
		.spyOn(console, 'error')
		.mockImplementation((text, ...values) => void said.push(format(text, ...values)));
	for (const value of Object.values(VALUES)) stderrLog({ source: 'application', message: 'failed', error: value() });
	spy.mockRestore();
	expect(said.filter((line) => line.startsWith('rsgi: failed'))).toHaveLength(Object.keys(VALUES).length);
});
