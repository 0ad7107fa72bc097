import { describe, expect, test } from 'vitest';
import { Fields } from '../../src/wire/fields.ts';
import { Talk } from '../support/http1-talk.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n';

describe('RFC 9110 §15.5.9 deadlines', () => {
	test('silence: closed without a word', () => {
		const talk = new Talk();
		talk.pass(1);
		talk.pass(9_000);
		expect(talk.engine.finished).toBe(false);
		talk.pass(2_000);
		expect([talk.engine.finished, talk.output]).toEqual([true, '']);
	});

	test('head: 408, however the octets drip', () => {
		const talk = new Talk().feed(GET).feed('GET');
		talk.sent();
		for (let i = 0; i < 9; i++) talk.pass(1000).feed('x');
		expect(talk.engine.finished).toBe(false);
		talk.pass(1000);
		expect(talk.output).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*\r\nConnection: close\r\n/);
		expect(talk.engine.finished).toBe(true);
		expect(talk.faults[0]?.rule).toBe('timeouts.head');
	});

	test('idle: closed without a word', () => {
		const talk = new Talk().feed(GET);
		talk.sent();
		talk.pass(59_000);
		expect(talk.engine.finished).toBe(false);
		talk.pass(1_000);
		expect([talk.engine.finished, talk.output]).toEqual([true, '']);
	});

	test('an empty line is not the begin of a head', () => {
		const talk = new Talk().feed(GET).feed('\r\n').pass(30_000);
		expect(talk.engine.finished).toBe(false);
	});

	test('content: 408 when it comes too slowly and nothing was answered', () => {
		const talk = new Talk(() => {}).feed(POST).feed('x'.repeat(1000)).pass(20_000);
		expect(talk.output).toMatch(/^HTTP\/1\.1 408 /);
		expect([talk.last.closes, talk.engine.finished]).toEqual([['timeout'], true]);
	});

	test('content: cut off when the response has begun', () => {
		const talk = new Talk(({ carrier }) => carrier.respond(200, new Fields(), undefined)).feed(POST).pass(20_000);
		expect(talk.output).not.toContain('408');
		expect([talk.last.closes, talk.engine.finished]).toEqual([['timeout'], true]);
	});

	test('content at the least rate goes on', () => {
		const talk = new Talk(() => {}).feed(POST);
		for (let i = 0; i < 100; i++) talk.feed('x'.repeat(240)).pass(1000);
		expect(talk.last.closes).toEqual([]);
	});

	test('a pause by the application stops the clock', () => {
		const talk = new Talk(({ carrier }) => carrier.hold()).feed(POST).pass(100_000);
		expect(talk.last.closes).toEqual([]);
		talk.last.carrier.release();
		talk.turn().pass(19_000);
		expect(talk.last.closes).toEqual([]);
		talk.pass(2_000);
		expect(talk.last.closes).toEqual(['timeout']);
	});

	test('a client that waits for 100 (Continue) is not slow', () => {
		const talk = new Talk(() => {}).feed(POST.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n')).pass(100_000);
		expect(talk.last.closes).toEqual([]);
		talk.last.carrier.continue();
		talk.turn().pass(21_000);
		expect(talk.last.closes).toEqual(['timeout']);
	});

	test('an application that takes its time is not a slow client', () => {
		const talk = new Talk(() => {}).feed(GET).pass(1_000_000);
		expect(talk.last.closes).toEqual([]);
	});

	test('content that is drained must come too', () => {
		const talk = new Talk((exchange) => {
			exchange.answer('x');
			exchange.carrier.discard();
		});
		talk.feed(POST.replace('100000', '1000')).pass(21_000);
		expect([talk.last.closes, talk.engine.finished]).toEqual([['complete'], true]);
	});

	test('stall: output waits and none of it moves', () => {
		const talk = new Talk(({ carrier }) => carrier.respond(200, new Fields(), undefined)).feed(GET);
		talk.room = 0;
		talk.turn().last.carrier.write(new Uint8Array(10_000));
		talk.pass(20_000);
		talk.room = 7200;
		talk.engine.gather(7200);
		talk.room = 0;
		talk.pass(30_000);
		expect(talk.last.closes).toEqual([]);
		talk.pass(1_000);
		expect([talk.last.closes, talk.engine.finished]).toEqual([['timeout'], true]);
	});

	test('stallRate: output that moves more slowly', () => {
		const talk = new Talk(({ carrier }) => carrier.respond(200, new Fields(), undefined)).feed(GET);
		talk.room = 0;
		talk.turn().last.carrier.write(new Uint8Array(10_000));
		talk.pass(1000);
		for (let turn = 0; turn < 29; turn++) {
			talk.engine.gather(100);
			talk.pass(1000);
		}
		expect(talk.last.closes).toEqual([]);
		talk.pass(1000);
		expect([talk.last.closes, talk.engine.finished]).toEqual([['timeout'], true]);
	});

	test('0 switches a deadline off', () => {
		const timeouts = { silence: 0, head: 0, idle: 0, content: 0, stall: 0 };
		expect(new Talk(undefined, { timeouts }).feed('GET').pass(1e6).engine.finished).toBe(false);
		expect(new Talk(undefined, { timeouts }).feed(GET).pass(1e6).engine.finished).toBe(false);
		expect(new Talk(() => {}, { timeouts }).feed(POST).pass(1e6).engine.finished).toBe(false);
	});
});
