import { describe, expect, test } from 'vitest';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { Talk, type TalkExchange } from '../support/http1-talk.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (length: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
const begin = ({ carrier }: TalkExchange): void => carrier.respond(200, new Fields(), undefined);

describe('input that is not wanted now', () => {
	test('hold inside content stops the delivery, and release resumes it in the next turn', () => {
		const talk = new Talk((exchange) => {
			exchange.onContent = () => exchange.carrier.hold();
		});
		const chunks = '3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n';
		talk.feed(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
		expect([talk.last.text, talk.last.ends]).toEqual(['abc', []]);
		talk.last.carrier.release();
		expect([talk.last.text, talk.woken]).toEqual(['abc', true]);
		talk.turn();
		expect(talk.last.text).toBe('abcdef');
		talk.last.carrier.release();
		expect(talk.turn().last.ends).toEqual([[]]);
	});

	test('held octets are bounded by the mark', () => {
		const talk = new Talk((exchange) => exchange.carrier.hold()).feed(post(1e6));
		for (let i = 0; i < 63; i++) talk.feed(new Uint8Array(1024));
		expect([talk.engine.full, talk.last.text]).toEqual([false, '']);
		talk.feed(new Uint8Array(1024));
		expect(talk.engine.full).toBe(true);
		talk.last.carrier.release();
		talk.turn();
		expect([talk.engine.full, talk.last.text.length]).toEqual([false, 65536]);
	});

	test('discard lets go of what is held', () => {
		const talk = new Talk((exchange) => exchange.carrier.hold()).feed(`${post(5)}hello`);
		talk.last.carrier.discard();
		expect([talk.turn().last.text, talk.last.ends]).toEqual(['', [[]]]);
		talk.last.answer('x');
		expect([talk.turn().last.closes, talk.engine.finished]).toEqual([['complete'], false]);
	});

	test('a response before held content is no reason to lose it', () => {
		const talk = new Talk((exchange) => {
			exchange.carrier.hold();
			exchange.answer('x');
		}).feed(`${post(5)}hello${GET}`);
		expect([talk.last.closes, talk.exchanges.length]).toEqual([[], 1]);
		talk.last.carrier.release();
		talk.turn();
		expect(talk.exchanges[0]).toMatchObject({ text: 'hello', ends: [[]], closes: ['complete'] });
		expect(talk.exchanges).toHaveLength(2);
	});
});

describe('output that waits', () => {
	test('write says how much waits, and sent when it falls', () => {
		const talk = new Talk(begin).feed(GET);
		const { last } = talk;
		talk.room = 0;
		talk.turn();
		expect(last.carrier.write(new Uint8Array(100))).toBe(100);
		expect(last.carrier.write(new Uint8Array(50))).toBe(150);
		talk.sent();
		talk.turn();
		expect([talk.sent(), last.waitings]).toEqual(['', []]);
		talk.room = 60;
		talk.engine.gather(60);
		const part = talk.engine.output.take();
		expect(latin1Decoded(part)).toMatch(/^3c\r\n\0{60}\r\n$/);
		expect(last.waitings).toEqual([]);
		talk.engine.handedOver();
		expect(last.waitings).toEqual([90]);
		talk.turn();
		expect(last.waitings).toEqual([90, 30, 0]);
		expect(talk.sent()).toBe(`3c\r\n${'\0'.repeat(60)}\r\n1e\r\n${'\0'.repeat(30)}\r\n`);
	});

	test('a large response leaves as the transport takes it, one that has ended too', () => {
		const talk = new Talk(undefined, { room: 10_000 });
		talk.feed(GET);
		const big = new Talk(({ carrier }) => {
			carrier.respond(200, new Fields(), undefined);
			carrier.write(new Uint8Array(1_000_000).fill(0x61));
			carrier.end(null);
		});
		big.room = 0;
		big.turn().feed(GET + GET);
		expect(big.exchanges).toHaveLength(0);
		big.room = 1;
		big.engine.gather(1);
		const first = big.engine.output.take();
		expect(latin1Decoded(first)).toContain('\r\nContent-Length: 1000000\r\n');
		expect(first.length).toBeLessThan(200_000);
		expect(big.exchanges).toHaveLength(1);
		big.engine.handedOver();
		big.room = 300_000;
		big.turn();
		expect(big.exchanges).toHaveLength(2);
		expect(big.exchanges[0]?.closes).toEqual(['complete']);
	});

	test('complete is told after the handing over, not before', () => {
		const talk = new Talk();
		talk.engine.receive(latin1Bytes(GET), 0);
		talk.engine.gather(1e6);
		expect([talk.last.closes, talk.engine.exchanges]).toEqual([[], 1]);
		talk.engine.output.take();
		talk.engine.handedOver();
		expect([talk.last.closes, talk.engine.exchanges]).toEqual([['complete'], 0]);
	});

	test('a reset is seen as a truncated response', () => {
		const talk = new Talk((exchange) => {
			begin(exchange);
			exchange.carrier.write(latin1Bytes('part'));
		}).feed(GET);
		talk.room = 0;
		talk.turn();
		talk.last.carrier.write(latin1Bytes('never sent'));
		talk.last.carrier.reset(2);
		expect(talk.engine.finished).toBe(true);
		talk.room = 1000;
		talk.turn();
		expect(talk.output).toMatch(/\r\n4\r\npart\r\n$/);
		expect([talk.last.closes, talk.engine.exchanges]).toEqual([[], 0]);
	});

	test('a reset of one pipelined exchange lets those before it leave', () => {
		const talk = new Talk((exchange) => {
			if (talk.exchanges.length === 2) exchange.carrier.reset(7);
			else exchange.answer('1');
		});
		talk.feed(GET.repeat(3));
		expect(talk.exchanges.map(({ closes }) => closes)).toEqual([['complete'], []]);
		expect(talk.output).toMatch(/\r\n\r\n1$/);
	});
});

describe('the peer goes away', () => {
	test('during an exchange: lost', () => {
		const talk = new Talk(() => {}).feed(GET).eof();
		expect([talk.last.closes, talk.engine.finished]).toEqual([['lost'], true]);
		const posting = new Talk(() => {}).feed(`${post(5)}he`).eof();
		expect([posting.last.closes, posting.last.ends]).toEqual([['lost'], []]);
	});

	test('a response that was ended before is not lost', () => {
		const talk = new Talk(() => {}).feed(GET);
		talk.last.answer('x');
		talk.eof();
		expect([talk.last.closes, talk.engine.finished]).toEqual([['complete'], true]);
		expect(talk.output).toMatch(/\r\n\r\nx$/);
	});

	test('between exchanges, or in a head: finished', () => {
		expect(new Talk().feed(GET).eof().engine.finished).toBe(true);
		expect(new Talk().feed('GET /').eof().output).toBe('');
	});

	test('abandon tells everyone the reason, once', () => {
		const talk = new Talk((exchange) => {
			if (talk.exchanges.length === 1) exchange.answer('1');
		});
		talk.engine.receive(latin1Bytes(GET + GET), 0);
		talk.engine.abandon('shutdown');
		talk.engine.abandon('lost');
		talk.turn();
		expect(talk.exchanges.map(({ closes }) => closes)).toEqual([['shutdown'], ['shutdown']]);
		expect([talk.engine.finished, talk.engine.exchanges]).toEqual([true, 0]);
	});
});

function latin1Decoded(bytes: Uint8Array): string {
	return Array.from(bytes, (octet) => String.fromCharCode(octet)).join('');
}
