/** spec/rich.md §7: push. */
import { describe, expect, test } from 'vitest';
import { type RichApp, rich } from '../../src/rich/app.ts';
import type { Exchange, PushHead } from '../../src/rich/exchange.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { CONNECT, openExchange } from '../support/open-exchange.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { ScriptedCarrier } from '../support/scripted-carrier.ts';
import { scriptedExchange } from '../support/scripted-exchange.ts';
import { settled } from '../support/settled.ts';

function answering(text: string, seen: Exchange[] = []): RichApp {
	return rich((exchange) => {
		seen.push(exchange);
		exchange.respond(200);
		exchange.end(utf8(text));
	});
}

describe('RICH-35: a promise', () => {
	test('goes out before what is sent after it, and behind what was sent before', async () => {
		const { exchange, client } = await openExchange();
		exchange.push?.({ target: '/1' }, answering('one'));
		exchange.respond(200);
		exchange.write(utf8('before'));
		exchange.push?.({ target: '/2' }, answering('two'));
		exchange.end(utf8('after'));
		await settled();
		expect(client.log).toEqual(['push GET /1', 'respond 200', 'data before', 'push GET /2', 'data after', 'end']);
		expect(client.pushes.map(({ text }) => text)).toEqual(['one', 'two']);
	});

	test('the pushed application is run for it, with its head, and not inside push', async () => {
		const seen: Exchange[] = [];
		const { exchange, client } = await openExchange({ scheme: 'https', authority: 'a.example' });
		const head: PushHead = {
			method: 'HEAD',
			target: '/x?y',
			authority: 'b.example',
			fields: ['Accept', 'text/css', 'accept', '*/*'],
			priority: { urgency: 1, incremental: true },
		};
		exchange.push?.(head, answering('', seen));
		expect(seen).toEqual([]);
		exchange.push?.({ target: '/plain' }, answering('', seen));
		await settled();
		expect(seen[0]).toMatchObject({ method: 'HEAD', target: '/x?y', authority: 'b.example', scheme: 'https' });
		expect(seen[0]?.fields.lines).toEqual(['Accept', 'text/css', 'accept', '*/*']);
		expect(seen[0]?.priority).toEqual({ urgency: 1, incremental: true });
		expect(seen[0]?.connection).toBe(exchange.connection);
		expect(seen[1]).toMatchObject({ method: 'GET', authority: 'a.example', protocol: null, httpVersion: '2' });
		expect(seen[1]?.priority).toEqual({ urgency: 3, incremental: false });
		expect(client.pushes.map(({ status }) => status)).toEqual([200, 200]);
	});

	test('reaches a client that does not read before its response does', async () => {
		const { exchange, client } = await openExchange();
		client.client.pause();
		exchange.respond(200);
		exchange.write(utf8('waits'));
		exchange.push?.({ target: '/1' }, answering('one'));
		await settled();
		client.client.resume();
		await settled();
		expect(client.log).toEqual(['respond 200', 'data waits', 'push GET /1']);
		expect(client.pushes[0]?.log).toEqual(['respond 200', 'data one', 'end']);
	});

	test('may be made in a tunnel', async () => {
		const { exchange, client } = await openExchange(CONNECT);
		exchange.accept?.([], {});
		exchange.push?.({ target: '/1', authority: 'a.example' }, answering('one'));
		await settled();
		expect(client.pushes[0]?.text).toBe('one');
	});
});

describe('RICH-36: what cannot be promised', () => {
	test.each<[string, PushHead, string]>([
		['POST', { method: 'POST' as never, target: '/' }, 'RICH-36'],
		['OPTIONS', { method: 'OPTIONS' as never, target: '/' }, 'RICH-36'],
		['an absolute target', { target: 'http://a/' }, 'RICH-36'],
		['no target', {} as never, 'RICH-36'],
		['an empty target', { target: '' }, 'RICH-36'],
		['*', { target: '*' }, 'RICH-36'],
		['a space in the target', { target: '/a b' }, 'RICH-36'],
		['a line end in the target', { target: '/a\r\n' }, 'RICH-36'],
		['a fragment', { target: '/a#b' }, 'RICH-36'],
		['an empty authority', { target: '/', authority: '' }, 'RICH-36'],
		['a space in the authority', { target: '/', authority: 'a b' }, 'RICH-36'],
		['Content-Length', { target: '/', fields: ['Content-Length', '1'] }, 'RICH-36'],
		['Host', { target: '/', fields: ['host', 'a'] }, 'RICH-36'],
		['TE', { target: '/', fields: ['te', 'trailers'] }, 'RICH-36'],
		['Upgrade', { target: '/', fields: ['upgrade', 'x'] }, 'RICH-36'],
		['Connection', { target: '/', fields: ['connection', 'x'] }, 'RICH-15'],
		['a bad name', { target: '/', fields: ['a b', 'x'] }, 'RICH-14'],
		['a bad priority', { target: '/', priority: { urgency: 8, incremental: false } }, 'RICH-39'],
	])('%s', async (_, head, rule) => {
		let ran = false;
		const { exchange, client } = await openExchange();
		expect(() =>
			exchange.push?.(
				head,
				rich(() => {
					ran = true;
				}),
			),
		).toThrow(`(${rule})`);
		await settled();
		expect(ran).toBe(false);
		expect(client.log).toEqual([]);
	});

	test('a parent without authority needs one', async () => {
		const { exchange } = await openExchange({ authority: '' });
		expect(() =>
			exchange.push?.(
				{ target: '/' },
				rich(() => {}),
			),
		).toThrow('the parent request has none, so give one');
		expect(() =>
			exchange.push?.(
				{ target: '/', authority: 'a' },
				rich(() => {}),
			),
		).not.toThrow();
	});
});

describe('RICH-37: where no push is taken', () => {
	test('push is null on HTTP/1, where pushes are disabled, in a pushed exchange, and after the end', async () => {
		const seen: Exchange[] = [];
		const h1 = await openExchange({ httpVersion: '1.1' });
		const old = await openExchange({ httpVersion: '1.0' });
		const disabled = await openExchange({ takesPush: false });
		const parent = await openExchange();
		parent.exchange.push?.({ target: '/' }, answering('', seen));
		await settled();
		const over = await openExchange();
		over.exchange.abort();
		for (const exchange of [h1.exchange, old.exchange, disabled.exchange, seen[0], over.exchange]) {
			expect(exchange?.push).toBeNull();
		}
	});

	test('a promise that is declined by a race runs nothing and throws nothing', async () => {
		let ran = false;
		const carrier = new ScriptedCarrier();
		const exchange = scriptedExchange(carrier);
		exchange.run(rich(() => ({})));
		exchange.push?.(
			{ target: '/late' },
			rich(() => {
				ran = true;
			}),
		);
		await settled();
		expect(carrier.log).toEqual(['push /late']);
		expect(ran).toBe(false);
	});

	test('one that the peer refuses ends in closed', async () => {
		const handler = new RecordingHandler();
		const { exchange, client } = await openExchange({}, true, {
			onPush: (pushed) => pushed.client.reset(ErrorCode.REFUSED_STREAM),
		});
		exchange.push?.(
			{ target: '/' },
			rich(() => handler),
		);
		await settled();
		expect(handler.log).toEqual(['closed reset 7']);
		exchange.respond(200);
		exchange.end();
		await settled();
		expect(client.log.at(-1)).toBe('end');
	});
});
