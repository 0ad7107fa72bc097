import { describe, expect, test } from 'vitest';
import { Fields } from '../../src/wire/fields.ts';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { DATE, Talk, type TalkExchange } from '../support/http1-talk.ts';

const UPGRADE =
	'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket/13, other\r\n\r\n';
const CONNECT = 'CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const accept = ({ carrier }: TalkExchange): void => carrier.accept(new Fields(['X', 'y']));

describe('RFC 9110 §7.8 Upgrade', () => {
	test('what is offered is the protocol, and 101 accepts it', () => {
		for (const talk of [new Talk(accept).feed(UPGRADE), new Talk(accept).drip(UPGRADE)]) {
			expect(talk.last.head.protocol).toBe('WebSocket/13');
			expect(talk.last.carrier.canAccept).toBe(true);
			expect(talk.sent()).toBe(
				'HTTP/1.1 101 Switching Protocols\r\nX: y\r\nConnection: Upgrade\r\nUpgrade: WebSocket/13\r\n\r\n',
			);
			expect([talk.last.closes, talk.engine.finished]).toEqual([[], false]);
		}
	});

	test("the application's own Connection and Upgrade stand, and no framing goes out", () => {
		const talk = new Talk(({ carrier }) => {
			carrier.accept(new Fields(['Upgrade', 'websocket', 'connection', 'upgrade', 'Content-Length', '0']));
		}).feed(UPGRADE);
		expect(talk.sent()).toBe('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nconnection: upgrade\r\n\r\n');
	});

	test.each([
		['no connection option', UPGRADE.replace('Connection', 'X')],
		['HTTP/1.0', UPGRADE.replace('1.1', '1.0')],
		['h2c', UPGRADE.replace('WebSocket/13, other', 'h2c')],
		['no protocol name', UPGRADE.replace('WebSocket/13, other', 'a b, /, a/b/c, ,')],
	])('%s: nothing is offered', (_, request) => {
		const talk = new Talk((exchange) => {
			accept(exchange);
			exchange.answer('plain');
		}).feed(request);
		expect([talk.last.head.protocol, talk.last.carrier.canAccept]).toEqual([null, false]);
		expect(talk.output).toMatch(/^HTTP\/1\.1 200 /);
	});

	test('h2c is passed over', () => {
		expect(new Talk().feed(UPGRADE.replace('WebSocket/13', 'h2c')).last.head.protocol).toBe('other');
	});

	test('refused, the connection goes on as HTTP/1.1', () => {
		const talk = new Talk().feed(UPGRADE + GET);
		expect(talk.exchanges).toHaveLength(2);
		expect(talk.engine.finished).toBe(false);
	});

	test('with content: accepted when that has ended', () => {
		const talk = new Talk((exchange) => {
			exchange.onEnd = () => {
				exchange.onEnd = null;
				accept(exchange);
			};
		});
		talk.feed(`${UPGRADE.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 3\r\n\r\n')}abctunnel`);
		expect(talk.last).toMatchObject({ text: 'abctunnel', ends: [[]] });
	});
});

describe('room of a tunnel in the output', () => {
	/** Makes a text there. @returns what waits, or null when there is no room */
	function make(talk: Talk, text: string): number | null | undefined {
		const { carrier } = talk.last;
		const room = carrier.claim?.(text.length);
		if (room === null || room === undefined) return null;
		const octets = latin1Bytes(text);
		room.bytes.set(octets, room.at);
		room.at += octets.length;
		return carrier.claimed?.(octets.length);
	}

	test.each([
		['whole', (talk: Talk) => talk.feed(UPGRADE)],
		['octet by octet', (talk: Talk) => talk.drip(UPGRADE)],
		['with octets behind', (talk: Talk) => talk.feed(`${UPGRADE}behind`)],
	])('what is made there leaves with what is written, in order; the request came %s', (_, open) => {
		const talk = open(new Talk(accept));
		talk.sent();
		expect(make(talk, 'abc')).toBe(3);
		expect(talk.last.carrier.write(latin1Bytes('de'))).toBe(5);
		expect(make(talk, 'f')).toBe(6);
		expect(talk.woken).toBe(true);
		expect(talk.turn().sent()).toBe('abcdef');
		expect(talk.last.waitings).toEqual([0]);
	});

	test('what is not filled is not sent', () => {
		const talk = new Talk(accept).feed(UPGRADE);
		talk.sent();
		expect(talk.last.carrier.claim?.(100)).not.toBe(null);
		talk.last.carrier.write(latin1Bytes('x'));
		expect(talk.turn().sent()).toBe('x');
	});

	test('there is none before the tunnel, behind what waits, beyond the bound, and after the end', () => {
		const before = new Talk(() => {}).feed(UPGRADE);
		expect(make(before, 'x')).toBe(null);
		const talk = new Talk(accept, { limits: { bufferedOutput: 100 } }).feed(UPGRADE);
		expect(make(talk, 'x'.repeat(101))).toBe(null);
		expect(make(talk, 'x'.repeat(100))).toBe(100);
		expect(make(talk, 'x')).toBe(null);
		expect(talk.last.carrier.write(latin1Bytes('y'))).toBe(101);
		talk.room = 0;
		talk.turn();
		expect(make(talk, 'x')).toBe(null);
		talk.room = 1000;
		talk.sent();
		expect(talk.turn().sent()).toBe('y');
		expect(make(talk, 'z')).toBe(1);
		talk.last.carrier.end(null);
		expect(make(talk, 'x')).toBe(null);
		expect(talk.turn().sent()).toBe('z');
	});
});

describe('RFC 9110 §9.3.6 CONNECT', () => {
	test('200 without framing opens the tunnel', () => {
		const talk = new Talk(accept).drip(CONNECT);
		expect([talk.last.head.protocol, talk.last.head.contentLength, talk.last.ends]).toEqual([null, -1, []]);
		expect(talk.sent()).toBe(`HTTP/1.1 200 OK\r\nX: y\r\nDate: ${DATE}\r\n\r\n`);
	});

	test('refused, the connection closes, and what was sent ahead is not parsed', () => {
		for (const talk of [
			new Talk((exchange) => exchange.answer('no', 403)).feed(CONNECT + GET),
			new Talk((exchange) => exchange.answer('no', 403)).drip(CONNECT + GET),
		]) {
			expect(talk.output).toContain('\r\nConnection: close\r\n');
			expect([talk.exchanges.length, talk.last.text, talk.engine.finished]).toEqual([1, '', true]);
			expect([talk.last.ends, talk.last.closes]).toEqual([[], ['complete']]);
		}
	});

	test('octets before accept wait, bounded; discard does not drop them', () => {
		const talk = new Talk(({ carrier }) => carrier.discard(), { limits: { readAhead: 10 } }).feed(`${CONNECT}early`);
		expect([talk.last.text, talk.engine.full]).toEqual(['', false]);
		talk.feed('-bytes');
		expect(talk.engine.full).toBe(true);
		accept(talk.last);
		expect(talk.last.text).toBe('');
		talk.turn();
		expect([talk.last.text, talk.engine.full]).toEqual(['early-bytes', false]);
	});
});

describe('tunnels', () => {
	const open = (): Talk => {
		const talk = new Talk(accept).feed(UPGRADE);
		talk.sent();
		return talk;
	};

	test('octets go both ways as they are', () => {
		const talk = open().feed(`GET / nonsense\n\n\x00`);
		expect(talk.last.text).toBe('GET / nonsense\n\n\x00');
		expect(talk.last.carrier.write(latin1Bytes('abc'))).toBe(3);
		talk.last.carrier.write(latin1Bytes('def'));
		expect(talk.turn().sent()).toBe('abcdef');
		expect(talk.last.waitings).toEqual([0]);
	});

	test('the end of a request that was accepted at once is not taken for that of the tunnel', () => {
		expect(open().feed('abc').last.ends).toEqual([]);
	});

	test('the peer ends first', () => {
		const talk = open().feed('abc').eof();
		expect(talk.last).toMatchObject({ text: 'abc', ends: [[]], closes: [] });
		talk.last.carrier.write(latin1Bytes('bye'));
		talk.last.carrier.end(null);
		expect(talk.turn().sent()).toBe('bye');
		expect([talk.last.closes, talk.engine.finished]).toEqual([['complete'], true]);
	});

	test('we end first', () => {
		const talk = open();
		expect(talk.engine.ended).toBe(false);
		talk.last.carrier.end(null);
		talk.turn();
		expect([talk.engine.ended, talk.engine.finished, talk.last.closes]).toEqual([true, false, []]);
		talk.feed('more');
		expect(talk.last.text).toBe('more');
		talk.eof();
		expect([talk.last.closes, talk.engine.finished]).toEqual([['complete'], true]);
	});

	test('held octets come before the end', () => {
		const talk = open();
		talk.last.carrier.hold();
		talk.feed('abc').eof();
		expect([talk.last.text, talk.last.ends.length]).toEqual(['', 0]);
		talk.last.carrier.release();
		expect(talk.last.text).toBe('');
		talk.turn();
		expect([talk.last.text, talk.last.ends.length]).toEqual(['abc', 1]);
	});

	test('reset ends it without an event', () => {
		const talk = open();
		talk.last.carrier.reset(8);
		talk.turn();
		expect([talk.last.closes, talk.engine.finished, talk.engine.exchanges]).toEqual([[], true, 0]);
	});

	test('no deadline ends a tunnel in which nothing waits', () => {
		const talk = open().pass(1_000_000);
		expect(talk.engine.finished).toBe(false);
	});
});
