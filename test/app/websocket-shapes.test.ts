/** spec/websocket.md §8: sockets for those who prefer events, and for those who prefer loops. */
import { describe, expect, test } from 'vitest';
import { fetchServerToRich } from '../../src/adapter/fetch-server-to-rich.ts';
import {
	type EventSocket,
	eventSockets,
	type MessageLoop,
	messageLoops,
	WebSocketEnded,
	webSocketOpener,
	websocket,
} from '../../src/integration/websocket.ts';
import { fetchServer } from '../../src/layer/fetch-server/app.ts';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import { settled } from '../support/settled.ts';
import { HANDSHAKES, WebSocketClient } from '../support/websocket-client.ts';
import { BINARY, frame, joined, shown, TEXT } from '../support/websocket-frames.ts';

describe.each(HANDSHAKES)('by %s', (_name, request) => {
	describe('WS-34: events', () => {
		async function open(run: (socket: EventSocket, exchange: Exchange) => unknown = () => {}, marks = {}) {
			let socket!: EventSocket;
			const log: string[] = [];
			const app = eventSockets(
				(given, exchange) => {
					socket = given;
					given.addEventListener('open', () => log.push(`open ${given.readyState}`));
					given.onmessage = ({ data }) =>
						log.push(`message ${typeof data === 'string' ? data : data.constructor.name}`);
					given.onerror = () => log.push('error');
					given.onclose = ({ code, reason, wasClean }) =>
						log.push(`close ${code} ${reason} ${wasClean} ${given.readyState}`);
					return run(given, exchange);
				},
				{ subprotocols: ['a'] },
			);
			const client = await WebSocketClient.connect(app, request(['sec-websocket-protocol', 'a']), marks);
			client.take();
			return { socket, log, client };
		}

		test('it opens after the function was called, and is what a browser’s is', async () => {
			const { socket, log, client } = await open((given) => {
				expect(given.readyState).toBe(0);
				expect(() => given.send('early')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }));
			});
			expect(log).toEqual(['open 1']);
			expect(socket.protocol).toBe('a');
			expect(socket.url).toMatch(/^wss?:\/\/example\.org\/chat$/);
			expect([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED]).toEqual([0, 1, 2, 3]);
			client.client.send(joined(frame(TEXT, 'one'), frame(BINARY, Uint8Array.of(1, 2))));
			await settled();
			socket.binaryType = 'blob';
			await client.send(BINARY, Uint8Array.of(3));
			expect(log.splice(0)).toEqual(['open 1', 'message one', 'message ArrayBuffer', 'message Blob']);
			await client.close(4000, 'bye');
			client.client.end();
			await settled();
			expect(log).toEqual(['close 4000 bye true 3']);
			socket.send('late');
			socket.close();
		});

		test('text, buffers, views and blobs are sent in the order of the calls', async () => {
			const { socket, client } = await open();
			socket.send('text');
			socket.send(new Uint8Array([1, 2, 3]).buffer);
			socket.send(new Uint16Array([1, 2]).subarray(1));
			socket.send(new Blob(['blob']));
			socket.send('behind');
			expect(socket.bufferedAmount).toBeGreaterThanOrEqual(10);
			socket.close(3001, 'done');
			expect(socket.readyState).toBe(2);
			await expect
				.poll(() => client.log)
				.toEqual(['text text', 'binary 3', 'binary 2', 'binary 4', 'text behind', 'close 3001 done']);
			expect(socket.bufferedAmount).toBe(0);
		});

		test('an end without a Close frame is an error and 1006; handlers can be replaced', async () => {
			const { socket, log, client } = await open();
			socket.onmessage = () => log.push('second');
			socket.onmessage = null;
			expect(socket.onmessage).toBe(null);
			await client.text('x');
			client.client.lose();
			await settled();
			expect(log).toEqual(['open 1', 'error', 'close 1006  false 3']);
		});

		test.each([999, 1001, 1005, 2999, 5000])('close(%i) throws', async (code) => {
			const { socket } = await open();
			expect(() => socket.close(code)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }));
			expect(() => socket.close(1000, 'x'.repeat(124))).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
		});

		test('closed before it opens', async () => {
			const { log, client } = await open((given) => given.close());
			expect(client.frames.map(shown)).toEqual(['close 1000']);
			await client.close(1000);
			client.client.end();
			await settled();
			expect(log).toEqual(['close 1000  true 3']);
		});
	});

	describe('WS-35: loops', () => {
		async function open(run: (loop: MessageLoop) => unknown, marks = {}) {
			const client = await WebSocketClient.connect(messageLoops(run), request(), marks);
			client.take();
			return client;
		}

		test('an echo reads no faster than its client takes, and ends with it', async () => {
			let taken = 0;
			let end: unknown = null;
			const client = await open(
				async (loop) => {
					for await (const message of loop) {
						taken++;
						await loop.send(message);
					}
					end = await loop.closed;
				},
				{ high: 200, hard: 400 },
			);
			client.client.pause();
			client.client.send(joined(...Array.from({ length: 50 }, (_, at) => frame(TEXT, String(at).padStart(50, '.')))));
			await settled();
			expect(taken).toBeLessThan(8);
			client.client.resume();
			for (let turn = 0; turn < 100; turn++) await settled();
			expect(client.take()).toEqual(Array.from({ length: 50 }, (_, at) => `text ${String(at).padStart(50, '.')}`));
			await client.close(3000, 'bye');
			client.client.end();
			await settled();
			expect(end).toEqual({ code: 3000, reason: 'bye' });
			expect(client.faults).toEqual([]);
		});

		test('leaving the loop closes with 1000, and so does returning', async () => {
			const left = await open(async (loop) => {
				for await (const message of loop) if (message === 'stop') break;
			});
			await left.text('go on');
			await left.text('stop');
			expect(left.log).toEqual(['close 1000']);
			const returned = await open(() => {});
			expect(returned.frames.map(shown)).toEqual(['close 1000']);
		});

		test('an end without a Close frame throws, which is no failure; another throw is 1011', async () => {
			const ends: unknown[] = [];
			const client = await open(async (loop) => {
				try {
					for await (const _ of loop);
				} catch (error) {
					ends.push(error);
					throw error;
				}
			});
			client.client.lose();
			await settled();
			expect(ends[0]).toBeInstanceOf(WebSocketEnded);
			expect(client.faults).toEqual([]);
			const failing = await open(async (loop) => {
				await loop.next();
				throw new Error('mine');
			});
			await failing.text('x');
			expect(failing.log).toEqual(['close 1011']);
			await failing.close(1011);
			failing.client.end();
			await settled();
			expect(failing.faults.map(String)).toEqual(['Error: mine']);
		});

		test('send rejects when it ends first, and harms nobody who does not await it', async () => {
			const results: string[] = [];
			const client = await open(
				async (loop) => {
					await loop.next();
					loop.send('x'.repeat(500)).catch((error: Error) => results.push(error.name));
					void loop.send('y');
					await loop.closed;
					await loop.send('late').catch((error: Error) => results.push(error.name));
				},
				{ high: 100, hard: 1000 },
			);
			client.client.pause();
			await client.text('go');
			client.client.lose();
			await settled();
			expect(results).toEqual(['WebSocketEnded', 'WebSocketEnded']);
			expect(client.faults).toEqual([]);
		});
	});

	describe('WS-37: accepted within another application', () => {
		test('upgradeWebSocket of the Fetch Server API gives a socket with events', async () => {
			const app = fetchServerToRich(
				fetchServer({
					fetch: () => new Response('no'),
					connect(ctx) {
						const socket = ctx.upgradeWebSocket({ protocol: ['chat', 'a'] }) as EventSocket;
						socket.addEventListener('message', ({ data }) => socket.send(`${socket.protocol}: ${data}`));
					},
				}),
				{ webSocket: webSocketOpener() },
			);
			const client = new WebSocketClient(app, request(['sec-websocket-protocol', 'a']));
			await expect.poll(() => client.log).toEqual(['accept']);
			await client.text('hello');
			await client.close(1000);
			expect(client.log).toEqual(['accept', 'text a: hello', 'close 1000', 'end']);
			expect(client.faults).toEqual([]);
		});

		test('or throws, and leaves the exchange as it was', async () => {
			const sockets = websocket({});
			const errors: string[] = [];
			const app = rich(
				(exchange) => {
					try {
						sockets.accept(exchange);
					} catch (error) {
						errors.push(String(error));
						exchange.respond(403);
						exchange.end();
					}
				},
				{ protocols: ['websocket'] },
			);
			expect((await WebSocketClient.connect(app, request())).log).toEqual(['accept']);
			const refused = [
				request(['origin', 'https://evil.example']),
				{ ...request(), fields: [] },
				{ httpVersion: '1.1' as const },
			];
			for (const wrong of refused) {
				expect((await WebSocketClient.connect(app, wrong)).log).toEqual(['respond 403', 'end']);
			}
			expect(errors.map((error) => /WS-37/.test(error))).toEqual([true, true, true]);
		});
	});
});
