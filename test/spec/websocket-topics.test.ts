/** spec/websocket.md §7: topics, here and in other processes. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Socket } from '../../src/app/websocket/socket.ts';
import { type TopicsOptions, topics, type WebSocketOptions, websocket } from '../../src/integration/websocket.ts';
import { MemoryNetwork } from '../support/memory-broker.ts';
import { settled } from '../support/settled.ts';
import { HANDSHAKES, WebSocketClient } from '../support/websocket-client.ts';
import { WebSocketLog } from '../support/websocket-log.ts';

const [[, upgrade], [, connect]] = HANDSHAKES as [(typeof HANDSHAKES)[number], (typeof HANDSHAKES)[number]];

/** One process: an application, and clients of it. */
class Site {
	readonly handlers = new WebSocketLog();
	readonly topics: ReturnType<typeof topics>;
	readonly app: ReturnType<typeof websocket>;
	readonly clients: WebSocketClient[] = [];

	constructor(options: TopicsOptions = {}, more: WebSocketOptions = {}) {
		this.topics = topics(options);
		this.app = websocket(this.handlers, { topics: this.topics, ...more });
	}

	async join(topic: string | null, fields: readonly string[] = [], marks = {}): Promise<Socket<string | undefined>> {
		const request = this.clients.length % 2 === 0 ? upgrade : connect;
		const client = await WebSocketClient.connect(this.app, request(fields), marks);
		client.take();
		this.clients.push(client);
		const socket = this.handlers.last;
		if (topic !== null) socket.subscribe(topic);
		return socket;
	}

	/** What each client was sent since the last call. */
	async told(): Promise<string[][]> {
		await settled();
		return this.clients.map((client) => client.take());
	}
}

describe('in one process', () => {
	test('WS-28: each subscriber gets a message once, in order, and nobody else does', async () => {
		const site = new Site();
		const first = await site.join('a');
		const second = await site.join('a');
		await site.join('b');
		first.subscribe('a');
		second.subscribe('b');
		site.topics.publish('a', 'one');
		site.topics.publish('b', Uint8Array.of(1, 2));
		site.topics.publish('none', 'lost');
		first.publish('a', 'from first');
		expect(await site.told()).toEqual([['text one'], ['text one', 'binary 2', 'text from first'], ['binary 2']]);
		second.unsubscribe('a');
		second.unsubscribe('never');
		site.topics.publish('a', 'two');
		expect(await site.told()).toEqual([['text two'], [], []]);
		expect(first.isSubscribed('a')).toBe(true);
		expect(second.isSubscribed('a')).toBe(false);
	});

	test.each(['', 'x'.repeat(1025), null, 3])('WS-25: %j names no topic', async (name) => {
		const site = new Site();
		const socket = await site.join(null);
		for (const use of ['subscribe', 'publish'] as const) {
			expect(() => socket[use](name as string, 'x')).toThrow('WS-25');
		}
		expect(() => site.topics.publish(name as string, 'x')).toThrow('WS-25');
	});

	test('WS-1: options of topics', () => {
		expect(() => topics({ slow: 'drop' as never })).toThrow("slow is 'terminate' or 'skip'");
	});

	test('WS-31: count follows those that come and go', async () => {
		const site = new Site();
		const first = await site.join('a');
		await site.join('a');
		first.subscribe('b');
		expect(['a', 'b', 'c'].map((name) => site.topics.count(name))).toEqual([2, 1, 0]);
		expect(site.topics.names()).toEqual(['a', 'b']);
		site.clients[0]?.client.lose();
		await settled();
		expect(['a', 'b'].map((name) => site.topics.count(name))).toEqual([1, 0]);
		expect(site.topics.names()).toEqual(['a']);
		first.subscribe('a');
		expect(site.topics.count('a')).toBe(1);
	});

	test('WS-29: one frame is made for all, also compressed; those with a context have their own', async () => {
		const site = new Site({}, { compression: { threshold: 0 } });
		const offer = ['sec-websocket-extensions', 'permessage-deflate'];
		for (let at = 0; at < 4; at++) await site.join('a', offer);
		await site.join('a', ['sec-websocket-extensions', 'permessage-deflate; server_max_window_bits=10']);
		await site.join('a');
		const chunks: Uint8Array[] = [];
		for (const { client } of site.clients) {
			const { data } = client.events;
			client.events.data = (chunk) => {
				chunks.push(chunk);
				data?.(chunk);
			};
		}
		site.topics.publish('a', 'to be compressed '.repeat(20));
		await settled();
		expect(new Set(chunks.slice(0, 4)).size).toBe(1);
		expect(new Set(chunks).size).toBe(3);
		expect(site.clients.map(({ frames }) => frames[0]?.rsv1)).toEqual([true, true, true, true, true, false]);

		const takeover = new Site({}, { compression: { threshold: 0, contextTakeover: true } });
		await takeover.join('a', offer);
		await takeover.join('a', offer);
		for (let at = 0; at < 3; at++) takeover.topics.publish('a', 'to be compressed '.repeat(20));
		await settled();
		for (const { frames } of takeover.clients) {
			expect(frames.map(({ payload }) => payload.length)[2]).toBeLessThan((frames[0]?.payload.length as number) / 2);
		}
	});

	test('WS-28: the publisher may change its octets at once', async () => {
		const site = new Site();
		await site.join('a');
		site.clients[0]?.client.pause();
		const octets = new Uint8Array(20_000).fill(1);
		site.topics.publish('a', octets);
		octets.fill(2);
		site.clients[0]?.client.resume();
		await settled();
		expect(site.clients[0]?.frames[0]?.payload).toEqual(new Uint8Array(20_000).fill(1));
	});

	test.each(['terminate', 'skip'] as const)(
		'WS-30: a subscriber that takes no more is met by %s, the others get all',
		async (slow) => {
			const site = new Site({ slow });
			await site.join('a');
			await site.join('a', [], { high: 1000, hard: 2000 });
			await site.join('a');
			site.clients[1]?.client.pause();
			for (let round = 0; round < 30; round++) {
				site.topics.publish('a', String(round).padStart(200, '.'));
				await settled();
			}
			const all = Array.from({ length: 30 }, (_, round) => `text ${String(round).padStart(200, '.')}`);
			site.clients[1]?.client.resume();
			const [first, second, third] = await site.told();
			expect(first).toEqual(all);
			expect(third).toEqual(all);
			if (slow === 'terminate') expect(second).toEqual(['reset 8']);
			else expect(second).toEqual(all.slice(0, second?.length));
			expect(site.topics.count('a')).toBe(slow === 'terminate' ? 2 : 3);
		},
	);

	test('WS-30: subscribers that go, close and subscribe in the midst of publishing lose no message of others', async () => {
		const kind = fc.constantFrom('lose', 'reset', 'terminate', 'close', 'leave', 'join', 'publish');
		await fc.assert(
			fc.asyncProperty(fc.array(fc.tuple(kind, fc.nat(9)), { maxLength: 40 }), async (steps) => {
				const site = new Site();
				const faithful = await site.join('a');
				const sockets: Socket<string | undefined>[] = [faithful];
				for (let at = 0; at < 9; at++) sockets.push(await site.join('a'));
				let published = 0;
				for (const [step, which] of steps) {
					const at = 1 + (which % 9);
					const socket = sockets[at] as Socket<string | undefined>;
					if (step === 'lose') site.clients[at]?.client.lose();
					else if (step === 'reset') site.clients[at]?.client.reset(8);
					else if (step === 'terminate') socket.terminate();
					else if (step === 'close') socket.close();
					else if (step === 'leave') socket.unsubscribe('a');
					else if (step === 'join') socket.subscribe('a');
					else site.topics.publish('a', String(published++));
				}
				const [told] = await site.told();
				expect(told).toEqual(Array.from({ length: published }, (_, number) => `text ${number}`));
				expect(site.clients.flatMap(({ faults }) => faults)).toEqual([]);
			}),
			{ numRuns: 60 },
		);
	});
});

describe('between processes', () => {
	async function sites(count: number, options: Omit<TopicsOptions, 'broker'> = {}) {
		const network = new MemoryNetwork();
		const all = Array.from({ length: count }, () => new Site({ ...options, broker: network.broker() }));
		for (const { app } of all) await app.start?.();
		network.calls.length = 0;
		return { network, all };
	}

	test('WS-32: what is published reaches all processes once, whoever publishes it', async () => {
		const { all } = await sites(3);
		const [one, two, three] = all as [Site, Site, Site];
		const socket = await one.join('a');
		await one.join('a');
		await two.join('a');
		await three.join('b');
		socket.publish('a', 'from a socket');
		two.topics.publish('a', 'é☺');
		three.topics.publish('a', Uint8Array.of(9));
		await settled();
		expect(await one.told()).toEqual([
			['text é☺', 'binary 1'],
			['text from a socket', 'text é☺', 'binary 1'],
		]);
		expect(await two.told()).toEqual([['text é☺', 'text from a socket', 'binary 1']]);
		expect(await three.told()).toEqual([[]]);
	});

	test('WS-32: the broker is asked for a topic while there is a subscriber, and once', async () => {
		const { network, all } = await sites(1);
		const [site] = all as [Site];
		const first = await site.join('a');
		const second = await site.join('a');
		first.unsubscribe('a');
		second.unsubscribe('a');
		await site.app.stop?.();
		expect(network.calls).toEqual(['subscribe a', 'unsubscribe a', 'stop']);
	});

	test('WS-32: topics that had subscribers before the start are subscribed by it; start and stop are counted', async () => {
		const network = new MemoryNetwork();
		const site = new Site({ broker: network.broker() });
		await site.join('early');
		const other = websocket({}, { topics: site.topics });
		await site.app.start?.();
		await other.start?.();
		await site.app.stop?.();
		expect(network.calls).toEqual(['start', 'subscribe early']);
		await other.stop?.();
		expect(network.calls).toEqual(['start', 'subscribe early', 'stop']);
	});

	test('WS-32: without its broker a process goes on by itself', async () => {
		const { network, all } = await sites(2);
		const [one, two] = all as [Site, Site];
		await one.join('a');
		await two.join('a');
		network.isLost = true;
		one.topics.publish('a', 'here');
		await settled();
		expect([await one.told(), await two.told()]).toEqual([[['text here']], [[]]]);
		network.isLost = false;
		one.topics.publish('a', 'again');
		await settled();
		expect([await one.told(), await two.told()]).toEqual([[['text again']], [['text again']]]);
	});

	test('WS-32: a broker that cannot start keeps the server from starting; what is no envelope is dropped', async () => {
		const failing = new Site({
			broker: { ...new MemoryNetwork().broker(), start: () => Promise.reject(new Error('no broker')) },
		});
		await expect(failing.app.start?.()).rejects.toThrow('no broker');
		let deliver: (topic: string, message: Uint8Array) => void = () => {};
		const site = new Site({
			broker: {
				...new MemoryNetwork().broker(),
				start: (given) => {
					deliver = given;
				},
			},
		});
		await site.app.start?.();
		await site.join('a');
		for (const length of [0, 5, 16, 17, 18, 40]) {
			for (const kind of [0, 1, 2, 3, 4, 255]) deliver('a', new Uint8Array(length).fill(kind));
		}
		await settled();
		expect(site.clients[0]?.faults).toEqual([]);
		await site.app.stop?.();
	});

	describe('presence', () => {
		beforeEach(() => {
			vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
		});
		afterEach(() => {
			vi.useRealTimers();
		});

		async function pass(milliseconds: number): Promise<void> {
			vi.advanceTimersByTime(milliseconds);
			await settled();
			vi.advanceTimersByTime(150);
			await settled();
		}

		test('WS-33: presence comes to the sum of all processes, and forgets those that are gone', async () => {
			const { network, all } = await sites(3);
			const [one, two, three] = all as [Site, Site, Site];
			await one.join('a');
			await one.join('a');
			await pass(200);
			expect(one.topics.presence('a')).toBe(2);
			const leaving = await two.join('a');
			await three.join('a');
			await pass(200);
			await pass(200);
			expect(all.map(({ topics }) => topics.presence('a'))).toEqual([4, 4, 4]);
			leaving.unsubscribe('a');
			await pass(200);
			expect([one.topics.presence('a'), three.topics.presence('a')]).toEqual([3, 3]);
			// The third dies without a word.
			network.isLost = true;
			await pass(31_000);
			expect(one.topics.presence('a')).toBe(2);
			network.isLost = false;
			await pass(11_000);
			expect(one.topics.presence('a')).toBe(3);
			for (const { app } of all) await app.stop?.();
			for (const { clients } of all) for (const { client } of clients) client.lose();
			await settled();
			expect(vi.getTimerCount()).toBe(0);
		});
	});
});
