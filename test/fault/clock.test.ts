/** Clocks that jump: a machine that slept, and one whose time was set back. Engines are told the time. */
import { expect, test } from 'vitest';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { Talk as Http1Talk } from '../support/http1-talk.ts';
import { data, END_STREAM, get, post } from '../support/http2-frames.ts';
import { Talk as Http2Talk } from '../support/http2-talk.ts';

const DAY = 86_400_000;

test('HTTP/1: forward by a day, what waits for the peer ends as a timeout, and what waits for us goes on', () => {
	const waiting = new Http1Talk(() => {});
	waiting.feed('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
	waiting.now += DAY;
	waiting.engine.advance(waiting.now);
	waiting.turn();
	expect(waiting.last.closes).toEqual([]);
	waiting.last.answer('late');
	waiting.turn();
	expect(waiting.output).toContain('late');
	const slow = new Http1Talk(() => {});
	slow.feed('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n');
	slow.now += DAY;
	slow.engine.advance(slow.now);
	slow.turn();
	expect(slow.last.closes).toEqual(['timeout']);
	expect(slow.engine.exchanges).toBe(0);
});

test('HTTP/1: back by a day, nothing ends, and deadlines are kept from there', () => {
	const talk = new Http1Talk((exchange) => {
		exchange.onEnd = () => exchange.answer(exchange.text);
	});
	talk.now = 2 * DAY;
	talk.feed('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab');
	talk.now = DAY;
	talk.engine.advance(talk.now);
	talk.turn();
	expect(talk.last.closes).toEqual([]);
	talk.feed('cd');
	expect(talk.output).toContain('abcd');
	talk.feed('GET / HT');
	talk.pass(60_000);
	expect(talk.engine.finished || talk.faults.length > 0).toBe(true);
});

test('HTTP/2: forward by a day, a request that stands still ends as a timeout, and the others go on', () => {
	const talk = Http2Talk.open();
	talk.send(post(1), get(3));
	talk.pass(DAY);
	const [slow, whole] = talk.exchanges;
	expect(slow?.outcome).toMatch(/^timeout/);
	expect(whole?.outcome).toBeUndefined();
	whole?.answer(200, 'late');
	talk.turn();
	expect(talk.text(3)).toBe('late');
});

test('HTTP/2: back by a day, requests go on', () => {
	const talk = Http2Talk.open();
	talk.now = 2 * DAY;
	talk.send(post(1));
	talk.now -= DAY;
	talk.engine.advance(talk.now);
	talk.send(data(1, END_STREAM, latin1Bytes('abc')));
	expect(talk.only().text).toBe('abc');
	talk.only().answer(200, 'ok');
	talk.turn();
	expect(talk.text(1)).toBe('ok');
	expect(talk.goaway).toBeNull();
});
