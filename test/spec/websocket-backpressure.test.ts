/** spec/websocket.md §5 and §6: backpressure and compression. */
import { constants, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { websocket } from '../../src/integration/websocket.ts';
import { BackpressureFault } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { settled } from '../support/settled.ts';
import { HANDSHAKES, WebSocketClient } from '../support/websocket-client.ts';
import { BINARY, CLOSE, closing, frame, joined, PING, TEXT } from '../support/websocket-frames.ts';
import { WebSocketLog } from '../support/websocket-log.ts';

const MARKS = { high: 1000, hard: 2000 };

describe.each(HANDSHAKES)('by %s', (_name, request) => {
	async function open(options = {}, marks: { high: number; hard: number } = MARKS) {
		const handlers = new WebSocketLog();
		const client = await WebSocketClient.connect(websocket(handlers, options), request(), marks);
		client.take();
		handlers.take();
		client.client.pause();
		return { handlers, client, socket: handlers.last };
	}

	test('WS-20: send says false at the high mark, and drain comes once when all has been taken', async () => {
		const { handlers, client, socket } = await open();
		expect(socket.send('x'.repeat(500))).toBe(true);
		expect(socket.send('x'.repeat(600))).toBe(false);
		expect(socket.send('last')).toBe(false);
		await settled();
		expect(handlers.log).toEqual([]);
		client.client.resume();
		await settled();
		expect(handlers.take()).toEqual(['drain']);
		expect(client.take().length).toBe(3);
		expect(socket.send('again')).toBe(true);
		await settled();
		expect(handlers.log).toEqual([]);
	});

	test('WS-21: beyond the hard mark send throws, and nothing of the message is sent', async () => {
		const { client, socket } = await open();
		expect(socket.send('x'.repeat(1500))).toBe(false);
		for (const message of ['y'.repeat(600), new Uint8Array(30_000), 'z'.repeat(40_000)]) {
			expect(() => socket.send(message)).toThrow(BackpressureFault);
			expect(() => socket.send(message)).toThrow('WS-21');
		}
		expect(socket.send('small')).toBe(false);
		client.client.resume();
		await settled();
		expect(client.log).toEqual([`text ${'x'.repeat(1500)}`, 'text small']);
	});

	test.each([10, 1999, 2001, 20_000, 300_000])(
		'WS-21: a message of %i octets is taken while send has not said false',
		async (length) => {
			for (const before of [0, 1, 900]) {
				for (const message of [new Uint8Array(length), 'x'.repeat(length)]) {
					const { handlers, client, socket } = await open();
					if (before > 0) expect(socket.send('b'.repeat(before))).toBe(true);
					const more = socket.send(message);
					if (!more) expect(() => socket.send('x'.repeat(5000))).toThrow('WS-21');
					client.client.resume();
					await settled();
					await settled();
					expect(handlers.take()).toEqual(more ? [] : ['drain']);
					expect(client.log.at(-1)).toBe(typeof message === 'string' ? `text ${message}` : `binary ${length}`);
					expect(client.faults).toEqual([]);
				}
			}
		},
	);

	test('WS-22: a client that sends and does not read is slowed down, and loses nothing', async () => {
		const { handlers, client, socket } = await open();
		handlers.onMessage = (_, message) => socket.send(message);
		const taken = (): number => handlers.log.filter((line) => line.startsWith('message')).length;
		for (let round = 0; round < 200; round++) client.client.send(frame(TEXT, `${round}`.padStart(100, '.')));
		await settled();
		expect(taken()).toBeLessThan(20);
		expect(socket.bufferedAmount).toBeLessThan(2200);
		client.client.resume();
		for (let turn = 0; turn < 400; turn++) await settled();
		expect(taken()).toBe(200);
		expect(client.log).toEqual(Array.from({ length: 200 }, (_, round) => `text ${`${round}`.padStart(100, '.')}`));
		expect(client.faults).toEqual([]);
	});

	test('WS-22: with readsWhileBlocked messages go on', async () => {
		const { handlers, client, socket } = await open({ readsWhileBlocked: true });
		socket.send('x'.repeat(1500));
		await client.text('still');
		expect(handlers.log).toEqual(['message still']);
	});

	test('WS-15: of Pings that wait for the client the last is answered', async () => {
		const { handlers, client, socket } = await open({ readsWhileBlocked: true });
		socket.send('x'.repeat(1500));
		for (let round = 0; round < 1000; round++) client.client.send(frame(PING, String(round)));
		await settled();
		expect(handlers.log.length).toBe(1000);
		expect(socket.bufferedAmount).toBeLessThan(1600);
		client.client.resume();
		await settled();
		expect(client.log.slice(1)).toEqual(['pong 999']);
	});

	test('WS-23: bufferedAmount is what the transport has not got', async () => {
		const { client, socket } = await open();
		expect(socket.bufferedAmount).toBe(0);
		socket.send('x'.repeat(100));
		expect(socket.bufferedAmount).toBe(102);
		socket.cork(() => {
			socket.send('y');
			expect(socket.bufferedAmount).toBe(105);
		});
		socket.send(new Uint8Array(50_000));
		expect(socket.bufferedAmount).toBe(105 + 4 + 50_000);
		client.client.resume();
		await settled();
		expect(socket.bufferedAmount).toBe(0);
	});

	test('WS-17: close behind what waits, and behind what waits beyond the hard mark', async () => {
		for (const length of [1500, 50_000]) {
			const { handlers, client, socket } = await open();
			socket.send('x');
			socket.send(new Uint8Array(length));
			socket.close(4000);
			await settled();
			client.client.resume();
			await settled();
			expect(client.take()).toEqual(['text x', `binary ${length}`, 'close 4000']);
			await client.close(4000);
			client.client.end();
			await settled();
			expect(client.take()).toEqual(['end']);
			expect(handlers.log).toEqual(['close 4000']);
		}
	});

	test('WS-17: the client’s Close frame is read and answered while it is waited for', async () => {
		const { handlers, client, socket } = await open({ readsWhileBlocked: true });
		socket.send('x');
		socket.send(new Uint8Array(50_000));
		await client.close(1000);
		client.client.resume();
		await settled();
		expect(client.log).toEqual(['text x', 'binary 50000', 'close 1000', 'end']);
		client.client.end();
		await settled();
		expect(handlers.log).toEqual(['close 1000']);
	});

	test('any messages at any marks come out in order, whole, or throw', async () => {
		const sizes = fc.array(fc.constantFrom(0, 1, 60, 126, 500, 1000, 1700, 17_000, 40_000), { maxLength: 12 });
		const marks = fc.constantFrom({ high: 1, hard: 2 }, { high: 64, hard: 100 }, { high: 1000, hard: 1001 }, MARKS);
		await fc.assert(
			fc.asyncProperty(sizes, marks, fc.boolean(), fc.boolean(), async (lengths, limits, corked, isText) => {
				const { client, socket } = await open({}, limits);
				const expected: string[] = [];
				const sendAll = (): void => {
					for (const length of lengths) {
						try {
							socket.send(isText ? 'x'.repeat(length) : new Uint8Array(length));
							expected.push(isText ? `text ${'x'.repeat(length)}` : `binary ${length}`);
						} catch (error) {
							if (!(error instanceof BackpressureFault)) throw error;
						}
					}
				};
				if (corked) socket.cork(sendAll);
				else sendAll();
				client.client.resume();
				for (let turn = 0; turn < 5; turn++) await settled();
				expect(client.log).toEqual(expected);
				expect(socket.bufferedAmount).toBe(0);
				expect(socket.send('last')).toBe(limits.high > 6);
				await settled();
				expect(client.log.at(-1)).toBe('text last');
				expect(client.faults).toEqual([]);
			}),
			{ numRuns: 150 },
		);
	});
});

describe.each(HANDSHAKES)('WS-27: compression, by %s', (_name, request) => {
	const offer = ['sec-websocket-extensions', 'permessage-deflate'];

	async function open(compression: object | true = true) {
		const handlers = new WebSocketLog();
		const client = await WebSocketClient.connect(websocket(handlers, { compression }), request(offer));
		client.take();
		return { handlers, client, socket: handlers.last };
	}

	function inflated(payload: Uint8Array): string {
		return String(
			inflateRawSync(joined(payload, Uint8Array.of(0, 0, 255, 255)), { finishFlush: constants.Z_SYNC_FLUSH }),
		);
	}

	test('up to 2 MiB, unless send says so: what would hold everybody goes as it is', async () => {
		const { client, socket } = await open();
		const long = new Uint8Array(2 * 1024 * 1024 + 1);
		socket.send(long.subarray(1));
		socket.send(long, { compress: true });
		socket.send(long);
		await settled();
		expect(client.frames.map(({ rsv1 }) => rsv1)).toEqual([true, true, false]);
	});

	test('from the threshold on, where it makes it shorter, and as send says', async () => {
		const { client, socket } = await open({ threshold: 100 });
		socket.send('a'.repeat(99));
		socket.send('a'.repeat(100));
		socket.send(crypto.getRandomValues(new Uint8Array(200)));
		socket.send('a'.repeat(200), { compress: false });
		socket.send('aaaaaaaaaaaaaaaaaaaa', { compress: true });
		socket.send('', { compress: true });
		await settled();
		expect(client.frames.map(({ rsv1, payload }) => (rsv1 ? inflated(payload).length : -payload.length))).toEqual([
			-99, 100, -200, -200, 20, -0,
		]);
	});

	test('messages of the client are inflated, and bounded', async () => {
		const { handlers, client } = await open();
		await client.send(TEXT, Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00), { bits: 0x40 });
		await client.send(TEXT, Uint8Array.of(0xf2, 0x00, 0x11, 0x00, 0x00), { bits: 0x40 });
		expect(handlers.log).toEqual(['open', 'message Hello', 'message Hello']);
	});

	test('with context takeover messages refer to earlier ones', async () => {
		const { client, socket } = await open({ contextTakeover: true, threshold: 0 });
		const message = `{"user":"alice","text":"${'the quick brown fox '.repeat(3)}"}`;
		socket.send(message);
		socket.send(message);
		await settled();
		const [first, second] = client.frames;
		expect(inflated(first?.payload as Uint8Array)).toBe(message);
		expect(second?.payload.length).toBeLessThan((first?.payload.length as number) / 4);
		const whole = joined(first?.payload as Uint8Array, Uint8Array.of(0, 0, 255, 255), second?.payload as Uint8Array);
		expect(inflated(whole)).toBe(message + message);
	});
});

test('a Close frame of the client in the midst of what it does not read', async () => {
	const [, request] = HANDSHAKES[0] as (typeof HANDSHAKES)[number];
	const handlers = new WebSocketLog();
	const client = await WebSocketClient.connect(websocket(handlers), request(), MARKS);
	client.client.pause();
	handlers.last.send('x'.repeat(1500));
	client.client.send(joined(frame(BINARY, 'unread'), frame(CLOSE, closing(1001))));
	await settled();
	expect(handlers.log).toEqual(['open']);
	client.client.lose();
	await settled();
	expect(handlers.log).toEqual(['open', 'close 1006']);
	expect(utf8('')).toEqual(new Uint8Array(0));
});
