/** WS-32 and WS-33 with the real Redis and NATS: two processes' worth of topics, a broker that dies and comes back. */
import { natsBroker } from 'rsgi/broker/nats';
import { redisBroker } from 'rsgi/broker/redis';
import { type Broker, topics, websocket } from 'rsgi/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BrokerServer } from '../support/broker-server.ts';
import { HANDSHAKES, WebSocketClient } from '../support/websocket-client.ts';
import { WebSocketLog } from '../support/websocket-log.ts';

const [, request] = HANDSHAKES[0] as (typeof HANDSHAKES)[number];

describe.each([
	[
		'redis',
		(port: number, failed: (error: unknown) => void): Broker =>
			redisBroker({ url: `redis://127.0.0.1:${port}`, failed }),
	],
	[
		'nats',
		(port: number, failed: (error: unknown) => void): Broker =>
			natsBroker({ servers: `nats://127.0.0.1:${port}`, failed }),
	],
] as const)('%s', (name, brokerAt) => {
	async function site(port: number) {
		const failures: unknown[] = [];
		const hub = topics({ broker: brokerAt(port, (error) => failures.push(error)) });
		const handlers = new WebSocketLog();
		const app = websocket(handlers, { topics: hub });
		await app.start?.();
		onTestFinished(async () => {
			for (const socket of handlers.sockets) socket.terminate();
			await app.stop?.();
		});
		return {
			hub,
			failures,
			/** A client of its own that is subscribed, and what it is told. */
			async join(topic: string) {
				const client = await WebSocketClient.connect(app, request());
				client.take();
				handlers.last.subscribe(topic);
				return { log: client.log, socket: handlers.last };
			},
		};
	}

	/** Publishes until it has arrived once, as subscribing takes its time; then drops what came. */
	async function meet(from: { hub: ReturnType<typeof topics> }, topic: string, log: string[]): Promise<void> {
		await expect
			.poll(
				() => {
					from.hub.publish(topic, 'are you there?');
					return log.length;
				},
				{ timeout: 15_000 },
			)
			.toBeGreaterThan(0);
		await new Promise((resolve) => setTimeout(resolve, 200));
		log.length = 0;
	}

	test.each(['news', 'a room: *.> "é☺"', 'x'.repeat(1024)])(
		'WS-32: messages reach the other process, topic %s',
		async (topic) => {
			const { port } = await BrokerServer.start(name);
			const [one, two] = [await site(port), await site(port)];
			const here = await one.join(topic);
			const there = await two.join(topic);
			const elsewhere = await two.join('other');
			await meet(one, topic, there.log);
			await meet(two, topic, here.log);
			there.log.length = 0;
			for (let at = 0; at < 200; at++) {
				one.hub.publish(topic, `é ${at}`);
				if (at % 50 === 0) here.socket.publish(topic, Uint8Array.of(1, 2, 3));
			}
			const all = Array.from({ length: 200 }, (_, at) => [
				`text é ${at}`,
				...(at % 50 === 0 ? ['binary 3'] : []),
			]).flat();
			await expect.poll(() => there.log.length, { timeout: 10_000 }).toBe(all.length);
			expect(there.log).toEqual(all);
			expect(here.log).toEqual(all.filter((line) => line !== 'binary 3'));
			expect(elsewhere.log).toEqual([]);
			await expect.poll(() => [one.hub.presence(topic), two.hub.presence(topic)], { timeout: 5000 }).toEqual([2, 2]);
			expect([...one.failures, ...two.failures]).toEqual([]);
		},
	);

	test('WS-32: a broker that dies disturbs nobody; when it is back, old and new topics are subscribed', async () => {
		const server = await BrokerServer.start(name);
		const [one, two] = [await site(server.port), await site(server.port)];
		const here = await one.join('old');
		const there = await two.join('old');
		await meet(one, 'old', there.log);
		here.log.length = 0;
		await server.kill();
		await expect.poll(() => Math.min(one.failures.length, two.failures.length), { timeout: 10_000 }).toBeGreaterThan(0);
		for (let at = 0; at < 1000; at++) one.hub.publish('old', `lost ${at}`);
		await expect.poll(() => here.log.length).toBe(1000);
		expect(there.log).toEqual([]);
		// Topics that come and go meanwhile.
		const young = await two.join('young');
		const brief = await two.join('brief');
		brief.socket.unsubscribe('brief');
		await server.up();
		await meet(one, 'old', there.log);
		await meet(one, 'young', young.log);
		expect(there.log.some((line) => line.includes('lost'))).toBe(false);
		one.hub.publish('brief', 'x');
		one.hub.publish('old', 'again');
		await expect.poll(() => there.log).toEqual(['text again']);
		expect(brief.log).toEqual([]);
	}, 60_000);

	test('WS-32: a server does not start without its broker', async () => {
		const server = await BrokerServer.start(name);
		await server.kill();
		const app = websocket({}, { topics: topics({ broker: brokerAt(server.port, () => {}) }) });
		await expect(app.start?.()).rejects.toThrow(/ECONNREFUSED|refused/);
	});
});

test('WS-1: options of brokers', () => {
	expect(() => redisBroker({ url: '' })).toThrow('WS-1');
	expect(() => redisBroker({ prefix: 'a b' })).toThrow('WS-1');
	expect(() => natsBroker({ servers: [3 as never] })).toThrow('WS-1');
});
