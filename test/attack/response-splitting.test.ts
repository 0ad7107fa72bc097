/** Response splitting: no layer, and no part of a response, lets an application's text become a line of its own (RFC 9110 §5.5). */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Exchange, type RichApp, rich } from 'rsgi';
import { fetchServerToRich, fetchToRich, gatewayToRich, nodeToRich, textToRich } from 'rsgi/adapters';
import { attach, type ForeignServer } from 'rsgi/attach';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer, withTrailers } from 'rsgi/fetch-server';
import { bytes, gateway, lite } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { text } from 'rsgi/text';
import { websocket } from 'rsgi/websocket';
import { describe, expect, test } from 'vitest';
import { uncheckedBytes } from '../../src/layer/gateway/byte-string.ts';
import { RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';
import { site } from '../support/wsgi-site.ts';

/** Values that end a line, or the head, for some recipient. */
const VALUES = [
	'a\r\nInjected: yes',
	'a\nInjected: yes',
	'a\rInjected: yes',
	'a\0Injected: yes',
	'a\r\n\r\nInjected: yes',
];
/** The same where a name stands. */
const NAMES = ['X\r\nInjected', 'X\nInjected', 'X: y\r\nInjected', 'X Injected', 'X:Injected', '', 'X\0Injected'];

type Made = (name: string, value: string) => RichApp;

function riched(act: (exchange: Exchange, name: string, value: string) => void): Made {
	return (name, value) =>
		rich((exchange) => {
			act(exchange, name, value);
			if (exchange.outcome === null) exchange.end();
		});
}

const pushed = rich((exchange) => {
	exchange.respond(200);
	exchange.end();
});
const raw = (value: string): ReturnType<typeof bytes> => uncheckedBytes(value);

/** What puts a name and a value into a response, in each layer. */
const PLACES: Readonly<Record<string, Made>> = {
	'rich: respond': riched((exchange, name, value) => exchange.respond(200, [name, value])),
	'rich: inform': riched((exchange, name, value) => {
		exchange.inform?.(103, [name, value]);
		exchange.respond(200);
	}),
	'rich: trailers': riched((exchange, name, value) => {
		exchange.respond(200);
		exchange.write(Uint8Array.of(120));
		exchange.end(undefined, [name, value]);
	}),
	'rich: reason': riched((exchange, name, value) => exchange.respond(200, [], name === 'x' ? value : name)),
	'rich: push': riched((exchange, name, value) => {
		exchange.push?.(
			{ target: '/pushed', fields: [name, value] },
			rich((pushed) => pushed.respond(200)),
		);
		exchange.respond(200);
	}),
	'rich: accept': riched((exchange, name, value) => {
		if (exchange.accept === null) exchange.respond(200);
		else exchange.accept([name, value], {}).end();
	}),
	'rich: target of a push': riched((exchange, name, value) => {
		exchange.push?.(
			{ target: `/${name}${value}` },
			rich((pushed) => pushed.respond(200)),
		);
		exchange.respond(200);
	}),
	'gateway, bytes': (name, value) =>
		gatewayToRich(
			gateway((_environ, startResponse) => {
				startResponse(bytes('200 OK'), [[raw(name), raw(value)]]);
				return [];
			}),
		),
	'gateway: status line': (name, value) =>
		gatewayToRich(
			gateway((_environ, startResponse) => {
				startResponse(raw(`200 ${name}${value}`), []);
				return [];
			}),
		),
	lite: (name, value) => gatewayToRich(lite(() => [bytes('200 OK'), [[raw(name), raw(value)]], []])),
	text: (name, value) =>
		textToRich(
			text((_environ, startResponse) => {
				startResponse('200 OK', [[name, value]]);
				return [];
			}),
		),
	fetch: (name, value) => fetchToRich(fetchApp(() => new Response('x', { headers: [[name, value]] }))),
	'fetch: reason': (name, value) => fetchToRich(fetchApp(() => new Response('x', { statusText: `${name}${value}` }))),
	'node: setHeader': (name, value) =>
		nodeToRich(
			node((_request, response) => {
				response.setHeader(name, value);
				response.end();
			}),
		),
	'node: writeHead': (name, value) =>
		nodeToRich(
			node((_request, response) => {
				response.writeHead(200, [name, value]);
				response.end();
			}),
		),
	'node: reason': (name, value) =>
		nodeToRich(
			node((_request, response) => {
				response.writeHead(200, `${name}${value}`);
				response.end();
			}),
		),
	'node: early hints': (name, value) =>
		nodeToRich(
			node((_request, response) => {
				response.writeEarlyHints({ link: '</a>; rel=preload', [name]: value });
				response.end();
			}),
		),
	'node: trailers': (name, value) =>
		nodeToRich(
			node((_request, response) => {
				response.write('x');
				response.addTrailers([[name, value]]);
				response.end();
			}),
		),
	'node: text on the socket': (name, value) =>
		nodeToRich(
			node((_request, response) => {
				response.statusMessage = `${name}${value}`;
				response.end();
			}),
		),
	'an escaped application': (name, value) =>
		fetchToRich(
			fetchApp((request) =>
				escape(
					request,
					rich((exchange) => {
						exchange.respond(200, [name, value]);
						exchange.end();
					}),
				),
			),
		),
	'what middleware adds to an escape': (name, value) =>
		gatewayToRich(
			gateway((environ, startResponse) => {
				const upgrade = environ['rsgi.upgrade'];
				if (upgrade === undefined) throw new Error('no escape here');
				return upgrade(pushed, (status, fields, info) =>
					startResponse(status, [...fields, [raw(name), raw(value)]], info),
				);
			}),
		),
	'fetch server': (name, value) =>
		fetchServerToRich(fetchServer({ fetch: () => new Response('x', { headers: [[name, value]] }) })),
	'fetch server: informational': (name, value) =>
		fetchServerToRich(
			fetchServer({
				fetch(ctx) {
					ctx.sendInformational(103, { [name]: value });
					return new Response('x');
				},
			}),
		),
	'websocket: fields of the handshake': (name, value) => websocket({ upgrade: () => ({ fields: [name, value] }) }),
	'websocket: fields of a refusal': (name, value) =>
		websocket({ upgrade: (exchange) => void exchange.respond(403, [name, value]) }),
	'websocket: the subprotocol': (name, value) => websocket({ upgrade: () => ({ subprotocol: `${name}${value}` }) }),
	'fetch server: trailers': (name, value) =>
		fetchServerToRich(fetchServer({ fetch: () => withTrailers(new Response('x'), Promise.resolve([[name, value]])) })),
};

const INPUTS = [
	...VALUES.map((value): [string, string] => ['x', value]),
	...NAMES.map((name): [string, string] => [name, 'y']),
];

/** What must be refused in a place: a reason and a target may hold what a name may not. */
function inputsOf(place: string): [string, string][] {
	if (!/reason|status line|text on the socket|target/.test(place)) return INPUTS;
	return INPUTS.filter(([name, value]) => /[\r\n\0]/.test(name + value));
}

const HANDSHAKE = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

/** An error says which rule: ours do by its number, and those of Node and of fetch by their code or their words. */
function namesRule(error: unknown): boolean {
	const { message, code, cause } = error as { message?: string; code?: string; cause?: unknown };
	if (/^ERR_(?:INVALID_CHAR|INVALID_HTTP_TOKEN|HTTP_INVALID_HEADER_VALUE|INVALID_ARG)/.test(code ?? '')) return true;
	if (
		/\((?:RFC \d+ §[\d.]+|[A-Z]+-\d+)|^Headers|^Response constructor|Invalid (?:statusText|header)/.test(message ?? '')
	)
		return true;
	return cause !== undefined && namesRule(cause);
}

describe.each(Object.entries(PLACES))('%s', (place, made) => {
	test('over HTTP/1.1, nothing becomes a line, and the error names the rule', async () => {
		for (const [name, value] of inputsOf(place)) {
			const { port, server, log } = await served(made(name, value));
			const client = await new RawClient(port).connected();
			const upgrade = place.startsWith('websocket') ? HANDSHAKE : 'Upgrade: x\r\n';
			await client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\n${upgrade}\r\n`);
			await client.closed();
			client.destroy();
			// HTTP/1.1 has no push: what it would hold is nowhere.
			if (!place.includes('push')) {
				expect(log.map(({ error }) => error).filter((error) => !namesRule(error))).toEqual([]);
				expect(log.length, `${JSON.stringify([name, value])} was taken: ${client.received}`).toBeGreaterThan(0);
			}
			await server.close({ graceful: false });
			expect(client.received).toMatch(/^HTTP\/1\.1 (?:103|200|500) |^$/);
			expect(client.received).not.toMatch(/[\r\n\0]Injected/);
			expect(client.received).not.toMatch(/[\r\n]X:Injected/);
			// Every line end is CRLF, and every line of a head is a field.
			const head = client.received.slice(0, client.received.indexOf('\r\n\r\n'));
			expect(head.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
		}
	}, 60_000);

	test('over HTTP/2, nothing that no field may hold arrives', async () => {
		for (const [name, value] of inputsOf(place)) {
			const { url, server } = await served(made(name, value));
			const session = connect(url);
			session.on('error', () => {});
			const stream = session.request({ ':path': '/' });
			stream.on('error', () => {});
			const seen: object[] = [];
			for (const event of ['response', 'headers', 'trailers']) stream.on(event, (fields: object) => seen.push(fields));
			stream.resume();
			await new Promise<void>((resolve) => stream.on('close', () => resolve()));
			session.destroy();
			await server.close({ graceful: false });
			expect(JSON.stringify(seen)).not.toMatch(/Injected|injected/);
		}
	}, 60_000);
});

/** The application runs on a server that is not ours: the same checks stand before it. */
describe.each([
	['node:http', (): ForeignServer => createServer()],
	['node:http2', (): ForeignServer => createHttp2()],
])('on %s', (host, make) => {
	test.each(Object.entries(PLACES))(
		'%s',
		async (place, made) => {
			for (const [name, value] of inputsOf(place)) {
				const server = make();
				const errors: unknown[] = [];
				const attached = await attach(server, made(name, value), { log: (error) => errors.push(error) });
				server.listen(0, '127.0.0.1');
				await once(server, 'listening');
				const { port } = server.address() as AddressInfo;
				let received = '';
				if (host === 'node:http') {
					const client = await new RawClient(port).connected();
					const upgrade = place.startsWith('websocket') ? HANDSHAKE : 'Upgrade: x\r\n';
					await client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\n${upgrade}\r\n`);
					await client.closed();
					client.destroy();
					received = client.received;
					const head = received.slice(0, received.indexOf('\r\n\r\n'));
					expect(head.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
				} else {
					const session = connect(`http://127.0.0.1:${port}`);
					session
						.on('error', () => {})
						.on('stream', (pushed, fields) => {
							received += JSON.stringify(fields);
							pushed.on('error', () => {}).resume();
						});
					const stream = session.request({ ':path': '/' });
					stream.on('error', () => {});
					for (const event of ['response', 'headers', 'trailers'])
						stream.on(event, (fields: object) => {
							received += `${JSON.stringify(fields)}\n`;
						});
					stream.resume();
					await once(stream, 'close').catch(() => {});
					session.destroy();
				}
				expect(received).not.toMatch(/[\r\n\0]Injected|[\r\n]X:Injected|[xX][^"]*:[^"]*Injected/);
				expect(errors.filter((error) => !namesRule(error))).toEqual([]);
				const closed = new Promise((resolve) => server.close(resolve));
				await attached.detach();
				if ('closeAllConnections' in server) server.closeAllConnections();
				await closed;
			}
		},
		60_000,
	);
});

test.each(['field', 'status'])('Python: /%s', async (place) => {
	const { port, errors, lines, log } = await site({ workers: 1 }, 'splitting');
	const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
	for (const [name, value] of place === 'status' ? inputsOf('reason') : INPUTS) {
		const before = errors.length + lines.length + log.length;
		const client = await new RawClient(port).connected();
		await client.send(`GET /${place}?${hex(name)}&${hex(value)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
		await client.closed();
		client.destroy();
		expect(client.received).toMatch(/^HTTP\/1\.1 500 /);
		expect(client.received).not.toContain('Injected');
		const told = [...errors, ...lines, ...log.map(({ error, message }) => `${message} ${(error as Error)?.message}`)];
		expect(told.length).toBeGreaterThan(before);
		expect(told.join('\n')).toMatch(/\((?:RFC \d+ §[\d.]+|[A-Z]+-\d+|PEP 3333)/);
	}
});
