/** Flow control (RFC 9113 §5.2, §6.9): what we send, what we let be sent, and that nothing is lost under any windows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReceiveWindow, SendWindow } from '../../src/engine/http2/window.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import {
	ACK,
	bytes,
	data,
	END_STREAM,
	frame,
	get,
	PADDED,
	post,
	read32,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { SPLITS, Talk } from '../support/http2-talk.ts';

const INITIAL_WINDOW_SIZE = 4;
const MAX_FRAME_SIZE = 5;

function increments(talk: Talk, stream: number): number[] {
	return talk.of(TYPES.WINDOW_UPDATE, stream).map((update) => read32(update.payload));
}

describe('RFC 9113 §6.9.1: windows', () => {
	test('a send window grows up to 2^31-1', () => {
		const window = new SendWindow(10);
		window.spend(10);
		expect(window.widen(0x7fffffff)).toBe(true);
		expect(window.widen(1)).toBe(false);
		expect(window.widen(-0x7fffffff - 5)).toBe(true);
		expect(window.available).toBe(-5);
	});

	test('a receive window is in parts that always sum to its size', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 1000 }),
				fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 400 }))),
				(size, steps) => {
					const window = new ReceiveWindow(size, 0);
					for (const [takes, octets] of steps) {
						const before = window.available;
						if (takes) expect(window.take(octets)).toBe(octets <= before);
						else {
							const increment = window.use(octets);
							expect(window.available).toBe(before + increment);
						}
						expect(window.available + window.held + window.due).toBe(window.size);
						expect(Math.min(window.available, window.held, window.due)).toBeGreaterThanOrEqual(0);
						// The peer is never left without credit while nothing is held.
						if (window.held === 0) expect(window.available).toBeGreaterThan(0);
					}
				},
			),
		);
	});
});

describe.each(SPLITS)('receiving, %s', (_name, send) => {
	test('RFC 9113 §6.9.1: DATA beyond the window of its stream', () => {
		const talk = Talk.open({ limits: { streamWindow: 10 }, app: (exchange) => (exchange.credits = false) });
		send(talk, bytes(post(1), data(1, 0, '0123456789'), data(1, 0, 'x')));
		expect(talk.resets(1)).toEqual([ErrorCode.FLOW_CONTROL_ERROR]);
		expect(talk.only().events).toEqual(expect.arrayContaining([`closed reset ${ErrorCode.FLOW_CONTROL_ERROR}`]));
		expect(talk.only().text).toBe('0123456789');
	});

	test('RFC 9113 §6.9.1: WINDOW_UPDATE of 0, and beyond 2^31-1, on a stream', () => {
		const talk = Talk.open();
		send(talk, bytes(get(1), windowUpdate(1, 0), get(3), windowUpdate(3, 0x7fffffff), get(5)));
		expect(talk.resets(1)).toEqual([ErrorCode.PROTOCOL_ERROR]);
		expect(talk.resets(3)).toEqual([ErrorCode.FLOW_CONTROL_ERROR]);
		expect(talk.exchanges).toHaveLength(3);
	});

	test('RFC 9113 §6.1: padding counts, and comes back', () => {
		const talk = Talk.open({ limits: { streamWindow: 100, connectionWindow: 65535 } });
		send(
			talk,
			bytes(
				post(1),
				frame(TYPES.DATA, PADDED, 1, 50, 'hello', new Uint8Array(50)),
				frame(TYPES.DATA, PADDED | END_STREAM, 1, 0, '!'),
			),
		);
		expect(talk.only().text).toBe('hello!');
		expect(increments(talk, 1)).toEqual([56]);
		expect(talk.only().events.at(-1)).toBe('end');
	});
});

describe('receiving', () => {
	test('credit returns to the stream once half of its window is due', () => {
		const talk = Talk.open({ limits: { streamWindow: 1000 }, app: (exchange) => (exchange.credits = false) });
		talk.send(post(1), data(1, 0, new Uint8Array(900)));
		const { carrier } = talk.only();
		carrier.credit(499);
		talk.turn();
		expect(increments(talk, 1)).toEqual([]);
		carrier.credit(1);
		expect(talk.woken).toBe(true);
		talk.turn();
		expect(increments(talk, 1)).toEqual([500]);
		// More than has come cannot be credited.
		carrier.credit(1 << 20);
		talk.turn();
		expect(increments(talk, 1)).toEqual([500]);
		carrier.hold();
		carrier.release();
	});

	test('the connection is credited on receipt, so that a held stream does not starve others', () => {
		const talk = Talk.open({ limits: { connectionWindow: 65535 }, app: (exchange) => (exchange.credits = false) });
		talk.send(post(1), post(3));
		for (let i = 0; i < 3; i++) talk.send(data(1, 0, new Uint8Array(16384)), data(3, 0, new Uint8Array(16384)));
		expect(increments(talk, 0)).toEqual([32768, 32768, 32768]);
		expect(increments(talk, 1)).toEqual([]);
		expect(talk.engine.finished).toBe(false);
	});

	test('RFC 9113 §6.9.2: a smaller initial window counts once it is acknowledged', () => {
		const talk = new Talk({ limits: { streamWindow: 100 }, app: (exchange) => (exchange.credits = false) });
		talk.send(bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', settings()), post(1), data(1, 0, new Uint8Array(200)));
		expect(talk.resets(1)).toEqual([]);
		talk.send(frame(TYPES.SETTINGS, ACK, 0), data(1, 0, 'x'));
		expect(talk.resets(1)).toEqual([ErrorCode.FLOW_CONTROL_ERROR]);
		talk.send(post(3), data(3, 0, new Uint8Array(101)));
		expect(talk.resets(3)).toEqual([ErrorCode.FLOW_CONTROL_ERROR]);
	});

	test('windows grow while an application keeps up, within the budget of the connection, and give it back', () => {
		const limits = { streamWindow: 65536, streamWindowMax: 262144, windowGrowth: 200000, connectionWindow: 1 << 20 };
		const talk = Talk.open({ limits });
		const upload = (stream: number, frames: number): void => {
			for (let i = 0; i < frames; i++) {
				talk.now += 1;
				talk.send(data(stream, 0, new Uint8Array(16384)));
				const [request] = talk.of(TYPES.PING).filter((sent) => (sent.flags & ACK) === 0);
				if (request === undefined) continue;
				talk.frames.splice(talk.frames.indexOf(request), 1);
				talk.now += 10;
				talk.send(frame(TYPES.PING, ACK, 0, request.payload));
			}
		};
		talk.send(post(1));
		upload(1, 40);
		expect(talk.engine.roundTrip).toBe(10);
		const sum = (stream: number): number => increments(talk, stream).reduce((total, n) => total + n, 0);
		// What it has used, and what it has grown by: the budget, but not to more than the most.
		const grown = sum(1) - 40 * 16384;
		expect(grown).toBeGreaterThan(65536);
		expect(grown).toBeLessThanOrEqual(262144 - 65536);
		talk.send(post(3));
		upload(3, 40);
		expect(sum(3) - 40 * 16384).toBeLessThanOrEqual(200000 - grown);
		talk.exchanges[0]?.carrier.reset(8);
		talk.send(post(5));
		upload(5, 40);
		expect(sum(5) - 40 * 16384).toBeGreaterThan(65536);
	});

	test('windows do not grow for an application that is slow', () => {
		const talk = Talk.open({ limits: { streamWindow: 65536 } });
		talk.send(post(1));
		for (let i = 0; i < 40; i++) {
			talk.now += 1000;
			talk.send(data(1, 0, new Uint8Array(16384)));
			for (const sent of talk.of(TYPES.PING)) {
				if ((sent.flags & ACK) === 0) talk.send(frame(TYPES.PING, ACK, 0, sent.payload));
			}
		}
		expect(increments(talk, 1).reduce((total, n) => total + n, 0)).toBeLessThanOrEqual(40 * 16384);
	});

	test('small chunks are copied out of large reads, large ones are views', () => {
		const talk = Talk.open();
		const input = bytes(post(1), data(1, 0, 'small'), data(1, 0, new Uint8Array(16384)));
		talk.engine.receive(input, talk.now);
		const [small, large] = talk.only().content$;
		expect(small?.buffer).not.toBe(input.buffer);
		expect(large?.buffer).toBe(input.buffer);
	});
});

describe('sending', () => {
	const CONTENT = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);

	test('RFC 9113 §6.9.2: a window that SETTINGS make negative gives nobody else more room', () => {
		let room = 1 << 20;
		const talk = Talk.open({ room: () => room }, [INITIAL_WINDOW_SIZE, 200_000]);
		talk.send(windowUpdate(0, 1 << 24), get(1), get(3));
		const [first, second] = talk.exchanges.map(({ carrier }) => carrier);
		first?.respond(200, new Fields(), undefined);
		first?.write(new Uint8Array(180_000));
		talk.turn();
		room = 0;
		first?.write(new Uint8Array(1000));
		second?.respond(200, new Fields(), undefined);
		second?.write(new Uint8Array(150_000));
		talk.turn().send(settings([INITIAL_WINDOW_SIZE, 0]), windowUpdate(3, 200_000));
		talk.engine.gather(20_000);
		expect(talk.engine.output.at).toBeLessThan(40_000);
	});

	test('RFC 9113 §6.9.2: a window that SETTINGS make negative is waited for', () => {
		const talk = Talk.open({}, [INITIAL_WINDOW_SIZE, 100]);
		talk.send(get(1));
		talk.only().answer(200, CONTENT.subarray(0, 150));
		talk.turn();
		expect(talk.content(1)).toHaveLength(100);
		talk.send(settings([INITIAL_WINDOW_SIZE, 60]), windowUpdate(1, 40));
		expect(talk.content(1)).toHaveLength(100);
		talk.send(windowUpdate(1, 1));
		expect(talk.content(1)).toHaveLength(101);
		talk.send(settings([INITIAL_WINDOW_SIZE, 1000]));
		expect(talk.content(1)).toEqual(CONTENT.subarray(0, 150));
		expect(talk.only().outcome).toBe('complete 0');
	});

	test('RFC 9113 §6.9: the end of a stream needs no window', () => {
		const talk = Talk.open({}, [INITIAL_WINDOW_SIZE, 3]);
		talk.send(get(1), get(3));
		for (const exchange of talk.exchanges) {
			exchange.carrier.respond(200, new Fields(), undefined);
			exchange.carrier.write(CONTENT.subarray(0, 3));
		}
		talk.turn();
		talk.exchanges[0]?.carrier.end(null);
		talk.exchanges[1]?.carrier.end(Fields.of('x', 'y'));
		talk.turn();
		expect(talk.exchanges.map((exchange) => exchange.outcome)).toEqual(['complete 0', 'complete 0']);
		expect(talk.of(TYPES.DATA, 1).map((sent) => [sent.payload.length, sent.flags])).toEqual([
			[3, 0],
			[0, 1],
		]);
		expect(talk.statuses(3)).toEqual(['200', 'trailers']);
	});

	test('frames are of 16 KiB at most, whatever MAX_FRAME_SIZE allows', () => {
		const talk = Talk.open({}, [MAX_FRAME_SIZE, 1 << 20]);
		talk.send(get(1));
		talk.only().answer(200, CONTENT);
		talk.turn().send(windowUpdate(0, 1 << 20), windowUpdate(1, 1 << 20));
		expect(talk.content(1)).toEqual(CONTENT);
		for (const sent of talk.of(TYPES.DATA)) expect(sent.payload.length).toBeLessThanOrEqual(16384);
	});

	test('gather obeys the room of the transport, and asks for another turn while there is some', () => {
		let room = 20_000;
		const talk = Talk.open({ room: () => room }, [INITIAL_WINDOW_SIZE, 1 << 20]);
		talk.send(windowUpdate(0, 1 << 20), get(1), get(3));
		room = 0;
		expect(talk.exchanges[0]?.carrier.respond(200, new Fields(), undefined)).toBeUndefined();
		expect(talk.exchanges[0]?.carrier.write(CONTENT)).toBe(100_000);
		talk.turn();
		expect(talk.statuses(1)).toEqual(['200']);
		expect(talk.content(1)).toHaveLength(0);
		// The transport is full: even little content waits.
		talk.exchanges[1]?.answer(200, 'little');
		talk.turn();
		expect(talk.content(3)).toHaveLength(0);
		room = 20_000;
		talk.engine.gather(room);
		expect(talk.engine.output.at).toBeGreaterThanOrEqual(20_000);
		expect(talk.engine.output.at).toBeLessThan(20_000 + 16384 + 200);
		talk.turn();
		expect(talk.content(1)).toEqual(CONTENT);
		expect(talk.text(3)).toBe('little');
		const sent = talk.exchanges[0]?.events
			.filter((event) => event.startsWith('sent'))
			.map((event) => Number(event.slice(5))) as number[];
		expect(sent).toEqual([...sent].sort((a, b) => b - a));
		expect(sent.at(-1)).toBe(0);
	});

	test('no octet is lost, no window passed, and all ends, under any windows and sizes', () => {
		const size = fc.integer({ min: 1, max: 40_000 });
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: 70_000 }),
				fc.array(
					fc.record({ chunks: fc.array(size, { maxLength: 6 }), trailers: fc.boolean(), credit: fc.boolean() }),
					{ minLength: 1, maxLength: 5 },
				),
				fc.array(
					fc.oneof(
						fc.record({ kind: fc.constant('stream' as const), which: fc.nat(4), size }),
						fc.record({ kind: fc.constant('connection' as const), which: fc.constant(0), size }),
						fc.record({
							kind: fc.constant('initial' as const),
							which: fc.constant(0),
							size: fc.integer({ min: 0, max: 70_000 }),
						}),
						fc.record({ kind: fc.constant('write' as const), which: fc.nat(4), size }),
					),
					{ maxLength: 40 },
				),
				fc.integer({ min: 1, max: 60_000 }),
				(initial, streams, steps, room) => {
					const talk = Talk.open({ room: () => room }, [INITIAL_WINDOW_SIZE, initial]);
					let granted = initial;
					let connection = 65535;
					const windows = streams.map(() => initial);
					const written = streams.map(() => [] as Uint8Array[]);
					const check = (): void => {
						expect(bytes(...talk.of(TYPES.DATA).map((sent) => sent.payload)).length).toBeLessThanOrEqual(connection);
						streams.forEach((_, i) => {
							// A window may shrink below what was sent; nothing is sent after that until it is positive again.
							if ((windows[i] as number) >= 0)
								expect(talk.content(i * 2 + 1).length).toBeLessThanOrEqual(
									Math.max(windows[i] as number, sentAt[i] as number),
								);
						});
						for (let i = 0; i < streams.length; i++) sentAt[i] = talk.content(i * 2 + 1).length;
					};
					const sentAt = streams.map(() => 0);
					talk.send(...streams.map((_, i) => get(i * 2 + 1)));
					const write = (i: number, length: number): void => {
						const chunk = Uint8Array.from({ length }, (_, at) => at * 31 + i);
						written[i]?.push(chunk);
						talk.exchanges[i]?.carrier.write(chunk);
					};
					streams.forEach(({ chunks }, i) => {
						talk.exchanges[i]?.carrier.respond(200, new Fields(), undefined);
						for (const length of chunks) write(i, length);
					});
					talk.turn();
					check();
					for (const step of steps) {
						const i = step.which % streams.length;
						if (step.kind === 'write') write(i, step.size);
						else if (step.kind === 'stream') {
							windows[i] = (windows[i] as number) + step.size;
							talk.send(windowUpdate(i * 2 + 1, step.size));
						} else if (step.kind === 'connection') {
							connection += step.size;
							talk.send(windowUpdate(0, step.size));
						} else {
							for (let at = 0; at < streams.length; at++) windows[at] = (windows[at] as number) + step.size - granted;
							granted = step.size;
							talk.send(settings([INITIAL_WINDOW_SIZE, step.size]));
						}
						talk.turn();
						check();
					}
					streams.forEach(({ trailers }, i) => {
						talk.exchanges[i]?.carrier.end(trailers ? Fields.of('x', 'y') : null);
					});
					talk.turn().send(windowUpdate(0, 0x3fffffff), settings([INITIAL_WINDOW_SIZE, 0x3fffffff]));
					streams.forEach(({ trailers }, i) => {
						expect(talk.content(i * 2 + 1)).toEqual(bytes(...(written[i] as Uint8Array[])));
						expect(talk.exchanges[i]?.outcome).toBe('complete 0');
						expect(talk.statuses(i * 2 + 1)).toEqual(trailers ? ['200', 'trailers'] : ['200']);
					});
					expect(talk.engine.exchanges).toBe(0);
				},
			),
			{ numRuns: 150 },
		);
	});
});
