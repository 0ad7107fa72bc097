import { describe, expect, test } from 'vitest';
import { Talk } from '../support/http1-talk.ts';

/**
 * Requests that two parsers are known to have read in two ways, each with a request hidden behind. One answer to all of
 * them: the connection ends, and what is hidden is not seen.
 */
const CORPUS: readonly string[] = [
	// Two framings.
	'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n',
	'Content-Length: 0\r\nContent-Length: 44\r\n\r\n',
	'Content-Length: 0\r\nContent-Length: 0\r\n\r\n',
	'Content-Length: 0, 44\r\n\r\n',
	'Content-Length: 00x\r\n\r\n',
	'Content-Length:\x0b0\r\n\r\n',
	'Content-Length: 0\x00\r\n\r\n',
	'Content-Length : 44\r\n\r\n',
	'Content-Length\t: 44\r\n\r\n',
	'Content-Length\x00: 44\r\n\r\n',
	'Content-Length: 44abc\r\n\r\n',
	'Content-Length: ٤\r\n\r\n'.replace('٤', '\xd9\xa4'),
	// Transfer-Encoding in disguise.
	'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n',
	' Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	'X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	'X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	'X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	'X: a\r\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked\x00\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: \x00chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	"Transfer-Encoding: 'chunked'\r\n\r\n0\r\n\r\n",
	'Transfer-Encoding: [chunked]\r\n\r\n0\r\n\r\n',
	'"Transfer-Encoding": chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding;: chunked\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked\x85\r\n\r\n0\r\n\r\n',
	// Chunks that end in two places.
	'Transfer-Encoding: chunked\r\n\r\n0\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n0;a\rb\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n1\r\nXX\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n1\r\nX0\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n1\r\nX\n0\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n0\r\n\r\n',
	'Transfer-Encoding: chunked\r\n\r\n0\r\n\n',
	'Transfer-Encoding: chunked\r\n\r\n0\r\nX\r\n\r\n',
	// Two hosts.
	'Host: b\r\n\r\n',
	'X: y\r\nHost : b\r\n\r\n',
	'hoſt: b\r\n\r\n'.replace('ſ', '\xc5\xbf'),
];

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';

describe('RFC 9112 §11.2 request smuggling', () => {
	test.each(CORPUS)('%j', (lines) => {
		const request = `POST /seen HTTP/1.1\r\nHost: a\r\n${lines}`;
		const app = (): void => {};
		for (const talk of [
			new Talk(app).feed(request),
			new Talk(app).drip(request),
			new Talk(app).feed(request + HIDDEN),
			new Talk(app).drip(request + HIDDEN),
			// Behind a request that was in order.
			new Talk((exchange) => exchange.head.target === '/first' && exchange.answer('')).feed(
				`GET /first HTTP/1.1\r\nHost: a\r\n\r\n${request}${HIDDEN}`,
			),
		]) {
			expect(talk.exchanges.map(({ head }) => head.target)).not.toContain('/hidden');
			expect(talk.faults).toHaveLength(1);
			expect(talk.output).toMatch(/HTTP\/1\.1 (?:400|501) [\s\S]*\r\nConnection: close\r\n[\s\S]*$/);
			expect(talk.engine.finished).toBe(true);
			expect(talk.feed(HIDDEN).exchanges.map(({ head }) => head.target)).not.toContain('/hidden');
		}
	});

	test('a line that only looks like framing is a field like any other', () => {
		const talk = new Talk().feed(
			'POST / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent-Length-X: 5\r\n\r\n',
		);
		expect(talk.last.head.contentLength).toBe(0);
	});
});
