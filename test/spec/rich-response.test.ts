/** spec/rich.md §3: the response. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import { Misuse } from '../../src/wire/fault.ts';
import { Fields, type FieldsInit } from '../../src/wire/fields.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { openExchange, POST } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

/** What a call throws: the rule of a misuse; or `fine`. */
function rule(call: () => unknown): string {
	try {
		call();
	} catch (error) {
		expect(error).toBeInstanceOf(Misuse);
		expect((error as Misuse).message).toContain(`(${(error as Misuse).rule})`);
		return (error as Misuse).rule;
	}
	return 'fine';
}

describe('RICH-12: inform*, respond, write*, end', () => {
	test('in that order everything is sent in that order', async () => {
		const { exchange, client } = await openExchange();
		exchange.inform?.(103, ['link', '</a>']);
		exchange.inform?.(103);
		exchange.respond(599, [], 'Odd');
		exchange.write(utf8('a'));
		exchange.write(utf8('b'));
		exchange.end(utf8('c'));
		await settled();
		expect(client.log).toEqual([
			'inform 103 link: </a>',
			'inform 103',
			'respond 599 Odd',
			'data a',
			'data b',
			'data c',
			'end',
		]);
	});

	test('respond twice is misuse, and leaves the first as it was', async () => {
		const { exchange, client } = await openExchange();
		exchange.respond(200);
		expect(() => exchange.respond(500)).toThrow(
			'respond was called after respond: the order is inform* → respond → write* → end, or inform* → accept. (RICH-12)',
		);
		exchange.end();
		await settled();
		expect(client.log).toEqual(['respond 200', 'end']);
	});

	test('end twice is misuse', async () => {
		const { exchange, client } = await openExchange(POST);
		exchange.respond(200);
		exchange.end();
		expect(() => exchange.end()).toThrow('end was called after end');
		expect(() => exchange.write(utf8('x'))).toThrow('write was called after end');
		await settled();
		expect(client.log).toEqual(['respond 200', 'end']);
	});

	test.each([199, 100, 0, -200, 600, 1000, 200.5, Number.NaN, '200' as unknown as number])(
		'a status of %s is misuse',
		async (status) => {
			const { exchange } = await openExchange();
			expect(rule(() => exchange.respond(status))).toBe('RICH-12');
			expect(exchange.responded).toBe(false);
		},
	);

	test('a status that another command sends, or that is no number, is told so', async () => {
		const { exchange } = await openExchange();
		expect(() => exchange.respond('200' as never)).toThrow('not "200".');
		expect(() => exchange.respond(103)).toThrow('not 103: inform sends 1xx.');
		expect(() => exchange.respond(101)).toThrow('not 101: accept sends 101.');
		expect(() => exchange.inform?.(101)).toThrow('not 101: accept sends 101.');
		expect(() => exchange.inform?.(200)).toThrow('not 200: respond sends 200 to 599.');
	});

	test('a field value that is no string is told so (RICH-14)', async () => {
		const { exchange } = await openExchange();
		expect(() => exchange.respond(200, ['content-length', 5 as never])).toThrow(
			'The value of content-length is a number, not a string: write String(value). (RICH-14)',
		);
	});

	test.each([200, 204, 299, 300, 404, 599])('a status of %s is fine', async (status) => {
		const { exchange, client } = await openExchange();
		exchange.respond(status);
		expect(exchange.responded).toBe(true);
		await settled();
		expect(client.status).toBe(status);
	});

	test('a reason phrase that would break the status line is misuse', async () => {
		const { exchange } = await openExchange();
		for (const reason of ['a\r\nb', 'a\nb', '\0', 'a\x7f', '\u0100']) {
			expect(rule(() => exchange.respond(200, [], reason))).toBe('RFC 9112 §4');
		}
		expect(rule(() => exchange.respond(200, [], 'Très\tbien'))).toBe('fine');
	});

	test('content that is not bytes is misuse', async () => {
		const { exchange } = await openExchange();
		exchange.respond(200);
		expect(() => exchange.write('text' as never)).toThrow('turn text into bytes with utf8(text)');
		expect(() => exchange.end([1] as never)).toThrow('Content is a Uint8Array');
	});
});

describe('RICH-13: informational responses', () => {
	test('100 to 199 but not 101, at once', async () => {
		const { exchange, client } = await openExchange();
		for (const status of [99, 101, 200, 1.5, Number.NaN]) {
			expect(rule(() => exchange.inform?.(status))).toBe('RICH-13');
		}
		for (const status of [100, 102, 103, 199]) exchange.inform?.(status);
		await settled();
		expect(client.log).toEqual(['inform 100', 'inform 102', 'inform 103', 'inform 199']);
	});

	test('null on HTTP/1.0, there on the others', async () => {
		for (const httpVersion of ['1.0', '1.1', '2'] as const) {
			const { exchange } = await openExchange({ httpVersion });
			expect(exchange.inform === null).toBe(httpVersion === '1.0');
		}
	});

	test('Content-Length is not for an informational response (RFC 9110 §8.6)', async () => {
		const { exchange } = await openExchange();
		expect(rule(() => exchange.inform?.(103, ['content-length', '0']))).toBe('RFC 9110 §8.6');
	});
});

const COMMANDS: readonly [string, (exchange: Exchange, fields: FieldsInit) => void][] = [
	['inform', (exchange, fields) => exchange.inform?.(103, fields)],
	['respond', (exchange, fields) => exchange.respond(200, fields)],
	[
		'trailers',
		(exchange, fields) => {
			exchange.respond(200);
			exchange.end(null, fields);
		},
	],
	[
		'push',
		(exchange, fields) =>
			exchange.push?.(
				{ target: '/', fields },
				rich(() => {}),
			),
	],
	['accept', (exchange, fields) => exchange.accept?.(fields, {})],
];

describe.each(COMMANDS)('fields given to %s', (command, send) => {
	const request = command === 'accept' ? { method: 'CONNECT', protocol: 'toy' } : {};

	test.each(['', 'a b', 'a:', 'ä', 'a\r\n', 'a\0', ':status', '(', 'a\u0100', undefined as never, 3 as never])(
		'RICH-14: the name %j throws and is not sent',
		async (name) => {
			const { exchange, client } = await openExchange(request);
			expect(rule(() => send(exchange, ['good', '1', name, 'x']))).toBe('RICH-14');
			await settled();
			expect(client.log.filter((line) => line !== 'respond 200')).toEqual([]);
		},
	);

	test.each([
		' a',
		'a ',
		'\ta',
		'a\t',
		'a\r\nb',
		'a\nb',
		'a\rb',
		'a\0b',
		'a\x7f',
		'a\x1f',
		'\u20ac',
		7 as never,
		null as never,
	])('RICH-14: the value %j throws and is not sent', async (value) => {
		const { exchange, client } = await openExchange(request);
		expect(rule(() => send(exchange, ['x-name', value]))).toBe('RICH-14');
		await settled();
		expect(client.log.filter((line) => line !== 'respond 200')).toEqual([]);
	});

	test('RICH-14: a line is looked at however good the one before it in its place was', async () => {
		const good = ['x-name', 'value', 'x-other', 'value'];
		for (const bad of [
			['x-name', 'value\n', 'x-other', 'value'],
			['x-name\n', 'value', 'x-other', 'value'],
			['x-name', 'value', 'x-other', 'value '],
			['x-name', 'value', 'connection', 'value'],
			[...good, 'x-third', '\0'],
		]) {
			for (let again = 0; again < 3; again++) {
				send((await openExchange(request)).exchange, good);
				const { exchange } = await openExchange(request);
				expect(rule(() => send(exchange, bad))).toMatch(/^RICH-1[45]$/);
			}
		}
	});

	test('RICH-14: an odd array and an object are refused, with the layout', async () => {
		const { exchange } = await openExchange(request);
		expect(rule(() => send(exchange, ['a']))).toBe('RICH-14');
		const other = await openExchange(request);
		expect(() => send(other.exchange, { a: 'b' } as never)).toThrow('laid out flat as [name, value, name, value …]');
	});

	test.each(['Connection', 'KEEP-ALIVE', 'proxy-connection', 'Transfer-Encoding'])(
		'RICH-15: %s throws',
		async (name) => {
			const { exchange } = await openExchange(request);
			expect(rule(() => send(exchange, [name, 'x']))).toBe('RICH-15');
		},
	);

	test('RICH-14: fields that are changed after the command go out as they were checked', async () => {
		const { exchange, client } = await openExchange(request, true, {
			onPush: (pushed) => heads.push(pushed.client.head.fields),
		});
		const heads: Fields[] = [];
		const fields = Fields.of('x-a', '1');
		send(exchange, fields);
		fields.set('x-a', 'bad\r\nvalue');
		await settled();
		expect(client.log.join('\n') + heads.map(({ lines }) => lines.join(': ')).join('')).toContain('x-a: 1');
		expect(client.log.join('')).not.toContain('bad');
	});
});

test('RICH-14: empty values, obs-text and inner tabs are values', async () => {
	const { exchange, client } = await openExchange();
	exchange.respond(200, ['empty', '', 'octets', '\xe9\xff', 'tab', 'a\tb']);
	await settled();
	expect(client.fields.lines).toEqual(['empty', '', 'octets', '\xe9\xff', 'tab', 'a\tb']);
});

test('RICH-16: the application’s lines go out in its order, with case and duplicates', async () => {
	const lines = ['B', '2', 'a', '1', 'b', '3', 'Set-Cookie', 'x', 'set-cookie', 'y', 'A', ''];
	for (const init of [lines, new Fields(lines.slice())]) {
		const { exchange, client } = await openExchange();
		exchange.respond(200, init);
		await settled();
		expect(client.fields.lines).toEqual(lines);
	}
});

describe('RICH-17: HEAD', () => {
	test('takes content and trailer fields, and drops them', async () => {
		for (const lines of [[], ['content-length', '2']]) {
			const { exchange, client } = await openExchange({ method: 'HEAD' });
			exchange.respond(200, lines);
			expect(exchange.write(new Uint8Array(10_000))).toBe(true);
			exchange.end(new Uint8Array(1_000_000), ['x-sum', '1']);
			await settled();
			expect(client.log).toEqual([lines.length > 0 ? 'respond 200 content-length: 2' : 'respond 200', 'end']);
			expect(exchange.outcome).toEqual({ reason: 'complete', code: 0 });
		}
	});

	test('ends by itself when an application goes on and on', async () => {
		const { exchange, client, handler } = await openExchange({ method: 'HEAD' });
		exchange.respond(200);
		let written = 0;
		while (exchange.write(new Uint8Array(1000))) written++;
		expect(written).toBe(65);
		expect(exchange.write(new Uint8Array(1000))).toBe(false);
		exchange.end(new Uint8Array(1000));
		await settled();
		expect(client.log).toEqual(['respond 200', 'end']);
		expect(handler.log.at(-1)).toBe('closed complete 0');
	});

	test('may say a Content-Length and send nothing', async () => {
		const { exchange, client } = await openExchange({ method: 'HEAD' });
		exchange.respond(200, ['content-length', '1000']);
		exchange.end();
		await settled();
		expect(client.log).toEqual(['respond 200 content-length: 1000', 'end']);
		expect(client.faults).toEqual([]);
	});
});

describe('RICH-18: 204, 205 and 304 have no content', () => {
	test.each([204, 205, 304])('content of %s throws, an empty chunk does not', async (status) => {
		const { exchange, client } = await openExchange();
		exchange.respond(status);
		expect(rule(() => exchange.write(utf8('x')))).toBe('RICH-18');
		expect(rule(() => exchange.end(utf8('x')))).toBe('RICH-18');
		exchange.write(new Uint8Array());
		exchange.end(new Uint8Array());
		await settled();
		expect(client.log).toEqual([`respond ${status}`, 'end']);
	});

	test('304 may say the Content-Length of what it stands for', async () => {
		const { exchange, client } = await openExchange();
		exchange.respond(304, ['content-length', '1000']);
		exchange.end();
		await settled();
		expect(client.log).toEqual(['respond 304 content-length: 1000', 'end']);
	});

	test.each<[number, string, string]>([
		[204, '0', 'RICH-18'],
		[204, '5', 'RICH-18'],
		[205, '5', 'RICH-18'],
		[205, '0', 'fine'],
	])('%i with Content-Length %s', async (status, length, expected) => {
		const { exchange } = await openExchange();
		expect(rule(() => exchange.respond(status, ['content-length', length]))).toBe(expected);
		// What was refused has left no trace.
		if (expected !== 'fine') expect(rule(() => exchange.respond(200))).toBe('fine');
		expect(exchange.trailers).toBe(expected !== 'fine');
	});
});

describe('RICH-19: Content-Length is kept to', () => {
	test('content beyond it throws and is not sent', async () => {
		const { exchange, client } = await openExchange();
		exchange.respond(200, ['Content-Length', '5']);
		exchange.write(utf8('abc'));
		expect(() => exchange.write(utf8('def'))).toThrow('1 bytes more than the Content-Length that was sent. (RICH-19)');
		expect(() => exchange.end(utf8('defg'))).toThrow('2 bytes more');
		exchange.end(utf8('de'));
		await settled();
		expect(client.text).toBe('abcde');
		expect(client.log.at(-1)).toBe('end');
	});

	test('ending short of it is a reset, and is reported', async () => {
		const { exchange, client, handler } = await openExchange();
		exchange.respond(200, ['content-length', '5']);
		exchange.write(utf8('abc'));
		exchange.end();
		await settled();
		expect(client.log.at(-1)).toBe('reset 2');
		expect(client.log).not.toContain('end');
		expect(String(client.faults[0])).toContain('2 bytes short of its Content-Length. (RICH-19)');
		expect(handler.outcome).toEqual({ reason: 'aborted', code: 2 });
	});

	test.each(['', 'x', '-1', '1.5', '5, 5', '1e3', '99999999999999999999'])(
		'a Content-Length of %j throws',
		async (value) => {
			const { exchange } = await openExchange();
			expect(rule(() => exchange.respond(200, ['content-length', value]))).toBe('RICH-19');
		},
	);

	test('two Content-Length lines throw', async () => {
		const { exchange } = await openExchange();
		expect(rule(() => exchange.respond(200, ['content-length', '5', 'Content-Length', '5']))).toBe('RICH-19');
	});

	test('a Content-Length of 0 takes nothing', async () => {
		const { exchange, client } = await openExchange();
		exchange.respond(200, ['content-length', '0']);
		expect(rule(() => exchange.write(utf8('x')))).toBe('RICH-19');
		exchange.end();
		await settled();
		expect(client.log.at(-1)).toBe('end');
	});
});

describe('RICH-20: trailer fields', () => {
	//                 version  method  status  Content-Length  can be sent
	const cases: readonly ['1.0' | '1.1' | '2', string, number, boolean, boolean][] = [
		['2', 'GET', 200, false, true],
		['2', 'GET', 200, true, true],
		['2', 'HEAD', 200, true, true],
		['2', 'GET', 204, false, false],
		['2', 'GET', 304, false, false],
		['1.1', 'GET', 200, false, true],
		['1.1', 'GET', 200, true, false],
		['1.1', 'HEAD', 200, false, true],
		['1.1', 'GET', 204, false, false],
		['1.1', 'GET', 304, false, false],
		['1.0', 'GET', 200, false, false],
		['1.0', 'HEAD', 200, false, false],
	];
	test.each(cases)(
		'HTTP/%s %s %i, Content-Length %s: trailers is %s and end agrees',
		async (httpVersion, method, status, counted, can) => {
			const { exchange, client } = await openExchange({ httpVersion, method });
			expect(exchange.trailers).toBe(httpVersion !== '1.0');
			exchange.respond(status, counted ? ['content-length', '1'] : []);
			expect(exchange.trailers).toBe(can);
			if (status === 200) exchange.write(utf8('x'));
			if (!can) {
				expect(rule(() => exchange.end(null, ['x-sum', '1']))).toBe('RICH-20');
				expect(rule(() => exchange.end(null, []))).toBe('fine');
			} else {
				exchange.end(null, ['x-sum', '1']);
			}
			expect(exchange.trailers).toBe(false);
			await settled();
			expect(client.log.at(-1)).toBe(can && method !== 'HEAD' ? 'end x-sum: 1' : 'end');
		},
	);

	test.each([
		'Content-Length',
		'content-type',
		'Content-Encoding',
		'content-range',
		'host',
		'Trailer',
		'TE',
		'expect',
		'max-forwards',
		'cache-control',
		'authorization',
		'Set-Cookie',
		'www-authenticate',
		'proxy-authenticate',
		'range',
	])('%s is none (RFC 9110 §6.5.1)', async (name) => {
		const { exchange, client } = await openExchange();
		exchange.respond(200);
		expect(rule(() => exchange.end(utf8('x'), ['x', 'y', name, '1']))).toBe('RICH-20');
		exchange.end();
		await settled();
		// The chunk that came with them has not been sent either.
		expect(client.log).toEqual(['respond 200', 'end']);
	});
});

describe('RICH-21: 100 (Continue)', () => {
	const waiting = { ...POST, expectsContinue: true };

	test('once, when a handler with data is attached', async () => {
		const { exchange, client, handler } = await openExchange(waiting, false);
		expect(client.log).toEqual([]);
		exchange.attach(handler);
		await settled();
		exchange.pause();
		exchange.resume();
		await settled();
		expect(client.log).toEqual(['continue']);
	});

	test('not while it is paused', async () => {
		const { exchange, client, handler } = await openExchange(waiting, false);
		exchange.pause();
		exchange.attach(handler);
		await settled();
		expect(client.log).toEqual([]);
		exchange.resume();
		await settled();
		expect(client.log).toEqual(['continue']);
	});

	test('not without data, not after the response has begun, not when nobody waits, not for what is discarded', async () => {
		const none = recorded(
			rich(() => ({ end() {} })),
			waiting,
		);
		const late = await openExchange(waiting, false);
		late.exchange.respond(413);
		late.exchange.attach(late.handler);
		const unasked = await openExchange(POST);
		const unwanted = recorded(
			rich(() => {}),
			waiting,
		);
		const old = await openExchange({ ...waiting, httpVersion: '1.0' });
		await settled();
		expect(none.log).toEqual([]);
		expect(late.client.log).toEqual(['respond 413']);
		expect(unasked.client.log).toEqual([]);
		expect(unwanted.log).toEqual(['discard']);
		expect(old.client.log).toEqual([]);
	});

	test('inform(100) is the one', async () => {
		const { exchange, client, handler } = await openExchange(waiting, false);
		exchange.inform?.(100);
		exchange.attach(handler);
		await settled();
		expect(client.log).toEqual(['inform 100']);
	});
});
