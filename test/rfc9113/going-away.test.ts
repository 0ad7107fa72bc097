/** GOAWAY (RFC 9113 §6.8), PING (§6.7), and deadlines. */
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import {
	ACK,
	be32,
	block,
	bytes,
	data,
	END_STREAM,
	frame,
	get,
	headers,
	PREFACE,
	ping,
	post,
	request,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { Talk } from '../support/http2-talk.ts';

const { NO_ERROR, CANCEL, SETTINGS_TIMEOUT, ENHANCE_YOUR_CALM } = ErrorCode;
const INITIAL_WINDOW_SIZE = 4;

/** Answers the PINGs of the engine. */
function pong(talk: Talk): void {
	const pings = talk.of(TYPES.PING).filter((sent) => (sent.flags & ACK) === 0);
	talk.send(...pings.map((sent) => frame(TYPES.PING, ACK, 0, sent.payload)));
}

describe('RFC 9113 §6.7: PING', () => {
	test('is answered with its own data', () => {
		const talk = Talk.open();
		talk.send(ping('abcdefgh'), ping('ijklmnop'));
		expect(talk.of(TYPES.PING).map((sent) => [sent.flags, String.fromCharCode(...sent.payload)])).toEqual([
			[ACK, 'abcdefgh'],
			[ACK, 'ijklmnop'],
		]);
	});

	test('an answer to none of ours is passed over', () => {
		const talk = Talk.open();
		talk.send(
			frame(TYPES.PING, ACK, 0, 'abcdefgh'),
			frame(TYPES.PING, ACK, 0, be32(1), be32(0)),
			frame(TYPES.PING, ACK, 0, be32(2), be32(0)),
		);
		expect(talk.frames).toEqual([]);
		expect(talk.engine.roundTrip).toBe(-1);
	});
});

describe('RFC 9113 §6.8: a graceful stop', () => {
	test('announces the end, takes what is on its way, then names the last stream', () => {
		const talk = Talk.open();
		talk.send(get(1));
		talk.engine.retire();
		talk.engine.retire();
		talk.turn();
		expect(talk.of(TYPES.GOAWAY)).toHaveLength(1);
		expect([talk.lastStream, talk.goaway]).toEqual([0x7fffffff, NO_ERROR]);
		talk.send(get(3));
		expect(talk.exchanges).toHaveLength(2);
		pong(talk);
		expect([talk.lastStream, talk.goaway]).toEqual([3, NO_ERROR]);
		// RFC 9113 §6.8: what comes behind is ignored, and the tables stay in step.
		talk.send(
			headers(5, 0, bytes(request('GET', '/'), 0x40, 1, 'k', 1, 'v')),
			data(5, 0, 'x'),
			windowUpdate(5, 1),
			data(5, END_STREAM, 'x'),
		);
		expect(talk.exchanges).toHaveLength(2);
		expect(talk.engine.finished).toBe(false);
		talk.exchanges[0]?.answer(200, 'a');
		talk.turn();
		expect(talk.engine.finished).toBe(false);
		talk.exchanges[1]?.answer(200, 'b');
		talk.turn();
		expect(talk.engine.finished).toBe(true);
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual(['complete 0', 'complete 0']);
	});

	test('goes on after a second when the PING is not answered', () => {
		const talk = Talk.open();
		talk.send(get(1));
		talk.only().carrier.retire();
		talk.turn();
		talk.only().answer();
		talk.turn();
		expect(talk.engine.finished).toBe(false);
		talk.pass(999);
		expect(talk.engine.finished).toBe(false);
		talk.pass(1);
		expect(talk.lastStream).toBe(1);
		expect(talk.engine.finished).toBe(true);
	});

	test('GOAWAY from the client lets what is open go on', () => {
		const talk = Talk.open();
		talk.send(get(1), frame(TYPES.GOAWAY, 0, 0, be32(0), be32(0), 'debug'));
		talk.only().answer(200, 'x');
		talk.turn();
		expect(talk.only().outcome).toBe('complete 0');
		expect(talk.engine.finished).toBe(false);
	});
});

describe('deadlines', () => {
	test('timeouts.silence: no preface', () => {
		for (const input of [bytes(), PREFACE.subarray(0, 10), PREFACE]) {
			const talk = new Talk();
			talk.pass(0).send(input).pass(9999);
			expect(talk.engine.finished).toBe(false);
			talk.pass(1);
			expect(talk.engine.finished).toBe(true);
			expect(talk.goaway).toBe(NO_ERROR);
		}
	});

	test('RFC 9113 §6.5.3: SETTINGS that are not acknowledged', () => {
		const talk = new Talk();
		talk.send(PREFACE, settings(), get(1)).pass(10_000);
		expect(talk.goaway).toBe(SETTINGS_TIMEOUT);
		expect(talk.only().outcome).toBe(`lost ${SETTINGS_TIMEOUT}`);
	});

	test.each([
		['a frame that does not come whole', get(1).subarray(0, 20)],
		['the head of a frame that does not', get(1).subarray(0, 5)],
		['a field block that is not ended', frame(TYPES.HEADERS, 0, 1, block('a', 'b'))],
	])('timeouts.head: %s', (_title, input) => {
		const talk = Talk.open();
		talk.send(input).pass(9999);
		expect(talk.engine.finished).toBe(false);
		talk.pass(1);
		expect(talk.goaway).toBe(ENHANCE_YOUR_CALM);
		expect(talk.rule).toBe('timeouts.head');
	});

	test('timeouts.head: frames that come in parts, one after another, are no fault', () => {
		const talk = Talk.open();
		let rest = bytes();
		for (let i = 0; i < 30; i++) {
			const input = bytes(rest, ping());
			talk.send(input.subarray(0, input.length - 3));
			rest = input.subarray(input.length - 3);
			talk.pass(1000);
		}
		expect(talk.engine.finished).toBe(false);
	});

	test('timeouts.idle: no exchange is open', () => {
		const talk = Talk.open();
		talk.send(get(1)).pass(100_000);
		expect(talk.engine.finished).toBe(false);
		talk.only().answer();
		talk.turn().pass(59_999);
		expect(talk.engine.finished).toBe(false);
		talk.pass(1);
		expect(talk.engine.finished).toBe(true);
		expect(talk.goaway).toBe(NO_ERROR);
	});

	test('timeouts.content: content must keep up its rate', () => {
		const talk = Talk.open();
		talk.send(post(1), post(3));
		for (let second = 0; second < 60; second++) {
			talk.send(data(1, 0, new Uint8Array(240)));
			talk.pass(1000);
		}
		expect(talk.exchanges[0]?.outcome).toBeUndefined();
		expect(talk.exchanges[1]?.outcome).toBe(`timeout ${CANCEL}`);
		expect(talk.resets(3)).toEqual([CANCEL]);
		talk.pass(20_000);
		expect(talk.exchanges[0]?.outcome).toBe(`timeout ${CANCEL}`);
	});

	test('timeouts.content: content that comes in drops is too slow, however often it comes', () => {
		const talk = Talk.open();
		talk.send(post(1));
		for (let second = 0; second < 20; second++) talk.send(data(1, 0, 'x')).pass(1000);
		expect(talk.only().outcome).toBe(`timeout ${CANCEL}`);
	});

	test('timeouts.content: the clock stops while the application holds content, discards it, or answers', () => {
		const talk = Talk.open({ timeouts: { idle: 0 } });
		talk.send(
			post(1),
			post(3),
			post(5),
			post(7, '/', 'expect', '100-continue'),
			headers(9, 0, block(':method', 'CONNECT', ':authority', 'a:1')),
		);
		const [holding, discarding, answering, expecting, tunnel] = talk.exchanges;
		if (holding) holding.credits = false;
		discarding?.carrier.discard();
		answering?.carrier.respond(200, new Fields(), undefined);
		talk.send(data(1, 0, 'held'));
		for (let i = 0; i < 100; i++) talk.pass(1000);
		for (const exchange of talk.exchanges) expect(exchange.outcome).toBeUndefined();
		holding?.carrier.credit(4);
		answering?.carrier.end(null);
		expecting?.carrier.continue();
		for (let i = 0; i < 20; i++) talk.pass(1000);
		expect([holding, answering, expecting].map((exchange) => exchange?.outcome)).toEqual(
			Array(3).fill(`timeout ${CANCEL}`),
		);
		expect(discarding?.outcome).toBeUndefined();
		expect(tunnel?.outcome).toBeUndefined();
	});

	test('timeouts.stall: a window that stays shut', () => {
		const talk = Talk.open({ timeouts: { stallRate: 0 } }, [INITIAL_WINDOW_SIZE, 5]);
		talk.send(get(1), get(3));
		talk.exchanges[0]?.answer(200, '0123456789');
		talk.turn();
		for (let i = 0; i < 4; i++) talk.pass(10_000).send(windowUpdate(1, 1));
		expect(talk.only().outcome).toBeUndefined();
		talk.pass(29_000);
		expect(talk.only().outcome).toBeUndefined();
		talk.pass(1000);
		expect(talk.only().outcome).toBe(`timeout ${CANCEL}`);
		expect(talk.resets(1)).toEqual([CANCEL]);
		expect(talk.exchanges[1]?.outcome).toBeUndefined();
	});

	test('timeouts.stallRate: CVE-2019-9511, a window that lets out an octet now and then', () => {
		const talk = Talk.open({}, [INITIAL_WINDOW_SIZE, 5]);
		talk.send(get(1), get(3));
		for (const exchange of talk.exchanges) exchange.answer(200, new Uint8Array(100_000));
		talk.turn();
		// Stream 3 keeps to more than 240 octets a second.
		for (let i = 0; i < 5; i++) talk.pass(5000).send(windowUpdate(1, 1), windowUpdate(3, 1500));
		expect(talk.exchanges[0]?.outcome).toBeUndefined();
		talk.pass(5000);
		expect(talk.exchanges[0]?.outcome).toBe(`timeout ${CANCEL}`);
		for (let i = 0; i < 20; i++) talk.send(windowUpdate(3, 1500)).pass(5000);
		expect(talk.exchanges[1]?.outcome).toBeUndefined();
	});

	test('timeouts.stall: the clock starts when output begins to wait', () => {
		const talk = Talk.open({}, [INITIAL_WINDOW_SIZE, 0]);
		talk.send(get(1));
		talk.only().carrier.respond(200, new Fields(), undefined);
		talk.turn().pass(100_000);
		talk.only().carrier.write(bytes('late'));
		talk.turn().pass(29_999);
		expect(talk.only().outcome).toBeUndefined();
		talk.pass(1);
		expect(talk.only().outcome).toBe(`timeout ${CANCEL}`);
	});

	test('timeouts.stall: a stream that waits for others is not stalled, unless nothing moves', () => {
		let room = 16384;
		const talk = Talk.open({ room: () => room }, [INITIAL_WINDOW_SIZE, 1 << 30]);
		talk.send(windowUpdate(0, 1 << 30), get(1), get(3));
		for (const exchange of talk.exchanges) exchange.carrier.respond(200, new Fields(), undefined);
		for (const exchange of talk.exchanges) exchange.carrier.write(new Uint8Array(1 << 20));
		const sip = (): void => {
			// A turn without the rounds behind it: the transport drains slowly.
			talk.engine.gather(room);
			talk.engine.output.take();
			talk.engine.handedOver();
		};
		for (let i = 0; i < 10; i++) {
			talk.now += 5000;
			talk.engine.advance(talk.now);
			sip();
		}
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual([undefined, undefined]);
		room = 0;
		for (let i = 0; i < 6; i++) talk.pass(5000);
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual([`timeout ${CANCEL}`, `timeout ${CANCEL}`]);
	});

	test('a deadline of 0 is none', () => {
		const off = { silence: 0, head: 0, content: 0, settings: 0, idle: 0, stall: 0 };
		const talk = new Talk({ timeouts: off });
		talk
			.pass(1e9)
			.send(PREFACE, settings([INITIAL_WINDOW_SIZE, 0]), post(1), get(3))
			.pass(1e9);
		talk.exchanges[1]?.answer(200, 'x');
		talk.turn().pass(1e9).send(get(5).subarray(0, 12)).pass(1e9);
		expect(talk.engine.finished).toBe(false);
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual([undefined, undefined]);
	});
});
