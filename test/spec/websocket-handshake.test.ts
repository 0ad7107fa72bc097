/** spec/websocket.md §1: the handshake. */
import { describe, expect, test } from 'vitest';
import { type WebSocketOptions, websocket } from '../../src/integration/websocket.ts';
import { rich } from '../../src/rich/app.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { Misuse } from '../../src/wire/fault.ts';
import { settled } from '../support/settled.ts';
import { HANDSHAKES, type Handshake, WebSocketClient } from '../support/websocket-client.ts';
import { WebSocketLog } from '../support/websocket-log.ts';

const [upgrade, connect] = HANDSHAKES.map(([, request]) => request) as [Handshake, Handshake];

describe('WS-1: what makes no sense throws at once', () => {
	test.each([
		[null, {}, 'takes an object'],
		[() => {}, {}, 'takes an object'],
		[{}, null, 'options are an object'],
		[{}, { compress: true }, 'there is no option compress'],
		[{}, { subprotocols: ['a b'] }, 'is no token'],
		[{}, { origins: 'none' }, 'origins are'],
		[{}, { limits: { messageSize: 0 } }, 'limits.messageSize is a whole number from 1'],
		[{}, { limits: { size: 1 } }, 'there is no limit size'],
		[{}, { pingEvery: -1 }, 'pingEvery is a time'],
		[{}, { idle: '3' }, 'idle is a time'],
		[{}, { compression: { windowBits: 16 } }, 'compression.windowBits'],
		[{}, { compression: { level: 0 } }, 'compression.level'],
		[{}, { topics: {} }, 'topics are made by topics()'],
		[{}, { otherwise: () => {} }, 'RICH-3'],
	])('%o, %o', (handlers, options, message) => {
		expect(() => websocket(handlers as never, options as never)).toThrow(message);
	});
});

describe.each(HANDSHAKES)('by %s', (name, request) => {
	const extended = name !== 'Upgrade';

	async function log(options: WebSocketOptions, fields: readonly string[] = [], more: Partial<PairRequest> = {}) {
		return await WebSocketClient.connect(websocket({}, options), { ...request(fields), ...more });
	}

	test('WS-2, WS-5: it is accepted, and works', async () => {
		const handlers = new WebSocketLog();
		handlers.onMessage = (socket, message) => socket.send(`${message}!`);
		const client = await WebSocketClient.connect(websocket(handlers), request());
		await client.text('hello');
		await client.close(1000);
		client.client.end();
		await settled();
		expect(client.log).toEqual(['accept', 'text hello!', 'close 1000', 'end']);
		expect(handlers.log).toEqual(['open', 'message hello', 'close 1000']);
		expect(client.fields?.first('sec-websocket-accept')).toBe(extended ? null : 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
		expect(handlers.last.exchange.httpVersion).toBe(extended ? '2' : '1.1');
		expect(client.faults).toEqual([]);
	});

	test('WS-4: another version', async () => {
		const lines = [...(request().fields as string[])];
		const wrong = { ...request(), fields: lines.with(lines.indexOf('13'), '8') };
		const client = await WebSocketClient.connect(websocket({}), wrong);
		expect(client.log[0]).toBe(extended ? 'respond 400' : 'respond 426');
		expect(client.fields?.first('sec-websocket-version')).toBe('13');
		expect(client.fields?.first('upgrade')).toBe(extended ? null : 'websocket');
	});

	test.each([
		[['b', 'a'], 'a, b', 'b'],
		[['x'], 'a, b', null],
		[['a'], null, null],
		[[], 'a', null],
	] as const)('WS-6: %j for %j is %j', async (subprotocols, offered, agreed) => {
		const client = await log({ subprotocols }, offered === null ? [] : ['sec-websocket-protocol', offered]);
		expect(client.log).toEqual(['accept']);
		expect(client.fields?.first('sec-websocket-protocol')).toBe(agreed);
	});

	test('WS-6: upgrade chooses another, and only of those offered', async () => {
		const fields = ['sec-websocket-protocol', 'a, b'];
		const choosing = (subprotocol: string | null) =>
			websocket({ upgrade: () => ({ subprotocol }) }, { subprotocols: ['a'] });
		const chosen = await WebSocketClient.connect(choosing('b'), request(fields));
		expect(chosen.fields?.first('sec-websocket-protocol')).toBe('b');
		const none = await WebSocketClient.connect(choosing(null), request(fields));
		expect(none.fields?.first('sec-websocket-protocol')).toBe(null);
		const wrong = await WebSocketClient.connect(choosing('c'), request(fields));
		expect(wrong.log[0]).toBe('respond 500');
		expect(wrong.faults[0]).toBeInstanceOf(Misuse);
		expect(String(wrong.faults[0])).toContain('WS-6');
	});

	test('WS-7: upgrade is waited for, and its data is the socket’s', async () => {
		const decision = Promise.withResolvers<{ data: string }>();
		const handlers = Object.assign(new WebSocketLog(), { upgrade: () => decision.promise });
		const client = await WebSocketClient.connect(websocket(handlers), request());
		expect(client.log).toEqual([]);
		await client.text('early');
		expect(handlers.log).toEqual([]);
		decision.resolve({ data: 'alice' });
		await settled();
		expect(client.log).toEqual(['accept']);
		expect(handlers.log).toEqual(['alice: open', 'alice: message early']);
	});

	test('WS-7: upgrade sees the request, and refuses it by responding', async () => {
		const app = websocket({
			async upgrade(exchange, offer) {
				expect(offer).toEqual({ subprotocols: ['a'], subprotocol: null, origin: null });
				expect(exchange.target).toBe('/chat');
				exchange.respond(401, ['www-authenticate', 'Basic']);
				exchange.end();
			},
			open: () => expect.unreachable(),
		});
		const client = await WebSocketClient.connect(app, request(['sec-websocket-protocol', 'a']));
		expect(client.log).toEqual(['respond 401', 'end']);
		expect(client.faults).toEqual([]);
	});

	test('WS-7: upgrade that throws is 500, and a client that has gone meanwhile is nothing', async () => {
		const failing = websocket({ upgrade: () => Promise.reject(new Error('no database')) });
		const client = await WebSocketClient.connect(failing, request());
		expect(client.log[0]).toBe('respond 500');
		expect(String(client.faults[0])).toContain('no database');
		const decision = Promise.withResolvers<void>();
		const handlers = Object.assign(new WebSocketLog(), { upgrade: () => decision.promise });
		const gone = await WebSocketClient.connect(websocket(handlers), request());
		gone.client.lose();
		await settled();
		decision.resolve();
		await settled();
		expect(handlers.log).toEqual([]);
		expect(gone.faults).toEqual([]);
	});

	test.each<readonly [origins: NonNullable<WebSocketOptions['origins']>, origin: string, allowed: boolean]>([
		['same', 'https://example.org', true],
		['same', 'https://EXAMPLE.org:443', true],
		['same', 'http://example.org', true],
		['same', 'https://example.org:8443', false],
		['same', 'https://evil.example', false],
		['same', 'https://example.org.evil.example', false],
		['same', 'null', false],
		['same', '', false],
		['any', 'https://evil.example', true],
		[['https://a.example'], 'https://A.example', true],
		[['https://a.example'], 'https://example.org', false],
		[(origin: string) => origin.endsWith('.example'), 'https://b.example', true],
		[() => false, 'https://example.org', false],
	])('WS-8: %s and Origin %s', async (origins, origin, allowed) => {
		expect((await log({ origins }, ['origin', origin])).log[0]).toBe(allowed ? 'accept' : 'respond 403');
		expect((await log({ origins })).log).toEqual(['accept']);
	});

	test('WS-9: fields of upgrade go out with the response, but not those of the handshake', async () => {
		const giving = (...fields: string[]) => websocket({ upgrade: () => ({ fields }) });
		const client = await WebSocketClient.connect(giving('set-cookie', 'a=1', 'set-cookie', 'b=2'), request());
		expect(client.fields?.all('set-cookie')).toEqual(['a=1', 'b=2']);
		const wrong = await WebSocketClient.connect(giving('Sec-WebSocket-Extensions', 'x'), request());
		expect(wrong.log[0]).toBe('respond 500');
		expect(String(wrong.faults[0])).toContain('WS-9');
	});

	test('WS-27: compression is agreed on where both have it', async () => {
		const offer = ['sec-websocket-extensions', 'permessage-deflate; client_max_window_bits'];
		expect((await log({}, offer)).fields?.first('sec-websocket-extensions')).toBe(null);
		expect((await log({ compression: true })).fields?.first('sec-websocket-extensions')).toBe(null);
		expect((await log({ compression: true }, offer)).fields?.first('sec-websocket-extensions')).toBe(
			'permessage-deflate; server_no_context_takeover',
		);
	});
});

describe('WS-3: what asks for no WebSocket', () => {
	test.each([
		['on HTTP/1.1', { httpVersion: '1.1' }, 'respond 426', 'websocket'],
		['on HTTP/1.0', { httpVersion: '1.0' }, 'respond 400', null],
		['on HTTP/2', {}, 'respond 400', null],
		['for another protocol', { httpVersion: '1.1', protocol: 'h2c' }, 'respond 426', 'websocket'],
		['for another protocol on HTTP/2', { method: 'CONNECT', protocol: 'other', scheme: 'https' }, 'respond 501', null],
	] as const)('%s', async (_, request, answer, field) => {
		const client = await WebSocketClient.connect(websocket({}), request);
		expect(client.log[0]).toBe(answer);
		expect(client.fields?.first('upgrade')).toBe(field);
	});

	test('goes to the option otherwise, which keeps its hooks', async () => {
		const told: string[] = [];
		const otherwise = rich(
			(exchange) => {
				exchange.respond(200);
				exchange.end();
			},
			{ start: () => void told.push('start'), stop: () => void told.push('stop'), protocols: ['other'] },
		);
		const app = websocket({}, { otherwise });
		expect((await WebSocketClient.connect(app, {})).log).toEqual(['respond 200', 'end']);
		await app.start?.();
		await app.stop?.();
		expect(told).toEqual(['start', 'stop']);
		expect(app.protocols).toEqual(['websocket', 'other']);
	});
});

describe('WS-5: HTTP/1.1 alone has', () => {
	test.each([
		['a method', { method: 'POST' }, 'respond 405'],
		['no content', { fields: [...(upgrade().fields as string[]), 'content-length', '1'] }, 'respond 400'],
		['a key', { fields: ['sec-websocket-version', '13'] }, 'respond 400'],
	] as const)('%s', async (_, more, answer) => {
		const client = await WebSocketClient.connect(websocket({}), { ...upgrade(), ...more });
		expect(client.log[0]).toBe(answer);
	});

	test('a key on HTTP/2 is not looked at', async () => {
		const client = await WebSocketClient.connect(websocket({}), connect(['sec-websocket-key', 'nonsense']));
		expect(client.log).toEqual(['accept']);
	});
});
