/** How a connection is closed so that the peer knows what it got (RFC 9112 §8, §9.6). */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { ConnectionTalk } from '../support/connection-talk.ts';

const whole = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8('whole'));
});

const endless = rich((exchange) => {
	exchange.respond(200);
	exchange.write(utf8('begun'));
});

describe('RFC 9112 §9.6: the last response', () => {
	const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

	test('still leaves when the peer has closed its half behind the request', () => {
		const talk = new ConnectionTalk(whole);
		talk.transport.stuck = true;
		talk.feed(LAST);
		talk.connection.eof();
		expect(talk.transport.written).toMatch(/whole$/);
		expect(talk.transport.closes).toEqual(['end']);
	});

	test('is waited for no longer than the stall timeout', () => {
		const talk = new ConnectionTalk(whole, 'detect', { timeouts: { stall: 5000 } });
		talk.transport.stuck = true;
		talk.feed(LAST);
		talk.connection.eof();
		for (let second = 1; second <= 6; second++) talk.connection.advance(talk.clock + second * 1000);
		expect(talk.transport.closes.slice(0, 2)).toEqual(['end', 'reset']);
	});

	test('has left: nothing is waited for any more', () => {
		const talk = new ConnectionTalk(whole);
		talk.feed(LAST);
		talk.connection.eof();
		expect(talk.transport.closes).toEqual(['end', 'destroy']);
	});
});

describe('RFC 9112 §8: content that only the connection delimits', () => {
	const ENDLESS = 'GET / HTTP/1.0\r\n\r\n';
	const BOUNDED = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

	test.each(['shutdown', 'timeout'] as const)('is reset by %s, so that it does not pass for whole', (end) => {
		const talk = new ConnectionTalk(endless);
		talk.feed(ENDLESS);
		talk.connection.abandon(end);
		expect(talk.transport.written).toMatch(/begun$/);
		expect(talk.transport.closes).toEqual(['reset']);
	});

	test('is reset when we fail, and its exchange hears of it (RICH-8)', async () => {
		const failure = new Error('a fault of the transport');
		const log: unknown[] = [];
		const talk = new ConnectionTalk(
			rich((exchange) => {
				exchange.respond(200);
				exchange.write(utf8('begun'));
				setImmediate(() => exchange.write(utf8('more')));
				return { closed: (outcome) => log.push(outcome) };
			}),
		);
		talk.feed(ENDLESS);
		talk.transport.failure = failure;
		await expect.poll(() => log).toEqual([{ reason: 'lost', code: 0 }]);
		expect(talk.errors).toEqual([failure]);
		expect(talk.transport.closes).toEqual(['reset']);
	});

	test('what the transport has not sent yet is missed too', () => {
		const talk = new ConnectionTalk(whole);
		talk.transport.stuck = true;
		talk.feed(ENDLESS);
		talk.connection.abandon('shutdown');
		expect(talk.transport.closes).toEqual(['end', 'reset']);
	});

	test('content that ends by itself needs no reset', () => {
		const talk = new ConnectionTalk(endless);
		talk.feed(BOUNDED);
		talk.connection.abandon('shutdown');
		expect(talk.transport.closes).toEqual(['destroy']);
	});
});
