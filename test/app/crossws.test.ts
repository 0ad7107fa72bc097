/** WS-36: hooks as crossws defines them. */
import { describe, expect, test } from 'vitest';
import { type CrosswsHooks, type CrosswsPeer, crosswsToRich } from '../../src/integration/crossws.ts';
import { settled } from '../support/settled.ts';
import { HANDSHAKES, WebSocketClient } from '../support/websocket-client.ts';
import { BINARY, PING } from '../support/websocket-frames.ts';

describe.each(HANDSHAKES)('WS-36: crossws hooks, by %s', (_name, request) => {
	async function connect(options: Parameters<typeof crosswsToRich>[0], fields: readonly string[] = []) {
		const client = new WebSocketClient(crosswsToRich(options), request(fields));
		await expect.poll(() => client.log.length).toBeGreaterThan(0);
		return client;
	}

	test('error is called before close where the client broke a rule, and its failure does not keep close from it', async () => {
		const log: string[] = [];
		const hooks: CrosswsHooks = {
			error(_, error) {
				log.push(error.message);
				throw new Error('of the hook');
			},
			close: (_, details) => log.push(`close ${details.code}`),
		};
		const client = await connect({ hooks });
		// An opcode that is reserved.
		await client.send(3, 'x');
		client.client.end();
		await settled();
		expect(log).toEqual(['A frame has the opcode 3, which is reserved (RFC 6455 §5.2)', 'close 1002']);
		expect(client.faults.map(String)).toEqual(['Error: of the hook']);
	});

	test('error is not called where the client closed by itself, with whatever code', async () => {
		const log: string[] = [];
		const client = await connect({
			hooks: { error: () => log.push('error'), close: (_, { code }) => log.push(`close ${code}`) },
		});
		await client.close(1002);
		client.client.end();
		await settled();
		expect(log).toEqual(['close 1002']);
	});

	test('all hooks are called, with a peer and messages', async () => {
		const log: string[] = [];
		let peer: CrosswsPeer | null = null;
		const hooks: CrosswsHooks = {
			upgrade(asked) {
				log.push(`upgrade ${asked.method} ${new URL(asked.url).pathname} ${asked.headers.get('x-a')}`);
				return { headers: { 'x-set': '1', 'sec-websocket-protocol': 'b' }, context: { user: 'alice' } };
			},
			open(given) {
				peer = given;
				log.push(`open ${given.namespace} ${given.context.user} ${given.peers.size}`);
				given.send({ hello: 'there' });
			},
			message(given, message) {
				log.push(`message ${message.text()} ${message.uint8Array().length}`);
				given.send(message.rawData);
			},
			ping: (_, data) => log.push(`ping ${data.length}`),
			close: (given, details) => log.push(`close ${details.code} ${details.reason} ${given.peers.size}`),
		};
		const client = await connect({ hooks }, ['x-a', '7', 'sec-websocket-protocol', 'a, b']);
		await client.text('{"a":1}');
		await client.send(BINARY, Uint8Array.of(65, 66));
		await client.send(PING, 'xy');
		await client.close(4001, 'bye');
		client.client.end();
		await settled();
		expect(client.log).toEqual([
			'accept',
			'text {"hello":"there"}',
			'text {"a":1}',
			'binary 2',
			'pong xy',
			'close 4001 bye',
			'end',
		]);
		expect(log).toEqual([
			'upgrade GET /chat 7',
			'open /chat alice 1',
			'message {"a":1} 7',
			'message AB 2',
			'ping 2',
			'close 4001 bye 0',
		]);
		expect(client.fields?.first('x-set')).toBe('1');
		expect(client.fields?.first('sec-websocket-protocol')).toBe('b');
		expect((peer as CrosswsPeer | null)?.bufferedAmount).toBe(0);
		expect(client.faults).toEqual([]);
	});

	test.each([
		['returned', () => new Response('no', { status: 401, headers: { 'x-why': 'me' } })],
		['thrown', () => Promise.reject(new Response('no', { status: 401, headers: { 'x-why': 'me' } }))],
	])('a Response that upgrade has %s refuses', async (_how, upgrade) => {
		const client = await connect({ hooks: { upgrade } });
		expect(client.log[0]).toBe('respond 401');
		expect(client.fields?.first('x-why')).toBe('me');
	});

	test('resolve gives the hooks of a request, and topics are those of a namespace', async () => {
		const app = crosswsToRich({
			resolve: async (asked) =>
				(asked.headers.get('x-room') ?? '') === ''
					? undefined
					: {
							upgrade: () => ({ namespace: asked.headers.get('x-room') as string }),
							open: (peer) => peer.subscribe('all'),
							message: (peer, message) => peer.publish('all', message.text()),
						},
		});
		const clients = [];
		for (const room of ['a', 'a', 'b']) {
			const client = new WebSocketClient(app, request(['x-room', room]));
			await expect.poll(() => client.log).toEqual(['accept']);
			client.take();
			clients.push(client);
		}
		await clients[0]?.text('hello');
		await settled();
		expect(clients.map(({ log }) => log)).toEqual([[], ['text hello'], []]);
	});

	test('WS-1: without hooks', () => {
		expect(() => crosswsToRich({})).toThrow('WS-1');
	});
});
