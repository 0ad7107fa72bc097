/** spec/rich.md §6: tunnels. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { Misuse } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { CONNECT, openExchange, POST, UPGRADE } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { ScriptedCarrier, scriptedHead } from '../support/scripted-carrier.ts';
import { scriptedExchange } from '../support/scripted-exchange.ts';
import { settled } from '../support/settled.ts';

const EXTENDED = { method: 'CONNECT', protocol: 'toy', target: '/', scheme: 'https' };

test.each([
	['GET', {}, false],
	['POST', POST, false],
	['GET on HTTP/1.1', { httpVersion: '1.1' as const }, false],
	['CONNECT', CONNECT, true],
	['extended CONNECT', EXTENDED, true],
	['Upgrade', UPGRADE, true],
])('RICH-29: accept of %s', async (_, request, there) => {
	const { exchange } = await openExchange(request);
	expect(exchange.accept !== null).toBe(there);
});

describe('RICH-30: an Upgrade is accepted after the request content', () => {
	test('before its end it is misuse, and after it is not', async () => {
		const { exchange, client, handler } = await openExchange({ ...UPGRADE, ...POST });
		const tunnelled = new RecordingHandler();
		const accept = (): unknown => exchange.accept?.([], tunnelled);
		expect(accept).toThrow(
			'An Upgrade is accepted after the request content has ended: read it, or wait for end. (RICH-30)',
		);
		client.client.send(utf8('content'));
		await settled();
		expect(accept).toThrow(Misuse);
		client.client.end();
		client.client.send(utf8('early'));
		await settled();
		expect(handler.log).toEqual(['data content', 'end']);
		accept();
		client.client.send(utf8('late'));
		await settled();
		expect(client.log).toEqual(['accept']);
		expect(tunnelled.log).toEqual(['data early', 'data late']);
		client.client.end();
		await settled();
		expect(tunnelled.log.at(-1)).toBe('end');
	});

	test('content that came but is held counts as not ended', async () => {
		const { exchange, client, handler } = await openExchange({ ...UPGRADE, ...POST });
		exchange.pause();
		client.client.send(utf8('content'));
		client.client.end();
		await settled();
		expect(() => exchange.accept?.([], {})).toThrow('(RICH-30)');
		exchange.resume();
		await settled();
		expect(handler.log).toEqual(['data content', 'end']);
		expect(() => exchange.accept?.([], {})).not.toThrow();
	});

	test('content that was discarded has to pass all the same', async () => {
		const { exchange, client } = await openExchange({ ...UPGRADE, ...POST });
		const tunnelled = new RecordingHandler();
		exchange.discard();
		client.client.send(utf8('content'));
		expect(() => exchange.accept?.([], tunnelled)).toThrow('(RICH-30)');
		client.client.end();
		client.client.send(utf8('early'));
		await settled();
		exchange.accept?.([], tunnelled);
		await settled();
		expect(tunnelled.log).toEqual(['data early']);
	});

	test('an Upgrade without content is accepted at once, in the call', async () => {
		const tunnelled = new RecordingHandler();
		const client = recorded(
			rich((exchange) => void exchange.accept?.(['a', '1'], tunnelled)),
			UPGRADE,
		);
		client.client.send(utf8('x'));
		await settled();
		expect(client.log).toEqual(['accept a: 1']);
		expect(tunnelled.log).toEqual(['data x']);
	});

	test('an Upgrade may be ignored, and is a request like any other', async () => {
		const client = recorded(
			rich((exchange) => {
				exchange.respond(200);
				exchange.end(utf8('plain'));
			}),
			UPGRADE,
		);
		client.client.send(utf8('early'));
		await settled();
		expect(client.log).toEqual(['respond 200', 'data plain', 'end']);
	});
});

describe('RICH-31: CONNECT', () => {
	test.each([200, 204, 299])('respond(%i) is misuse', async (status) => {
		const { exchange } = await openExchange(CONNECT);
		expect(() => exchange.respond(status)).toThrow(
			`CONNECT is answered ${status} by accept, which opens the tunnel; respond refuses it with another status. (RICH-31)`,
		);
		expect(exchange.responded).toBe(false);
	});

	test.each([CONNECT, EXTENDED])('another status refuses it', async (request) => {
		const { exchange, client, handler } = await openExchange(request);
		exchange.respond(403, ['content-length', '2']);
		exchange.end(utf8('no'));
		await settled();
		expect(client.log.filter((line) => line !== 'discard')).toEqual([
			'respond 403 content-length: 2',
			'data no',
			'end',
		]);
		expect(handler.log).toEqual(['closed complete 0']);
	});

	test('Content-Length is not for a tunnel (RFC 9110 §9.3.6), and a handler is an object', async () => {
		const { exchange } = await openExchange(CONNECT);
		expect(() => exchange.accept?.(['content-length', '0'], {})).toThrow('(RFC 9110 §9.3.6)');
		expect(() => exchange.accept?.([], undefined as never)).toThrow('A handler is an object');
		expect(exchange.responded).toBe(false);
		exchange.accept?.([], {});
		expect(exchange.responded).toBe(true);
	});
});

describe.each([
	['CONNECT', CONNECT],
	['extended CONNECT', EXTENDED],
	['Upgrade', UPGRADE],
])('RICH-32: halves of a tunnel by %s', (_, request) => {
	test('ours ends first', async () => {
		const { exchange, client, handler } = await openExchange(request);
		const tunnelled = new RecordingHandler(handler.log, 'tunnel ');
		const tunnel = exchange.accept?.([], tunnelled);
		tunnel?.end(utf8('last'));
		await settled();
		expect(client.log).toEqual(['accept', 'data last', 'end']);
		expect(() => tunnel?.write(utf8('x'))).toThrow('write was called after the tunnel was ended');
		expect(() => tunnel?.end()).toThrow('(RICH-12)');
		client.client.send(utf8('still'));
		await settled();
		client.client.end();
		await settled();
		// The events of the tunnel are its handler's; closed goes to both, the tunnel's first.
		expect(handler.log.filter((line) => line !== 'end')).toEqual([
			'tunnel data still',
			'tunnel end',
			'tunnel closed complete 0',
			'closed complete 0',
		]);
	});

	test('the client’s ends first', async () => {
		const { exchange, client } = await openExchange(request);
		const tunnelled = new RecordingHandler();
		const tunnel = exchange.accept?.([], tunnelled);
		client.client.end();
		await settled();
		expect(tunnelled.log).toEqual(['end']);
		tunnel?.write(utf8('still'));
		await settled();
		tunnel?.end();
		await settled();
		expect(client.log).toEqual(['accept', 'data still', 'end']);
		expect(tunnelled.log).toEqual(['end', 'closed complete 0']);
	});

	test('a tunnel takes no trailer fields', async () => {
		const { exchange } = await openExchange(request);
		exchange.accept?.([], {});
		expect(exchange.trailers).toBe(false);
		expect(() => exchange.end(null, ['a', 'b'])).toThrow('(RICH-20)');
	});

	test('abort ends both at once', async () => {
		const { exchange, client } = await openExchange(request);
		const tunnelled = new RecordingHandler();
		exchange.accept?.([], tunnelled).abort(9);
		await settled();
		expect(client.log.at(-1)).toBe('reset 9');
		expect(tunnelled.log).toEqual(['closed aborted 9']);
	});

	test('drain and the marks hold for a tunnel too', async () => {
		const { exchange, client } = await openExchange(request, true, { marks: { high: 10, hard: 20 } });
		const tunnelled = new RecordingHandler();
		const tunnel = exchange.accept?.([], tunnelled);
		expect(tunnel?.write(new Uint8Array(15))).toBe(false);
		expect(() => tunnel?.write(new Uint8Array(15))).toThrow('(RICH-23)');
		await settled();
		expect(tunnelled.log).toEqual(['drain']);
		expect(client.content.length).toBe(15);
	});
});

describe('RICH-33: bytes before accept', () => {
	test.each([CONNECT, EXTENDED, UPGRADE])(
		'are held, uncredited, and delivered to the tunnel’s handler',
		async (request) => {
			const { exchange, client, handler } = await openExchange(request);
			client.client.send(utf8('one'));
			client.client.send(utf8('two'));
			await settled();
			expect(handler.log.filter((line) => line !== 'end')).toEqual([]);
			expect(client.credited).toBe(0);
			const tunnelled = new RecordingHandler();
			exchange.accept?.([], tunnelled);
			expect(tunnelled.log).toEqual([]);
			await settled();
			expect(tunnelled.log).toEqual(['data one', 'data two']);
			expect(client.credited).toBe(6);
		},
	);

	test('are bounded: the carrier holds from the first on', async () => {
		const carrier = new ScriptedCarrier();
		carrier.canAccept = true;
		const exchange = scriptedExchange(carrier, scriptedHead({ method: 'CONNECT' }));
		exchange.run(rich(() => ({})));
		exchange.content(utf8('a'));
		await settled();
		expect(carrier.log).toEqual(['hold']);
		exchange.accept?.([], {});
		await settled();
		expect(carrier.log).toEqual(['hold', 'accept', 'credit 1', 'release']);
	});

	test.each([CONNECT, EXTENDED, UPGRADE])('are dropped after a refusal', async (request) => {
		const { exchange, client, handler } = await openExchange(request);
		client.client.send(utf8('GET / HTTP/1.1\r\n\r\n'));
		await settled();
		exchange.respond(403);
		exchange.end();
		client.client.send(utf8('more'));
		await settled();
		expect(handler.log.filter((line) => line.startsWith('data'))).toEqual([]);
		expect(client.log.filter((line) => line !== 'discard')).toEqual(['respond 403', 'end']);
	});

	test('the end that came before accept is the tunnel’s', async () => {
		const { exchange, client } = await openExchange(CONNECT);
		client.client.send(utf8('all'));
		client.client.end();
		await settled();
		const tunnelled = new RecordingHandler();
		exchange.accept?.([], tunnelled);
		await settled();
		expect(tunnelled.log).toEqual(['data all', 'end']);
	});

	test('an application that fails with bytes waiting is a 500, and they are dropped', async () => {
		const client = recorded(
			rich(async () => {
				await settled();
				throw new Error('broken');
			}),
			CONNECT,
		);
		client.client.send(utf8('early'));
		await settled();
		await settled();
		expect(client.status).toBe(500);
		expect(client.credited).toBe(0);
	});
});

test('RICH-50: waiting is what the transport has not got yet', async () => {
	const { exchange, client } = await openExchange(EXTENDED);
	const tunnel = exchange.accept?.([], {});
	client.client.pause();
	tunnel?.write(utf8('1234'));
	tunnel?.write(utf8('567'));
	expect(tunnel?.waiting).toBe(7);
	client.client.resume();
	await settled();
	expect(tunnel?.waiting).toBe(0);
	client.client.pause();
	tunnel?.write(utf8('89'));
	expect(tunnel?.waiting).toBe(2);
	client.client.lose();
	await settled();
	expect(tunnel?.waiting).toBe(0);
});
