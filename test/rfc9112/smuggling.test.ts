import { describe, expect, test } from 'vitest';
import { Talk } from '../support/http1-talk.ts';
import { SMUGGLING } from '../support/smuggling-corpus.ts';

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';

describe('RFC 9112 §11.2 request smuggling', () => {
	test.each(SMUGGLING.map(({ kind, request }) => [kind, request]))('%s: %j', (_kind, request) => {
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
			expect(talk.output).toMatch(/HTTP\/1\.1 (?:400|501|505) [\s\S]*\r\nConnection: close\r\n[\s\S]*$/);
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
