/** Streams (RFC 9113 §5.1, §5.4.2, §6.3, §6.4, §8.1): their states, their ends, and what comes late. */
import { describe, expect, test } from 'vitest';
import { nextState, StreamEvent, StreamState } from '../../src/engine/http2/stream-state.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import {
	be32,
	block,
	bytes,
	data,
	END_STREAM,
	frame,
	get,
	headers,
	ping,
	post,
	read32,
	rst,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { SPLITS, Talk } from '../support/http2-talk.ts';

const { STREAM_CLOSED, PROTOCOL_ERROR, REFUSED_STREAM, NO_ERROR, CANCEL, FRAME_SIZE_ERROR } = ErrorCode;

describe('RFC 9113 §5.1: the states', () => {
	const { IDLE, RESERVED, OPEN, HALF_CLOSED_LOCAL, HALF_CLOSED_REMOTE, CLOSED } = StreamState;
	const { REQUEST, PEER_END, PROMISE, RESPONSE, OUR_END, RESET } = StreamEvent;

	test.each([
		[
			'a request answered after its end',
			[REQUEST, PEER_END, RESPONSE, OUR_END],
			[OPEN, HALF_CLOSED_REMOTE, HALF_CLOSED_REMOTE, CLOSED],
		],
		[
			'a request answered before its end',
			[REQUEST, RESPONSE, OUR_END, PEER_END],
			[OPEN, OPEN, HALF_CLOSED_LOCAL, CLOSED],
		],
		['a push', [PROMISE, RESPONSE, OUR_END], [RESERVED, HALF_CLOSED_REMOTE, CLOSED]],
		['a reset push', [PROMISE, RESET], [RESERVED, CLOSED]],
		['a reset request', [REQUEST, RESET, PEER_END, OUR_END], [OPEN, CLOSED, CLOSED, CLOSED]],
	] as const)('%s', (_title, events, states) => {
		let state: StreamState = IDLE;
		expect(events.map((event) => (state = nextState(state, event)))).toEqual(states);
	});
});

describe.each(SPLITS)('streams, %s', (_name, send) => {
	test('RFC 9113 §5.1: DATA on a stream that the client has ended', () => {
		const talk = Talk.open();
		send(talk, bytes(get(1), data(1, END_STREAM, 'x')));
		expect(talk.resets(1)).toEqual([STREAM_CLOSED]);
		expect(talk.only().events).toEqual(['end', `closed reset ${STREAM_CLOSED}`]);
	});

	test('RFC 9113 §5.1: HEADERS on a stream that the client has ended', () => {
		const talk = Talk.open();
		send(talk, bytes(get(1), headers(1, END_STREAM, block('a', 'b'))));
		expect(talk.resets(1)).toEqual([STREAM_CLOSED]);
	});

	test.each([
		['DATA', data(1, END_STREAM, 'x')],
		['HEADERS', headers(1, END_STREAM, block('a', 'b'))],
	])('RFC 9113 §5.1: %s on a stream that both have ended ends the connection', (_title, late) => {
		const talk = Talk.open({ app: (exchange) => exchange.answer() });
		send(talk, bytes(get(1), late));
		expect(talk.goaway).toBe(STREAM_CLOSED);
		expect(talk.only().outcome).toBeDefined();
	});

	test('RFC 9113 §5.1: DATA on a stream that the client has reset ends the connection', () => {
		const talk = Talk.open();
		send(talk, bytes(post(1), rst(1, CANCEL), data(1, 0, 'x')));
		expect(talk.only().events).toEqual([`closed reset ${CANCEL}`]);
		expect(talk.goaway).toBe(STREAM_CLOSED);
	});

	test('RFC 9113 §5.1: frames that were on their way when we reset the stream are ignored, and credited', () => {
		const talk = Talk.open({ app: (exchange) => exchange.carrier.reset(CANCEL), limits: { connectionWindow: 65535 } });
		send(
			talk,
			bytes(
				post(1),
				data(1, 0, new Uint8Array(16384)),
				data(1, 0, new Uint8Array(16384)),
				windowUpdate(1, 5),
				headers(1, END_STREAM, block('a', 'b')),
			),
		);
		expect(talk.resets(1)).toEqual([CANCEL]);
		expect(talk.only().events).toEqual([]);
		expect(talk.of(TYPES.WINDOW_UPDATE, 0).map((update) => read32(update.payload))).toEqual([32768]);
		expect(talk.engine.finished).toBe(false);
		expect(talk.engine.exchanges).toBe(0);
	});

	test('RFC 9113 §6.3: PRIORITY changes nothing, whatever the stream', () => {
		const talk = Talk.open();
		send(
			talk,
			bytes(frame(TYPES.PRIORITY, 0, 99, be32(3), 16), get(1), frame(TYPES.PRIORITY, 0, 1, be32(3), 16), get(101)),
		);
		expect(talk.exchanges).toHaveLength(2);
		expect(talk.faults).toEqual([]);
	});

	test('RFC 9113 §6.3: PRIORITY of the wrong size resets its stream', () => {
		const talk = Talk.open();
		send(talk, bytes(get(1), frame(TYPES.PRIORITY, 0, 1, be32(3))));
		expect(talk.resets(1)).toEqual([FRAME_SIZE_ERROR]);
	});

	test('RFC 7540 §5.3.1: a stream that depends on itself', () => {
		const talk = Talk.open();
		send(
			talk,
			bytes(
				get(1),
				frame(TYPES.PRIORITY, 0, 1, be32(1), 16),
				headers(3, END_STREAM | 0x20, bytes(be32(3), 16, block(':method', 'GET'))),
			),
		);
		expect(talk.resets(1)).toEqual([PROTOCOL_ERROR]);
		expect(talk.resets(3)).toEqual([PROTOCOL_ERROR]);
		expect(talk.engine.finished).toBe(false);
	});

	test('RFC 9113 §4.1: unknown frames and reserved bits are ignored', () => {
		const talk = Talk.open();
		const reserved = ping();
		reserved[5] = 0x80;
		send(
			talk,
			bytes(
				frame(0xfe, 0xff, 77, 'whatever'),
				reserved,
				frame(TYPES.RST_STREAM, 0, 0x80000001, be32(1)).subarray(0, 0),
				get(1),
			),
		);
		expect(talk.of(TYPES.PING).length).toBeGreaterThan(0);
		expect(talk.exchanges).toHaveLength(1);
	});
});

describe('streams', () => {
	test('RFC 9113 §5.1.2: beyond MAX_CONCURRENT_STREAMS they are refused, and the table stays in step', () => {
		const talk = Talk.open({ limits: { concurrentStreams: 2 } });
		talk.send(get(1), get(3), headers(5, 0, bytes(block(':method', 'GET'), 0x40, 1, 'k', 1, 'v')), data(5, 0, 'x'));
		expect(talk.resets(5)).toEqual([REFUSED_STREAM]);
		talk.exchanges[0]?.answer();
		talk.turn().send(headers(7, END_STREAM, bytes(get(1).subarray(9), 0xbe)));
		expect(talk.exchanges).toHaveLength(3);
		expect(talk.exchanges[2]?.head.fields.lines).toEqual(['k', 'v']);
	});

	test('complete is told when the response is handed over and the request has ended', () => {
		const talk = Talk.open();
		talk.send(get(1), post(3), post(5));
		for (const exchange of talk.exchanges) exchange.answer(200, 'x');
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual([undefined, undefined, undefined]);
		talk.exchanges[2]?.carrier.discard();
		talk.turn();
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual(['complete 0', undefined, 'complete 0']);
		expect(talk.resets(5)).toEqual([]);
		// RFC 9113 §8.1: full duplex goes on behind the response.
		talk.send(data(3, 0, 'more'), data(5, 0, 'ignored'));
		talk.send(data(3, END_STREAM, 'last'));
		expect(talk.exchanges[1]?.text).toBe('morelast');
		expect(talk.exchanges[1]?.events.slice(-2)).toEqual(['end', 'closed complete 0']);
		expect(talk.engine.exchanges).toBe(0);
		expect(talk.engine.finished).toBe(false);
	});

	test('RFC 9113 §8.1: an unwanted request that ends in the same turn needs no reset', () => {
		const talk = Talk.open({
			app: (exchange) => {
				exchange.carrier.discard();
				exchange.answer();
			},
		});
		talk.send(post(1), data(1, END_STREAM, 'small'));
		expect(talk.resets(1)).toEqual([]);
		expect(talk.only().events).toEqual(['closed complete 0']);
	});

	test('RFC 9113 §8.1: an unwanted request that does not end is reset with NO_ERROR, after a while or when it goes on', () => {
		const talk = Talk.open({
			app: (exchange) => {
				exchange.carrier.discard();
				exchange.answer(404);
			},
		});
		talk.send(post(1), post(3), post(5), data(5, 0, new Uint8Array(16384)));
		expect(talk.exchanges.map((exchange) => exchange.events)).toEqual(Array(3).fill(['closed complete 0']));
		expect(talk.engine.exchanges).toBe(0);
		talk.send(frame(TYPES.PRIORITY_UPDATE, 0, 0, be32(1), 'u=1'));
		talk.pass(999).send(data(5, 0, new Uint8Array(16384)));
		expect([1, 3, 5].map((id) => talk.resets(id))).toEqual([[], [], [NO_ERROR]]);
		talk.send(data(3, END_STREAM, 'x')).pass(1);
		expect([1, 3, 5].map((id) => talk.resets(id))).toEqual([[NO_ERROR], [], [NO_ERROR]]);
		talk.send(data(1, END_STREAM, 'on its way'), data(5, END_STREAM, 'on its way'));
		expect(talk.faults).toEqual([]);
		expect(talk.exchanges.map((exchange) => exchange.events)).toEqual(Array(3).fill(['closed complete 0']));
	});

	test('RFC 9113 §8.1: an unwanted request that cannot end without credit is reset along with its response', () => {
		const talk = Talk.open({
			app: (exchange) => {
				exchange.carrier.discard();
				exchange.answer(404);
			},
		});
		talk.send(post(1, '/', 'content-length', '65535'), post(3, '/', 'content-length', '65536'));
		expect([1, 3].map((id) => talk.resets(id))).toEqual([[], [NO_ERROR]]);
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual(['complete 0', 'complete 0']);
	});

	test('RFC 9113 §8.1.1: an unwanted request that breaks its Content-Length is reset for it', () => {
		const talk = Talk.open({
			app: (exchange) => {
				exchange.carrier.discard();
				exchange.answer();
			},
		});
		talk.send(post(1, '/', 'content-length', '1')).send(data(1, END_STREAM, 'test'));
		expect(talk.resets(1)).toEqual([PROTOCOL_ERROR]);
		expect(talk.only().events).toEqual(['closed complete 0']);
	});

	test('content of a discarded request is dropped, and credited to the connection alone', () => {
		const talk = Talk.open({ limits: { connectionWindow: 65535 } });
		talk.send(post(1));
		talk.only().carrier.discard();
		talk.send(...Array.from({ length: 3 }, () => data(1, 0, new Uint8Array(16384))));
		expect(talk.only().events).toEqual([]);
		expect(talk.of(TYPES.WINDOW_UPDATE, 1)).toEqual([]);
		expect(talk.of(TYPES.WINDOW_UPDATE, 0)).toHaveLength(1);
		talk.send(data(1, END_STREAM, 'x'));
		talk.only().answer();
		talk.turn();
		expect(talk.only().events).toEqual(['closed complete 0']);
	});

	test('RFC 9113 §6.4: RST_STREAM from the client ends the exchange, and drops what waits', () => {
		const talk = Talk.open({}, [4, 0]);
		talk.send(get(1));
		talk.only().answer(200, 'waits');
		talk.turn().send(rst(1, CANCEL), windowUpdate(0, 100));
		expect(talk.only().outcome).toBe(`reset ${CANCEL}`);
		expect(talk.of(TYPES.DATA)).toEqual([]);
		// Commands behind the end are inert.
		talk.only().carrier.respond(200, new Fields(), undefined);
		expect(talk.only().carrier.write(Uint8Array.of(1))).toBe(0);
		talk.only().carrier.end(null);
		talk.only().carrier.reset(CANCEL);
		talk.turn();
		expect(talk.statuses(1)).toEqual(['200']);
		expect(talk.engine.exchanges).toBe(0);
	});

	test('RFC 9113 §6.4: reset sends RST_STREAM once, and tells nothing more', () => {
		const talk = Talk.open();
		talk.send(post(1));
		talk.only().carrier.reset(ErrorCode.INTERNAL_ERROR);
		talk.only().carrier.reset(ErrorCode.INTERNAL_ERROR);
		expect(talk.woken).toBe(true);
		talk.turn().send(data(1, 0, 'x'));
		expect(talk.resets(1)).toEqual([ErrorCode.INTERNAL_ERROR]);
		expect(talk.only().events).toEqual([]);
		expect(talk.engine.exchanges).toBe(0);
	});

	test('no event is delivered inside a command', () => {
		const talk = Talk.open();
		talk.send(get(1), get(3));
		const depth: string[] = [];
		for (const exchange of talk.exchanges) exchange.onClosed = () => depth.push('closed');
		talk.exchanges[0]?.answer(200, 'x');
		talk.exchanges[1]?.carrier.retire();
		expect(depth).toEqual([]);
		talk.turn();
		expect(depth).toEqual(['closed']);
	});

	test('an application that resets its stream in the midst of a frame hears no more of it', () => {
		const talk = Talk.open();
		talk.send(post(1));
		talk.only().onContent = () => talk.only().carrier.reset(CANCEL);
		const input = data(1, END_STREAM, 'hello');
		for (const octet of input) talk.send(Uint8Array.of(octet));
		expect(talk.only().events).toEqual(['content 1']);
		talk.send(get(3));
		expect(talk.exchanges).toHaveLength(2);
	});

	test('RFC 9113 §5.1: streams reset too long ago get the benefit of the doubt', () => {
		const talk = Talk.open({ limits: { resetBurst: 1 << 20 }, app: (exchange) => exchange.carrier.reset(CANCEL) });
		for (let id = 1; id <= 4001; id += 2) talk.send(post(id));
		talk.send(data(1, 0, 'x'), data(4001, 0, 'x'));
		expect(talk.engine.finished).toBe(false);
	});

	test('eof and abandon end every exchange', () => {
		const lost = Talk.open();
		lost.send(get(1), post(3));
		lost.exchanges[0]?.carrier.respond(200, new Fields(), undefined);
		lost.engine.eof();
		expect(lost.exchanges.map((exchange) => exchange.outcome)).toEqual(['lost 0', 'lost 0']);
		expect(lost.engine.finished).toBe(true);

		const stopped = Talk.open();
		stopped.send(get(1));
		stopped.engine.abandon('shutdown');
		stopped.turn();
		expect(stopped.only().outcome).toBe('shutdown 0');
		expect(stopped.goaway).toBe(NO_ERROR);
		stopped.engine.abandon('lost');
		expect(stopped.only().events.filter((event) => event.startsWith('closed'))).toHaveLength(1);
	});

	test('a connection that is abandoned in the midst of a request', () => {
		const talk = Talk.open({ app: () => talk.engine.abandon('shutdown') });
		talk.send(get(1), get(3));
		expect(talk.exchanges.map((exchange) => exchange.events)).toEqual([['closed shutdown 0']]);
		expect(talk.engine.exchanges).toBe(0);
	});

	test('a response that is complete but not handed over is lost with the connection', () => {
		const talk = Talk.open();
		talk.engine.receive(get(1), talk.now);
		talk.only().answer(200, 'x');
		talk.engine.abandon('lost');
		talk.engine.handedOver();
		expect(talk.only().events).toEqual(['end', 'closed lost 0']);
		expect(talk.engine.exchanges).toBe(0);
	});

	test('RFC 9113 §6.5.3: SETTINGS are acknowledged, and ours are sent first', () => {
		const talk = new Talk({ extendedConnect: true, limits: { headerTableSize: 8192, streamWindow: 1000 } });
		expect(talk.woken).toBe(true);
		talk.turn();
		const [first] = talk.frames;
		expect(first).toMatchObject({ type: TYPES.SETTINGS, flags: 0, stream: 0 });
		const pairs = Array.from({ length: (first?.payload.length ?? 0) / 6 }, (_, i) => [
			first?.payload[i * 6 + 1],
			read32(first?.payload as Uint8Array, i * 6 + 2),
		]);
		expect(pairs).toEqual([
			[1, 8192],
			[3, 128],
			[4, 1000],
			[6, 65536],
			[8, 1],
			[9, 1],
		]);
		talk.send(bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', settings([1, 100], [2, 0], [3, 7], [0xaa, 9], [8, 1])));
		expect(talk.of(TYPES.SETTINGS).map((sent) => sent.flags)).toEqual([0, 1]);
	});
});
