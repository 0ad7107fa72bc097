/** spec/websocket.md §2 to §4: events, messages, closing. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Socket } from '../../src/app/websocket/socket.ts';
import { websocket } from '../../src/integration/websocket.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { settled } from '../support/settled.ts';
import { HANDSHAKES, WebSocketClient } from '../support/websocket-client.ts';
import { BINARY, CLOSE, closing, frame, joined, PING, PONG, TEXT } from '../support/websocket-frames.ts';
import { WebSocketLog } from '../support/websocket-log.ts';

describe.each(HANDSHAKES)('by %s', (_name, request) => {
	async function open(options = {}) {
		const handlers = new WebSocketLog();
		const app = websocket(handlers, options);
		const client = await WebSocketClient.connect(app, request());
		client.take();
		handlers.take();
		return { app, handlers, client, socket: handlers.last };
	}

	describe('events', () => {
		test('WS-10: they come in order, within one read and cut anywhere', async () => {
			const all = joined(
				frame(TEXT, 'one'),
				frame(PING, 'p'),
				frame(BINARY, Uint8Array.of(1, 2), { fin: false }),
				frame(PONG, 'q'),
				frame(0, Uint8Array.of(3)),
				frame(CLOSE, closing(1001, 'bye')),
			);
			for (const size of [1, 5, all.length]) {
				const handlers = new WebSocketLog();
				const client = new WebSocketClient(websocket(handlers), request());
				for (let at = 0; at < all.length; at += size) client.client.send(all.slice(at, at + size));
				client.client.end();
				await settled();
				expect(handlers.log).toEqual(['open', 'message one', 'ping p', 'pong q', 'message 1,2,3', 'close 1001 bye']);
				expect(client.log).toEqual(['accept', 'pong p', 'close 1001 bye', 'end']);
				expect(client.faults).toEqual([]);
			}
		});

		test('WS-11: nothing is delivered after close was called', async () => {
			const { handlers, client, socket } = await open();
			handlers.onMessage = () => socket.close(4000, 'enough');
			client.client.send(joined(frame(TEXT, 'one'), frame(TEXT, 'two'), frame(PING, 'x')));
			await settled();
			expect(client.take()).toEqual(['close 4000 enough']);
			await client.text('three');
			await client.close(4000, 'yes');
			client.client.end();
			await settled();
			expect(handlers.log).toEqual(['message one', 'close 4000 yes']);
			expect(client.log).toEqual(['end']);
			expect(socket.isOpen).toBe(false);
		});

		test('WS-12: a handler that throws or rejects closes with 1011, and is logged when all is over', async () => {
			for (const fail of [
				() => {
					throw new Error('mine');
				},
				async () => {
					throw new Error('mine');
				},
			]) {
				const { handlers, client } = await open();
				handlers.onMessage = fail;
				client.client.send(joined(frame(TEXT, 'one'), frame(TEXT, 'two')));
				await settled();
				expect(client.log).toContain('close 1011');
				await client.close(1011);
				client.client.end();
				await settled();
				expect(client.log.at(-1)).toBe('end');
				expect(handlers.log.at(-1)).toBe('close 1011');
				expect(client.faults.map(String)).toEqual(['Error: mine']);
			}
		});

		test('WS-12: a handler that rejects after the end is logged, and that is all', async () => {
			const { handlers, client } = await open();
			const working = Promise.withResolvers<void>();
			handlers.onMessage = () => working.promise;
			await client.text('one');
			client.client.lose();
			await settled();
			expect(handlers.log.at(-1)).toBe('close 1006');
			working.reject(new Error('late'));
			await settled();
			expect(client.faults.map(String)).toEqual(['Error: late']);
		});

		test.each(['open', 'ping', 'close'] as const)('WS-12: %s that throws is logged', async (event) => {
			const failing = {
				[event]() {
					throw new Error(event);
				},
			};
			const client = await WebSocketClient.connect(websocket(failing), request());
			await client.send(PING);
			client.client.send(frame(CLOSE));
			client.client.end();
			await settled();
			expect(client.faults.map(String)).toEqual([`Error: ${event}`]);
		});

		test('WS-13: after pause nothing is delivered until resume, and nothing is lost', async () => {
			const { handlers, client, socket } = await open();
			handlers.onMessage = () => socket.pause();
			client.client.send(joined(frame(TEXT, 'one'), frame(TEXT, 'two'), frame(PING, 'p'), frame(TEXT, 'three')));
			await client.text('four');
			expect(handlers.take()).toEqual(['message one']);
			socket.resume();
			expect(handlers.take()).toEqual([]);
			await settled();
			expect(handlers.take()).toEqual(['message two']);
			handlers.onMessage = null;
			socket.resume();
			socket.pause();
			socket.resume();
			await settled();
			expect(handlers.take()).toEqual(['ping p', 'message three', 'message four']);
		});

		test('WS-13: close and terminate work on a paused socket', async () => {
			const { handlers, client, socket } = await open();
			socket.pause();
			await client.text('unread');
			socket.close(1000);
			await settled();
			await client.close(1000);
			client.client.end();
			await settled();
			expect(handlers.log).toEqual(['close 1000']);
			const other = await open();
			other.socket.pause();
			other.socket.terminate();
			await settled();
			expect(other.handlers.log).toEqual(['close 1006']);
			expect(other.client.log).toEqual(['reset 8']);
		});
	});

	describe('messages', () => {
		test('WS-14: text and octets, each in one frame', async () => {
			const { client, socket } = await open();
			const large = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 31) & 0xff);
			for (const message of ['', 'text ☺', 'x'.repeat(200), 'é'.repeat(20_000), utf8('octets'), large]) {
				expect(socket.send(message)).toBe(message.length < 30_000);
				await settled();
			}
			expect(client.log).toEqual([
				'text ',
				'text text ☺',
				`text ${'x'.repeat(200)}`,
				`text ${'é'.repeat(20_000)}`,
				'binary 6',
				'binary 100000',
			]);
			expect(client.frames.at(-1)?.payload).toEqual(large);
			for (const message of [null, 3, {}, new ArrayBuffer(3)]) {
				expect(() => socket.send(message as never)).toThrow('WS-14');
				expect(() => socket.publish('a', message as never)).toThrow('WS-14');
			}
		});

		test('WS-14: octets received are the application’s', async () => {
			const { handlers, client } = await open();
			const kept: Uint8Array[] = [];
			handlers.onMessage = (_, message) => kept.push(message as Uint8Array);
			for (let round = 0; round < 20; round++) await client.send(BINARY, new Uint8Array(50).fill(round));
			kept.forEach((message, round) => {
				expect(message).toEqual(new Uint8Array(50).fill(round));
			});
		});

		test('WS-15: a Ping is answered before the handler is told, and a Pong goes to it', async () => {
			const { handlers, client, socket } = await open();
			await client.send(PING, 'x'.repeat(125));
			expect(client.take()).toEqual([`pong ${'x'.repeat(125)}`]);
			socket.ping('are you there');
			socket.ping();
			await settled();
			expect(client.take()).toEqual(['ping are you there', 'ping ']);
			await client.send(PONG, 'yes');
			expect(handlers.log.at(-1)).toBe('pong yes');
			expect(() => socket.ping('x'.repeat(126))).toThrow('WS-15');
		});

		test('WS-16: what is sent within an event leaves in one piece, in order', async () => {
			const { handlers, client, socket } = await open();
			handlers.onMessage = (_, message) => {
				socket.send(`a${message}`);
				socket.send(utf8('b'));
				socket.ping('c');
				socket.send('x'.repeat(100));
			};
			const before = client.chunks;
			client.client.send(joined(frame(TEXT, '1'), frame(TEXT, '2')));
			await settled();
			const each = (n: number) => [`text a${n}`, 'binary 1', 'ping c', `text ${'x'.repeat(100)}`];
			expect(client.take()).toEqual([...each(1), ...each(2)]);
			expect(client.chunks - before).toBe(1);
			socket.cork(() => {
				for (let at = 0; at < 5; at++) socket.send(String(at));
			});
			await settled();
			expect(client.chunks - before).toBe(2);
			expect(client.take()).toEqual([0, 1, 2, 3, 4].map((at) => `text ${at}`));
		});

		test('WS-16: sockets that send to one another while they gather keep their orders', async () => {
			const handlers = new WebSocketLog();
			const app = websocket(handlers);
			const clients = [
				await WebSocketClient.connect(app, request()),
				await WebSocketClient.connect(app, request()),
			] as const;
			const [first, second] = handlers.sockets as [Socket<string | undefined>, Socket<string | undefined>];
			first.cork(() => {
				for (let at = 0; at < 3; at++) {
					first.send(`f${at}`);
					second.cork(() => {
						second.send(`s${at}`);
						first.send(`g${at}`);
						second.send('y'.repeat(20_000));
					});
					first.send(utf8('z'.repeat(17_000)));
				}
			});
			await settled();
			const [one, two] = clients.map((client) => client.log.filter((line) => line !== 'accept'));
			expect(one).toEqual([0, 1, 2].flatMap((at) => [`text f${at}`, `text g${at}`, 'binary 17000']));
			expect(two).toEqual([0, 1, 2].flatMap((at) => [`text s${at}`, `text ${'y'.repeat(20_000)}`]));
		});

		test('WS-16: what was gathered leaves also when the event throws', async () => {
			const { client, socket } = await open();
			expect(() =>
				socket.cork(() => {
					socket.send('before');
					throw new Error('x');
				}),
			).toThrow('x');
			await settled();
			expect(client.take()).toEqual(['text before']);
		});
	});

	describe('closing', () => {
		test('WS-17: close sends code and reason, 1000 without', async () => {
			const { client, socket } = await open();
			socket.close();
			socket.close(4000);
			await settled();
			expect(client.take()).toEqual(['close 1000']);
			const other = await open();
			other.socket.close(1013, 'x'.repeat(123));
			await settled();
			expect(other.client.take()).toEqual([`close 1013 ${'x'.repeat(123)}`]);
		});

		test.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN])(
			'WS-17: the code %d throws',
			async (code) => {
				const { socket } = await open();
				expect(() => socket.close(code)).toThrow('WS-17');
				expect(() => socket.close(1000, '☺'.repeat(42))).toThrow('WS-17');
			},
		);

		test.each([
			['WS-17: its code and reason are answered', closing(3456, 'so'), 'close 3456 so', 'close 3456 so'],
			['WS-19: without a code 1005 is told', '', 'close', 'close 1005'],
		])('%s', async (_what, payload, answered, told) => {
			const { handlers, client } = await open();
			await client.send(CLOSE, payload);
			expect(client.take()).toEqual([answered, 'end']);
			expect(handlers.log).toEqual([]);
			client.client.end();
			await settled();
			expect(handlers.log).toEqual([told]);
		});

		test('WS-19: an end without a Close frame, a reset and a lost connection are 1006', async () => {
			for (const leave of ['end', 'lose', 'reset'] as const) {
				const { handlers, client, socket } = await open();
				if (leave === 'reset') client.client.reset(8);
				else client.client[leave]();
				await settled();
				expect(handlers.log).toEqual(['close 1006']);
				expect(client.faults).toEqual([]);
				// After the end commands do nothing.
				expect(socket.send('x')).toBe(false);
				socket.ping();
				socket.cork(() => socket.send('y'));
				socket.pause();
				socket.resume();
				socket.close();
				socket.terminate();
				socket.subscribe('a');
				socket.publish('a', 'b');
				expect(socket.isSubscribed('a')).toBe(false);
				expect(socket.bufferedAmount).toBe(0);
			}
		});

		test('WS-19: a client that breaks a rule is told the code, and the handler the rule', async () => {
			const { handlers, client } = await open({ limits: { messageSize: 10 } });
			client.client.send(joined(frame(TEXT, 'one'), frame(3, 'x'), frame(TEXT, 'two')));
			await settled();
			expect(client.log[0]).toMatch(/^close 1002 A frame has the opcode 3, .*\(RFC 6455 §5\.2\)$/);
			expect(client.log[1]).toBe('end');
			client.client.end();
			await settled();
			expect(handlers.log).toEqual([
				'message one',
				'close 1002 A frame has the opcode 3, which is reserved (RFC 6455 §5.2)',
			]);
			expect(handlers.last.fault?.rule).toBe('RFC 6455 §5.2');
			expect(client.faults).toEqual([]);
		});

		test('WS-26: limits end it with 1009', async () => {
			const { handlers, client } = await open({ limits: { messageSize: 10 } });
			await client.text('x'.repeat(10));
			await client.text('x'.repeat(11));
			client.client.end();
			await settled();
			expect(handlers.log.at(-1)).toContain('close 1009 A message is longer than 10 octets');
			const frames = await open({ limits: { messageFrames: 2 } });
			const part = frame(0, '', { fin: false });
			frames.client.client.send(joined(frame(TEXT, 'a', { fin: false }), part, part));
			await settled();
			expect(frames.client.log[0]).toContain('close 1009');
		});
	});

	test('closeAll closes every socket, and size counts them', async () => {
		const handlers = new WebSocketLog();
		const app = websocket(handlers);
		const clients = await Promise.all([1, 2, 3].map(() => WebSocketClient.connect(app, request())));
		expect(app.size).toBe(3);
		app.closeAll(1012, 'again');
		await settled();
		for (const client of clients) {
			expect(client.log.at(-1)).toBe('close 1012 again');
			await client.close(1012);
			client.client.end();
		}
		await settled();
		expect(app.size).toBe(0);
	});
});

describe('time', () => {
	beforeEach(() => {
		vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	const [, request] = HANDSHAKES[0] as (typeof HANDSHAKES)[number];

	async function pass(milliseconds: number): Promise<void> {
		vi.advanceTimersByTime(milliseconds);
		await settled();
	}

	async function open(options = {}) {
		const handlers = new WebSocketLog();
		const client = await WebSocketClient.connect(websocket(handlers, options), request());
		client.take();
		handlers.take();
		return { handlers, client, socket: handlers.last };
	}

	test('WS-24: silence is met by a Ping, then another, and then by an end', async () => {
		const { handlers, client } = await open({ pingEvery: 10_000, idle: 35_000 });
		await pass(9_000);
		expect(client.take()).toEqual([]);
		await pass(2_000);
		expect(client.take()).toEqual(['ping ']);
		await client.send(PONG);
		await pass(9_000);
		expect(client.take()).toEqual([]);
		await pass(15_000);
		expect(client.take()).toEqual(['ping ', 'ping ']);
		await pass(14_000);
		expect(client.log.at(-1)).toBe('reset 8');
		expect(handlers.log).toEqual(['pong ', 'close 1006 Nothing was heard for 35000 ms']);
	});

	test('WS-24: a socket that is held back is not silent', async () => {
		const { handlers, socket } = await open({ pingEvery: 10_000, idle: 20_000 });
		socket.pause();
		await pass(100_000);
		expect(handlers.log).toEqual([]);
		socket.resume();
		await settled();
		await pass(25_000);
		expect(handlers.log[0]).toContain('close 1006');
	});

	test('WS-24: one timer serves all sockets, and none is left behind', async () => {
		const app = websocket({});
		const clients = await Promise.all([1, 2, 3].map(() => WebSocketClient.connect(app, request())));
		expect(vi.getTimerCount()).toBe(1);
		for (const { client } of clients) client.lose();
		await settled();
		expect(vi.getTimerCount()).toBe(0);
	});

	test('WS-18: a client that does not close its half is cut off', async () => {
		const { handlers, client } = await open({ closing: 3000 });
		await client.close(1000);
		expect(client.take()).toEqual(['close 1000', 'end']);
		await pass(2000);
		expect(handlers.log).toEqual([]);
		await pass(3000);
		expect(client.take()).toEqual(['reset 8']);
		expect(handlers.log).toEqual(['close 1000']);
	});

	test('WS-18: a client that does not answer our Close frame is cut off', async () => {
		const { handlers, client, socket } = await open({ closing: 3000 });
		socket.close(1000);
		await settled();
		await pass(4000);
		expect(client.take()).toEqual(['close 1000', 'reset 8']);
		expect(handlers.log).toEqual(['close 1006']);
	});
});
