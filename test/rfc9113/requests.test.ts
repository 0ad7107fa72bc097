/** Request heads (RFC 9113 §8.1, §8.2, §8.3, §8.5): what makes one, and what makes it malformed. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../src/wire/fault.ts';
import { block, bytes, data, END_STREAM, frame, get, headers, post, request, TYPES } from '../support/http2-frames.ts';
import { SPLITS, Talk } from '../support/http2-talk.ts';

const MALFORMED: readonly [title: string, fields: Uint8Array, rule: string][] = [
	['§8.2.1: an upper-case name', request('GET', '/', 'X-A', '1'), 'RFC 9113 §8.2.1'],
	['§8.2.1: an empty name', request('GET', '/', '', '1'), 'RFC 9113 §8.2.1'],
	['§8.2.1: a space in a name', request('GET', '/', 'x a', '1'), 'RFC 9113 §8.2.1'],
	['§8.2.1: a colon in a name', request('GET', '/', 'x:a', '1'), 'RFC 9113 §8.2.1'],
	['§8.2.1: a control in a name', request('GET', '/', 'x\x01', '1'), 'RFC 9113 §8.2.1'],
	['§8.2.1: DEL in a name', request('GET', '/', 'x\x7f', '1'), 'RFC 9113 §8.2.1'],
	['§8.2.1: an octet above 0x7f in a name', request('GET', '/', 'x\x80', '1'), 'RFC 9113 §8.2.1'],
	['§8.2.1: NUL in a value', request('GET', '/', 'x', 'a\0b'), 'RFC 9113 §8.2.1'],
	['§8.2.1: LF in a value', request('GET', '/', 'x', 'a\nb'), 'RFC 9113 §8.2.1'],
	['§8.2.1: CR in a value', request('GET', '/', 'x', 'a\rb'), 'RFC 9113 §8.2.1'],
	['§8.2.1: a control in a value', request('GET', '/', 'x', 'a\x1bb'), 'RFC 9113 §8.2.1'],
	['§8.2.1: a space in front of a value', request('GET', '/', 'x', ' a'), 'RFC 9113 §8.2.1'],
	['§8.2.1: a space behind a value', request('GET', '/', 'x', 'a '), 'RFC 9113 §8.2.1'],
	['§8.2.1: a tab behind a value', request('GET', '/', 'x', 'a\t'), 'RFC 9113 §8.2.1'],
	['§8.2.2: Connection', request('GET', '/', 'connection', 'close'), 'RFC 9113 §8.2.2'],
	['§8.2.2: Keep-Alive', request('GET', '/', 'keep-alive', '1'), 'RFC 9113 §8.2.2'],
	['§8.2.2: Proxy-Connection', request('GET', '/', 'proxy-connection', 'a'), 'RFC 9113 §8.2.2'],
	['§8.2.2: Transfer-Encoding', request('GET', '/', 'transfer-encoding', 'chunked'), 'RFC 9113 §8.2.2'],
	['§8.2.2: Upgrade', request('GET', '/', 'upgrade', 'h2c'), 'RFC 9113 §8.2.2'],
	['§8.2.2: TE of gzip', request('GET', '/', 'te', 'trailers, gzip'), 'RFC 9113 §8.2.2'],
	['§8.3: an unknown pseudo-field', request('GET', '/', ':foo', 'a'), 'RFC 9113 §8.3'],
	['§8.3: the pseudo-field of responses', block(':status', '200', ':method', 'GET'), 'RFC 9113 §8.3'],
	['§8.3: a pseudo-field behind a field', bytes(request('GET', '/', 'a', 'b'), block(':path', '/')), 'RFC 9113 §8.3'],
	['§8.3.1: no :method', block(':scheme', 'http', ':authority', 'a', ':path', '/'), 'RFC 9113 §8.3.1'],
	['§8.3.1: no :scheme', block(':method', 'GET', ':authority', 'a', ':path', '/'), 'RFC 9113 §8.3.1'],
	['§8.3.1: no :path', block(':method', 'GET', ':scheme', 'http', ':authority', 'a'), 'RFC 9113 §8.3.1'],
	['§8.3.1: two :method', block(':method', 'GET', ':method', 'GET'), 'RFC 9113 §8.3.1'],
	['§8.3.1: two :scheme', block(':scheme', 'http', ':scheme', 'http'), 'RFC 9113 §8.3.1'],
	['§8.3.1: two :path', block(':path', '/', ':path', '/'), 'RFC 9113 §8.3.1'],
	['§8.3.1: two :authority', block(':authority', 'a', ':authority', 'a'), 'RFC 9113 §8.3.1'],
	['§8.3.1: an empty :path', request('GET', ''), 'RFC 9113 §8.3.1'],
	['§8.3.1: a :path without a slash', request('GET', 'index.html'), 'RFC 9113 §8.3.1'],
	['§8.3.1: a :path with a space', request('GET', '/a b'), 'RFC 9113 §8.3.1'],
	['§8.3.1: a :path with a fragment', request('GET', '/a#b'), 'RFC 9113 §8.3.1'],
	['§8.3.1: a :path with an octet that is not ASCII', request('GET', '/\xfc'), 'RFC 9113 §8.3.1'],
	['§8.3.1: a :path with CR LF', request('GET', '/a\r\nb'), 'RFC 9113 §8.3.1'],
	['§8.3.1: a :path of * for GET', request('GET', '*'), 'RFC 9113 §8.3.1'],
	[
		'§8.3.1: a :scheme that is none',
		block(':method', 'GET', ':scheme', '1http', ':authority', 'a', ':path', '/'),
		'RFC 9113 §8.3.1',
	],
	[
		'§8.3.1: userinfo in :authority',
		block(':method', 'GET', ':scheme', 'http', ':authority', 'u:p@a', ':path', '/'),
		'RFC 9113 §8.3.1',
	],
	[
		'§8.3.1: an empty :authority',
		block(':method', 'GET', ':scheme', 'http', ':authority', '', ':path', '/'),
		'RFC 9113 §8.3.1',
	],
	[
		'§8.3.1: a slash in :authority',
		block(':method', 'GET', ':scheme', 'http', ':authority', 'a/b', ':path', '/'),
		'RFC 9113 §8.3.1',
	],
	['§8.3.1: neither :authority nor Host', block(':method', 'GET', ':scheme', 'http', ':path', '/'), 'RFC 9113 §8.3.1'],
	['§8.3.1: Host that differs from :authority', request('GET', '/', 'host', 'other.org'), 'RFC 9113 §8.3.1'],
	['§8.3.1: two Host fields', request('GET', '/', 'host', 'example.org', 'host', 'example.org'), 'RFC 9110 §7.2'],
	['§8.3.1: Host that is none', request('GET', '/', 'host', 'a b'), 'RFC 9110 §7.2'],
	['§8.3.1: a method that is no token', request('GE T', '/'), 'RFC 9110 §9.1'],
	['§8.3.1: an empty method', request('', '/'), 'RFC 9110 §9.1'],
	['§8.5: CONNECT with :path', block(':method', 'CONNECT', ':authority', 'a:1', ':path', '/'), 'RFC 9113 §8.5'],
	['§8.5: CONNECT with :scheme', block(':method', 'CONNECT', ':authority', 'a:1', ':scheme', 'http'), 'RFC 9113 §8.5'],
	['§8.5: CONNECT without :authority', block(':method', 'CONNECT'), 'RFC 9113 §8.3.1'],
	['§8.5: CONNECT without a port', block(':method', 'CONNECT', ':authority', 'a'), 'RFC 9113 §8.5'],
	['§8.5: CONNECT with an empty port', block(':method', 'CONNECT', ':authority', 'a:'), 'RFC 9113 §8.5'],
	['§8.1.1: Content-Length that is no number', request('POST', '/', 'content-length', '1x'), 'RFC 9110 §8.6'],
	['§8.1.1: a negative Content-Length', request('POST', '/', 'content-length', '-1'), 'RFC 9110 §8.6'],
	['§8.1.1: a list in Content-Length', request('POST', '/', 'content-length', '1, 1'), 'RFC 9110 §8.6'],
	[
		'§8.1.1: two Content-Length that differ',
		request('POST', '/', 'content-length', '1', 'content-length', '2'),
		'RFC 9110 §8.6',
	],
];

describe.each(SPLITS)('request heads, %s', (_name, send) => {
	test.each(MALFORMED)('RFC 9113 %s is malformed', (_title, fields, rule) => {
		const talk = Talk.open();
		send(talk, headers(1, END_STREAM, fields));
		expect(talk.exchanges).toHaveLength(0);
		expect(talk.resets(1)).toEqual([ErrorCode.PROTOCOL_ERROR]);
		expect(talk.rule).toBe(rule);
		// The stream alone is lost.
		talk.send(get(3));
		expect(talk.exchanges).toHaveLength(1);
	});

	test('RFC 9113 §8.3.1: a request is shown verbatim', () => {
		const talk = Talk.open();
		send(talk, get(1, '/a/../b?c=%20', 'x-a', '1', 'x-b', '', 'x-a', 'a\tb\xff'));
		const { head } = talk.only();
		expect(head).toMatchObject({
			method: 'GET',
			scheme: 'http',
			authority: 'example.org',
			target: '/a/../b?c=%20',
			protocol: null,
			httpVersion: '2',
			expectsContinue: false,
			contentLength: 0,
		});
		expect(head.fields.lines).toEqual(['x-a', '1', 'x-b', '', 'x-a', 'a\tb\xff']);
		expect(head.fields).toBe(head.fields);
		expect(talk.only().events).toEqual(['end']);
	});

	test('RFC 9113 §8.1: content and trailer fields', () => {
		const talk = Talk.open();
		const trailers = headers(1, END_STREAM, block('x-sum', '5', 'x-sum', '6'));
		send(talk, bytes(post(1), data(1, 0, 'hel'), data(1, 0, 'lo'), trailers));
		const exchange = talk.only();
		expect(exchange.text).toBe('hello');
		expect(exchange.trailers).toEqual(['x-sum', '5', 'x-sum', '6']);
		expect(exchange.events.at(-1)).toBe('end');
		expect(talk.engine.exchanges).toBe(1);
	});

	test('RFC 9113 §8.1.1: Content-Length is kept to', () => {
		for (const [content, fine] of [
			['hello', true],
			['hell', false],
			['hello!', false],
		] as const) {
			const talk = Talk.open();
			send(talk, bytes(post(1, '/', 'content-length', '5'), data(1, END_STREAM, content)));
			expect(talk.only().outcome).toBe(fine ? undefined : 'reset 1');
			expect(talk.resets(1)).toEqual(fine ? [] : [ErrorCode.PROTOCOL_ERROR]);
			if (!fine) expect(talk.rule).toBe('RFC 9113 §8.1.1');
		}
	});

	test('RFC 9113 §8.1.1: trailers that come before Content-Length is reached', () => {
		const talk = Talk.open();
		send(talk, bytes(post(1, '/', 'content-length', '5'), data(1, 0, 'hell'), headers(1, END_STREAM, block('a', 'b'))));
		expect(talk.rule).toBe('RFC 9113 §8.1.1');
	});
});

describe('request heads', () => {
	test('RFC 9113 §8.1.1: a head that ends the request, but announces content', () => {
		const talk = Talk.open();
		talk.send(
			get(1, '/', 'content-length', '1'),
			get(3, '/', 'content-length', '0'),
			get(5, '/', 'content-length', '0', 'content-length', '0'),
		);
		expect(talk.resets(1)).toEqual([1]);
		expect(talk.exchanges.map((exchange) => exchange.head.contentLength)).toEqual([0, 0]);
	});

	test('RFC 9113 §8.3.1: Host in place of :authority, Host beside it', () => {
		const talk = Talk.open();
		talk.send(
			headers(1, END_STREAM, block(':method', 'GET', ':scheme', 'https', ':path', '/', 'host', 'a.org:8080')),
			get(3, '/', 'host', 'EXAMPLE.org'),
		);
		expect(talk.exchanges.map((exchange) => exchange.head.authority)).toEqual(['a.org:8080', 'example.org']);
	});

	test('RFC 9113 §8.3.1: OPTIONS *, and methods and schemes of all kinds', () => {
		const talk = Talk.open();
		talk.send(
			headers(1, END_STREAM, request('OPTIONS', '*')),
			headers(3, END_STREAM, block(':path', '/', ':authority', '[::1]:80', ':scheme', 'coap+tcp', ':method', 'get')),
		);
		expect(talk.exchanges.map(({ head }) => [head.method, head.target, head.scheme])).toEqual([
			['OPTIONS', '*', 'http'],
			['get', '/', 'coap+tcp'],
		]);
	});

	test('RFC 9113 §8.2.3: cookie crumbs stay lines, and combine with semicolons', () => {
		const talk = Talk.open();
		talk.send(get(1, '/', 'cookie', 'a=b', 'x', 'y', 'cookie', 'c=d'));
		const { fields } = talk.only().head;
		expect(fields.all('cookie')).toEqual(['a=b', 'c=d']);
		expect(fields.combined('cookie')).toBe('a=b; c=d');
	});

	test('RFC 9113 §8.2.2: TE of trailers', () => {
		const talk = Talk.open();
		talk.send(get(1, '/', 'te', 'trailers'));
		expect(talk.exchanges).toHaveLength(1);
	});

	test('RFC 7541 §7.1.3: fields that came never-indexed are marked', () => {
		const talk = Talk.open();
		const secret = bytes(0x10, 4, 'auth', 3, 'abc');
		talk.send(headers(1, END_STREAM, bytes(request('GET', '/', 'x', 'y'), secret)));
		expect(talk.only().head.fields.sensitive).toEqual(['auth']);
	});

	test('RFC 9110 §10.1.1: Expect is told, and 100 sent once, unless content has come', () => {
		const talk = Talk.open();
		talk.send(
			post(1, '/', 'expect', '100-Continue'),
			post(3, '/', 'expect', '100-continue'),
			post(5),
			get(7, '/', 'expect', '100-continue'),
		);
		expect(talk.exchanges.map((exchange) => exchange.head.expectsContinue)).toEqual([true, true, false, false]);
		talk.send(data(3, 0, 'x'));
		for (const exchange of talk.exchanges) {
			exchange.carrier.continue();
			exchange.carrier.continue();
		}
		talk.turn();
		expect([1, 3, 5, 7].map((id) => talk.statuses(id))).toEqual([['100'], [], [], []]);
	});

	test('RFC 9113 §8.1: a second HEADERS frame that does not end the stream', () => {
		const talk = Talk.open();
		talk.send(post(1), headers(1, 0, block('a', 'b')));
		expect(talk.resets(1)).toEqual([1]);
		expect(talk.only().events).toEqual(['closed reset 1']);
	});

	test.each([
		['a pseudo-field', block(':path', '/')],
		['an unknown pseudo-field', block(':x', '/')],
		['a connection-specific field', block('connection', 'close')],
		['an upper-case name', block('X', 'a')],
	])('RFC 9113 §8.1: a trailer section with %s is malformed', (_title, fields) => {
		const talk = Talk.open();
		talk.send(post(1), headers(1, END_STREAM, fields));
		expect(talk.only().events).toEqual(['closed reset 1']);
	});

	test('RFC 9113 §4.3: a field block in HEADERS and CONTINUATION, padded, with priority', () => {
		const talk = Talk.open();
		const fields = request('GET', '/', 'x', 'y'.repeat(300));
		talk.send(
			frame(TYPES.HEADERS, 0x1 | 0x8 | 0x20, 1, 3, 0, 0, 0, 0, 16, fields.subarray(0, 20), 0, 0, 0),
			frame(TYPES.CONTINUATION, 0, 1, fields.subarray(20, 50)),
			frame(TYPES.CONTINUATION, 0x4, 1, fields.subarray(50)),
		);
		expect(talk.only().head.fields.lines).toEqual(['x', 'y'.repeat(300)]);
	});

	test('limits.fieldSectionSize: 431, the table stays in step, and trailers reset the stream', () => {
		const talk = Talk.open({ limits: { fieldSectionSize: 2000 } });
		const indexed = bytes(0x40, 3, 'x-a', 1, '1');
		talk.send(
			headers(1, END_STREAM, bytes(request('GET', '/', 'big', 'b'.repeat(2000)), indexed)),
			headers(3, 0, bytes(request('GET', '/', 'big', 'b'.repeat(2000)))),
			headers(5, END_STREAM, bytes(request('GET', '/'), 0xbe)),
			data(3, 0, 'ignored'),
		);
		expect(talk.statuses(1)).toEqual(['431']);
		expect(talk.statuses(3)).toEqual(['431']);
		expect(talk.resets(1)).toEqual([]);
		expect(talk.resets(3)).toEqual([ErrorCode.NO_ERROR]);
		expect(talk.only().head.fields.lines).toEqual(['x-a', '1']);
		talk.send(post(7), headers(7, END_STREAM, block('big', 'b'.repeat(2000))));
		expect(talk.exchanges.at(-1)?.outcome).toBe(`reset ${ErrorCode.ENHANCE_YOUR_CALM}`);
		expect(talk.engine.finished).toBe(false);
	});

	test('limits.fieldCount: 431', () => {
		const talk = Talk.open({ limits: { fieldCount: 10 } });
		talk.send(get(1, '/', ...Array.from({ length: 7 }, () => ['a', 'b']).flat()), get(3, '/', 'a', 'b'));
		expect(talk.statuses(1)).toEqual(['431']);
		expect(talk.rule).toBe('limits.fieldCount');
		expect(talk.exchanges).toHaveLength(1);
	});
});
