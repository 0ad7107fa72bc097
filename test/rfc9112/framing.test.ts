import { describe, expect, test } from 'vitest';
import { expectContentRefused, expectRefused } from '../support/http1-refusals.ts';
import { Talk, type TalkExchange } from '../support/http1-talk.ts';

const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';
const echo = (exchange: TalkExchange): void => {
	exchange.onEnd = () => exchange.answer(`[${exchange.text}]`);
};

/** Feeds it whole, octet by octet, and with another request behind it. */
function each(request: string, check: (exchange: TalkExchange) => void): void {
	const behind = 'GET /behind HTTP/1.1\r\nHost: b\r\n\r\n';
	for (const talk of [
		new Talk(echo).feed(request),
		new Talk(echo).drip(request),
		new Talk(echo).feed(request + behind),
	]) {
		expect(talk.faults).toEqual([]);
		const first = talk.exchanges[0] as TalkExchange;
		expect(first.ends).toHaveLength(1);
		expect(first.closes).toEqual(['complete']);
		check(first);
	}
	const two = new Talk(echo).feed(request + behind);
	expect(two.exchanges.map(({ head }) => head.target)).toEqual(['/', '/behind']);
	const dripped = new Talk(echo).drip(request + behind);
	expect(dripped.output).toBe(two.output);
}

describe('RFC 9112 §6 message body', () => {
	test('§6.3 without Content-Length or Transfer-Encoding there is no content', () => {
		each(`${POST}\r\n`, ({ text, head, ends }) => {
			expect([text, head.contentLength, ends]).toEqual(['', 0, [[]]]);
		});
	});

	test.each([
		['0', ''],
		['5', 'hello'],
		['0000000005', 'hello'],
		['12', '\r\n\x00\xff\r\nGET /'],
	])('§6.2 Content-Length: %s', (length, content) => {
		const octets = content.padEnd(Number(length), '!');
		each(`${POST}content-length: ${length}\r\n\r\n${octets}`, ({ text, head }) => {
			expect([text, head.contentLength]).toEqual([octets, Number(length)]);
		});
	});

	test.each(['chunked', 'Chunked', 'CHUNKED'])('§6.1 Transfer-Encoding: %s', (coding) => {
		each(`${POST}Transfer-Encoding: ${coding}\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, ({ text, head }) => {
			expect([text, head.contentLength]).toEqual(['abcde', -1]);
		});
	});

	test('any method may have content', () => {
		each('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi', ({ text }) => expect(text).toBe('hi'));
	});

	test('chunks handed out are not kept alive by the read they came in, nor overwritten by the next', () => {
		const talk = new Talk(() => {}).feed(`${POST}Content-Length: 2000\r\n\r\nab`.padEnd(600, 'c'));
		talk.feed('d'.repeat(100)).feed('e'.repeat(100));
		const [first] = talk.last.chunks;
		expect(first?.[0]).toBe(0x61);
		talk.feed('x');
		expect(talk.last.chunks.at(-1)?.buffer.byteLength).toBe(1);
	});

	test.each([
		['Content-Length: 5\r\nContent-Length: 5', 'RFC 9112 §6.3'],
		['Content-Length: 5\r\nContent-Length: 6', 'RFC 9112 §6.3'],
		['Content-Length: 5\r\ncontent-length:', 'RFC 9112 §6.3'],
		['Content-Length: 5, 5', 'RFC 9110 §8.6'],
		['Content-Length: 5,', 'RFC 9110 §8.6'],
		['Content-Length:', 'RFC 9110 §8.6'],
		['Content-Length: -1', 'RFC 9110 §8.6'],
		['Content-Length: +5', 'RFC 9110 §8.6'],
		['Content-Length: 0x5', 'RFC 9110 §8.6'],
		['Content-Length: 5.0', 'RFC 9110 §8.6'],
		['Content-Length: 1e1', 'RFC 9110 §8.6'],
		['Content-Length: 5 5', 'RFC 9110 §8.6'],
		['Content-Length: "5"', 'RFC 9110 §8.6'],
		['Content-Length: \xb2', 'RFC 9110 §8.6'],
		['Content-Length: 5\xa0', 'RFC 9110 §8.6'],
		['Content-Length: 9999999999999999', 'RFC 9110 §8.6'],
		['Content-Length: 5\r\nTransfer-Encoding: chunked', 'RFC 9112 §6.1'],
		['Transfer-Encoding: chunked\r\nContent-Length: 5', 'RFC 9112 §6.1'],
		['Transfer-Encoding: chunked\r\nContent-Length: 0', 'RFC 9112 §6.1'],
		['Transfer-Encoding: identity\r\nContent-Length: 5', 'RFC 9112 §6.1'],
		['Transfer-Encoding: gzip', 'RFC 9112 §6.3'],
		['Transfer-Encoding: identity', 'RFC 9112 §6.3'],
		['Transfer-Encoding:', 'RFC 9112 §6.3'],
		['Transfer-Encoding: chunked, gzip', 'RFC 9112 §6.3'],
		['Transfer-Encoding: chunked, identity', 'RFC 9112 §6.3'],
		['Transfer-Encoding: xchunked', 'RFC 9112 §6.3'],
		['Transfer-Encoding: "chunked"', 'RFC 9112 §6.3'],
		['Transfer-Encoding: chunked;q=1', 'RFC 9112 §6.3'],
		['Transfer-Encoding: chunked x', 'RFC 9112 §6.3'],
		['Transfer-Encoding: chunked,', 'RFC 9112 §6.3'],
		['Transfer-Encoding: \xa0chunked', 'RFC 9112 §6.3'],
		['Transfer-Encoding: chunked\xa0', 'RFC 9112 §6.3'],
		['Transfer-Encoding: chunked, chunked', 'RFC 9112 §6.1'],
		['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', 'RFC 9112 §6.1'],
		['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', 'RFC 9112 §6.3'],
		['Transfer-Encoding: , chunked', 'RFC 9112 §6.1'],
	])('refuses %j', (lines, rule) => {
		expectRefused(`${POST}${lines}\r\n\r\nhello`, 400, rule);
	});

	test('§6.1 answers 501 to other codings under chunked', () => {
		expectRefused(`${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501, 'RFC 9112 §6.1');
		expectRefused(`${POST}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`, 501, 'RFC 9112 §6.1');
	});

	test('§6.1 refuses Transfer-Encoding in HTTP/1.0', () => {
		expectRefused('POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'RFC 9112 §6.1');
	});

	test('RFC 9110 §9.3.6 refuses a CONNECT with content', () => {
		expectRefused('CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello', 400, 'RFC 9110 §9.3.6');
		expectRefused('CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', 400, 'RFC 9110 §9.3.6');
	});
});

describe('RFC 9112 §7.1 chunked transfer coding', () => {
	const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

	test.each([
		['0\r\n\r\n', '', []],
		['000\r\n\r\n', '', []],
		['a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789', []],
		['0000000000005\r\nhello\r\n0\r\n\r\n', 'hello', []],
		['5;a\r\nhello\r\n0;b=c;d="e f"\r\n\r\n', 'hello', []],
		['5; a = b\r\nhello\r\n0\r\n\r\n', 'hello', []],
		['2\r\n\r\n\r\n0\r\n\r\n', '\r\n', []],
		['1\r\na\r\n0\r\nX-Sum:  1 \r\nx-sum: 2\r\n\r\n', 'a', ['X-Sum', '1', 'x-sum', '2']],
	])('decodes %j', (coded, content, trailers) => {
		each(CHUNKED + coded, ({ text, ends }) => expect([text, ends[0]]).toEqual([content, trailers]));
	});

	test.each([
		['\r\n', '§7.1'],
		[' 5\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['5 \r\nhello\r\n0\r\n\r\n', '§7.1'],
		['5\t\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['5 ;a\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['+5\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['-5\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['0x5\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['5g\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['5_0\r\nhello\r\n0\r\n\r\n', '§7.1'],
		[';a\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['00000000000005\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['5\nhello\r\n0\r\n\r\n', '§2.2'],
		['5\rhello\r\n0\r\n\r\n', '§7.1'],
		['5\r\rhello\r\n0\r\n\r\n', '§7.1'],
		['5;a\nhello\r\n0\r\n\r\n', '§2.2'],
		['5;a\rb\r\nhello\r\n0\r\n\r\n', '§7.1'],
		['5;a\x00\r\nhello\r\n0\r\n\r\n', '§7.1.1'],
		['5\r\nhello0\r\n\r\n', '§7.1'],
		['5\r\nhello\n0\r\n\r\n', '§7.1'],
		['5\r\nhello\r0\r\n\r\n', '§7.1'],
		['5\r\nhello!\r\n0\r\n\r\n', '§7.1'],
		['0\n\r\n', '§2.2'],
		['0\r\nX: y\n\r\n', '§2.2'],
		['0\r\nX : y\r\n\r\n', '§5.1'],
		['0\r\n X: y\r\n\r\n', '§2.2'],
		['0\r\nX: y\r\n z\r\n\r\n', '§5.2'],
		['0\r\nnonsense\r\n\r\n', '§5'],
		['0\r\n\n', '§2.2'],
		['0\r\n\rX', '§2.2'],
	])('refuses %j', (coded, section) => {
		expectContentRefused(CHUNKED + coded, 400, `RFC 9112 ${section}`);
	});

	test('limits of extensions and trailers', () => {
		expectContentRefused(`${CHUNKED}5;${'a'.repeat(256)}\r\nhello\r\n0\r\n\r\n`, 400, 'limits.chunkExtensionSize');
		expectContentRefused(
			`${CHUNKED}${`1;${'a'.repeat(200)}\r\na\r\n`.repeat(90)}0\r\n\r\n`,
			400,
			'limits.chunkExtensionTotal',
		);
		expectContentRefused(`${CHUNKED}0\r\nA: ${'b'.repeat(9000)}\r\n\r\n`, 431, 'limits.trailerSize');
		expectContentRefused(`${CHUNKED}0\r\n${'A: b\r\n'.repeat(101)}\r\n`, 431, 'limits.fieldCount');
		each(`${CHUNKED}0\r\nA: ${'b'.repeat(8192 - 7)}\r\n\r\n`, ({ ends }) =>
			expect(ends[0]?.[1]).toHaveLength(8192 - 7),
		);
	});

	test('the limits are those of one request, not of the connection', () => {
		const extensions = `${CHUNKED}${`1;${'a'.repeat(200)}\r\na\r\n`.repeat(70)}0\r\n\r\n`;
		expect(new Talk(echo).feed(extensions.repeat(3))).toMatchObject({ faults: [], exchanges: { length: 3 } });
		// Two lines: the octets of a line count once it is complete.
		const trailers = `${CHUNKED}0\r\nA: ${'b'.repeat(4000)}\r\nA: ${'b'.repeat(4000)}\r\n\r\n`;
		expect(new Talk(echo).feed(trailers.repeat(3))).toMatchObject({ faults: [], exchanges: { length: 3 } });
	});

	test('a fault after the response has begun cuts it off', () => {
		const talk = new Talk((exchange) => {
			exchange.carrier.respond(200, exchange.head.fields, undefined);
			exchange.carrier.write(new Uint8Array([0x61]));
		});
		talk.feed(`${CHUNKED}5\r\nhello\r\n`).feed('oops');
		expect(talk.last.closes).toEqual(['lost']);
		expect(talk.output).toMatch(/\r\n1\r\na\r\n$/);
		expect(talk.engine.finished).toBe(true);
	});
});
