/** spec/rich.md §4: backpressure, both ways. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { type ExchangeContext, OUTPUT_MARKS } from '../../src/rich/context.ts';
import { LiveExchange } from '../../src/rich/live-exchange.ts';
import { BackpressureFault } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { openExchange, POST } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { ScriptedCarrier, scriptedHead } from '../support/scripted-carrier.ts';
import { scriptedExchange } from '../support/scripted-exchange.ts';
import { settled } from '../support/settled.ts';

describe('RICH-22: the high mark and drain', () => {
	test('write says false from the mark on, 64 KiB by default', async () => {
		const { exchange, client } = await openExchange();
		client.client.pause();
		exchange.respond(200);
		expect(exchange.write(new Uint8Array(64 * 1024 - 1))).toBe(true);
		expect(exchange.write(new Uint8Array(1))).toBe(false);
		expect(exchange.write(new Uint8Array(0))).toBe(false);
	});

	test('drain comes once, when nothing waits any more, and not before', async () => {
		const carrier = new ScriptedCarrier();
		const exchange = scriptedExchange(carrier);
		const handler = new RecordingHandler();
		exchange.run(rich(() => handler));
		exchange.respond(200);
		expect(exchange.write(new Uint8Array(100_000))).toBe(false);
		expect(exchange.write(new Uint8Array(1))).toBe(false);
		exchange.sent(60_000);
		exchange.sent(1);
		expect(handler.log).toEqual([]);
		exchange.sent(0);
		exchange.sent(0);
		expect(handler.log).toEqual(['drain']);
	});

	test('a mark of 0 says false to every write, and keeps nothing back', async () => {
		for (const method of ['GET', 'HEAD']) {
			const { exchange, client } = await openExchange({ method }, true, { marks: { high: 0 } });
			exchange.respond(200);
			expect(exchange.write(utf8('x'))).toBe(false);
			exchange.end();
			await settled();
			expect(client.log.at(-1)).toBe('end');
		}
	});

	test('no drain is owed where write never said false', async () => {
		const { exchange, handler } = await openExchange(POST);
		exchange.respond(200);
		exchange.write(utf8('x'));
		await settled();
		expect(handler.log).toEqual([]);
	});

	test('never after end', async () => {
		const { exchange, client, handler } = await openExchange();
		client.client.pause();
		exchange.respond(200);
		expect(exchange.write(new Uint8Array(100_000))).toBe(false);
		exchange.end();
		client.client.resume();
		await settled();
		expect(handler.log).toEqual(['end', 'closed complete 0']);
	});

	test('drain that writes again gets the next drain', async () => {
		let rounds = 0;
		const client = recorded(
			rich((exchange) => {
				const fill = (): void => {
					if (++rounds > 20) exchange.end();
					else while (exchange.write(new Uint8Array(10)));
				};
				exchange.respond(200);
				fill();
				return { drain: fill };
			}),
			{},
			{ marks: { high: 100, hard: 200 } },
		);
		await settled();
		expect(rounds).toBe(21);
		expect(client.content.length).toBe(2000);
		expect(client.log.at(-1)).toBe('end');
	});

	test('a drain that fell due before a handler was attached comes on attach', async () => {
		const { exchange, handler } = await openExchange({}, false);
		exchange.respond(200);
		expect(exchange.write(new Uint8Array(100_000))).toBe(false);
		await settled();
		exchange.attach(handler);
		expect(handler.log).toEqual([]);
		await settled();
		expect(handler.log.filter((line) => line === 'drain')).toHaveLength(1);
	});
});

describe('RICH-23: the hard mark', () => {
	test('a chunk that would pass it throws, and is not accepted', async () => {
		const { exchange, client } = await openExchange();
		client.client.pause();
		exchange.respond(200);
		exchange.write(new Uint8Array(400 * 1024 - 1));
		exchange.write(new Uint8Array(1));
		expect(() => exchange.write(new Uint8Array(1))).toThrow(BackpressureFault);
		expect(() => exchange.write(new Uint8Array(1))).toThrow(
			'409600 bytes wait already: after write() returns false, wait for drain. (RICH-23)',
		);
		client.client.resume();
		await settled();
		expect(client.content.length).toBe(400 * 1024);
	});

	test('one chunk of any size is accepted into an empty buffer', async () => {
		const { exchange, client } = await openExchange();
		exchange.respond(200);
		expect(exchange.write(new Uint8Array(5_000_000))).toBe(false);
		expect(() => exchange.write(new Uint8Array(1))).toThrow(BackpressureFault);
		await settled();
		expect(exchange.write(new Uint8Array(1))).toBe(true);
		await settled();
		expect(client.content.length).toBe(5_000_001);
	});

	test('end with a chunk too many throws too, and the response is still open', async () => {
		const { exchange, client } = await openExchange({}, true, { marks: { high: 10, hard: 20 } });
		exchange.respond(200);
		exchange.write(new Uint8Array(20));
		expect(() => exchange.end(new Uint8Array(1))).toThrow(BackpressureFault);
		await settled();
		exchange.end(utf8('x'));
		await settled();
		expect(client.content.length).toBe(21);
	});

	test('Content-Length does not count what was not accepted', async () => {
		const { exchange, client } = await openExchange({}, true, { marks: { high: 10, hard: 20 } });
		exchange.respond(200, ['content-length', '30']);
		exchange.write(new Uint8Array(15));
		expect(() => exchange.write(new Uint8Array(15))).toThrow(BackpressureFault);
		await settled();
		exchange.end(new Uint8Array(15));
		await settled();
		expect(client.log.at(-1)).toBe('end');
	});
});

test('RICH-24: a chunk is the one that was given, and no two share what one may change', async () => {
	const chunks: Uint8Array[] = [];
	const client = recorded(
		rich(() => ({ data: (chunk: Uint8Array) => void chunks.push(chunk) })),
		POST,
	);
	for (let count = 0; count < 20; count++) client.client.send(Uint8Array.of(count, count));
	await settled();
	expect(chunks.map((chunk) => [...chunk])).toEqual(Array.from({ length: 20 }, (_, count) => [count, count]));
});

describe('RICH-25: a pause', () => {
	test('delivers nothing, credits nothing, and the client is told to wait', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.pause();
		let sent = 0;
		while (client.client.send(new Uint8Array(1000))) sent++;
		await settled();
		expect(sent).toBe(65);
		expect(handler.log).toEqual([]);
		expect(client.credited).toBe(0);
	});

	test('holds the carrier at the first chunk, and lets it go when nothing is held', async () => {
		const carrier = new ScriptedCarrier();
		const exchange = scriptedExchange(carrier);
		exchange.run(rich(() => ({ data: () => exchange.pause() })));
		exchange.content(utf8('a'));
		expect(carrier.log).toEqual(['credit 1']);
		exchange.content(utf8('b'));
		exchange.content(utf8('c'));
		expect(carrier.log).toEqual(['credit 1', 'hold']);
		exchange.resume();
		await settled();
		expect(carrier.log).toEqual(['credit 1', 'hold', 'credit 1']);
		exchange.resume();
		await settled();
		expect(carrier.log).toEqual(['credit 1', 'hold', 'credit 1', 'credit 1', 'release']);
	});

	test('does not keep back the end behind delivered content', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		client.client.send(utf8('a'));
		await settled();
		exchange.pause();
		client.client.end();
		await settled();
		expect(handler.log).toEqual(['data a', 'end']);
	});

	test('does not keep back the end behind what was held and then delivered', async () => {
		const log: string[] = [];
		const { exchange, client } = await openExchange(POST, false);
		exchange.pause();
		exchange.attach({
			data: () => {
				log.push('data');
				exchange.pause();
			},
			end: () => void log.push('end'),
		});
		client.client.send(utf8('a'));
		client.client.end();
		await settled();
		exchange.resume();
		await settled();
		expect(log).toEqual(['data', 'end']);
	});

	test('keeps the end behind content that is held', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.pause();
		client.client.send(utf8('a'));
		client.client.end();
		await settled();
		expect(handler.log).toEqual([]);
	});

	test('lets drain and closed through', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.pause();
		client.client.send(utf8('a'));
		exchange.respond(200);
		exchange.write(new Uint8Array(100_000));
		await settled();
		expect(handler.log).toEqual(['drain']);
		client.client.reset(8);
		await settled();
		expect(handler.log).toEqual(['drain', 'closed reset 8']);
	});
});

test('RICH-26: after resume everything comes, in order, however it is paused and cut', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.uint8Array({ maxLength: 60 }),
			fc.array(fc.constantFrom('pause', 'resume', 'send', 'send', 'send', 'turn'), { maxLength: 120 }),
			fc.nat({ max: 4 }),
			async (bytes, steps, pauseEvery) => {
				const seen: number[] = [];
				let ended = false;
				let chunks = 0;
				const { exchange, client } = await openExchange(POST, false);
				exchange.attach({
					data: (chunk) => {
						seen.push(...chunk);
						if (pauseEvery > 0 && ++chunks % pauseEvery === 0) exchange.pause();
					},
					end: () => {
						ended = true;
					},
				});
				let at = 0;
				for (const step of steps) {
					if (step === 'pause') exchange.pause();
					else if (step === 'resume') exchange.resume();
					else if (step === 'turn') await settled();
					else if (at < bytes.length) client.client.send(bytes.slice(at, ++at));
				}
				client.client.send(bytes.slice(at));
				client.client.end();
				for (let turn = 0; turn <= bytes.length + 1 && !ended; turn++) {
					exchange.resume();
					await settled();
				}
				expect(seen).toEqual([...bytes]);
				expect(ended).toBe(true);
				expect(client.credited).toBe(bytes.length);
			},
		),
		{ numRuns: 100 },
	);
});

describe('RICH-27: after discard', () => {
	test('neither data nor end come, of what is held or of what comes', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.pause();
		client.client.send(utf8('held'));
		await settled();
		exchange.discard();
		exchange.resume();
		client.client.send(utf8('more'));
		client.client.end();
		await settled();
		expect(handler.log).toEqual([]);
		exchange.respond(200);
		exchange.end();
		await settled();
		expect(handler.log).toEqual(['closed complete 0']);
		expect(client.credited).toBe(0);
	});

	test('inside data, of what is queued behind it', async () => {
		const log: string[] = [];
		const { exchange, client } = await openExchange(POST, false);
		client.client.send(utf8('a'));
		client.client.send(utf8('b'));
		client.client.end();
		await settled();
		exchange.attach({
			data: () => {
				log.push('data');
				exchange.discard();
			},
			end: () => void log.push('end'),
			closed: ({ reason }) => void log.push(reason),
		});
		await settled();
		expect(log).toEqual(['data']);
		client.client.reset(1);
		await settled();
		expect(log).toEqual(['data', 'reset']);
	});

	test('a client that resets in the same turn is still heard', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		client.client.reset(8);
		exchange.discard();
		await settled();
		expect(handler.log).toEqual(['closed reset 8']);
	});

	test('of a request that is whole asks nothing of the carrier', async () => {
		const carrier = new ScriptedCarrier();
		const exchange = scriptedExchange(carrier);
		exchange.run(rich(() => ({})));
		exchange.contentEnd(new Fields());
		exchange.discard();
		expect(carrier.log).toEqual([]);
	});
});

describe('RICH-23: the mark of a connection', () => {
	const marks = { ...OUTPUT_MARKS, high: 10, hard: 20, connection: 25 };

	/** Three exchanges that share a connection. */
	function three(): { exchanges: LiveExchange[]; context: ExchangeContext; logs: string[][] } {
		const context: ExchangeContext = {
			connection: { id: 1, peer: null, local: null, tls: null },
			marks,
			waiting: 0,
			held: 0,
			lending: false,
			whenReturned() {},
			report() {},
			awaiting() {},
			answered() {},
		};
		const logs: string[][] = [];
		const exchanges = [1, 2, 3].map(() => {
			const carrier = new ScriptedCarrier();
			const handler = new RecordingHandler();
			const exchange = new LiveExchange(carrier, scriptedHead(), context);
			exchange.run(rich(() => handler));
			exchange.respond(200);
			logs.push(handler.log);
			return exchange;
		});
		return { exchanges, context, logs };
	}

	test('write says false to all, takes one chunk more, then throws; drain comes to each for itself', () => {
		const { exchanges, context, logs } = three();
		const [one, two, small] = exchanges as [LiveExchange, LiveExchange, LiveExchange];
		expect(one.write(new Uint8Array(20))).toBe(false);
		expect(two.write(new Uint8Array(4))).toBe(true);
		expect(small.write(new Uint8Array(1))).toBe(false);
		expect(context.waiting).toBe(25);
		expect(two.write(new Uint8Array(1))).toBe(false);
		expect(() => small.write(new Uint8Array(1))).toThrow(BackpressureFault);
		expect(() => two.write(new Uint8Array(1))).toThrow('(RICH-23)');
		small.sent(0);
		expect(logs[2]).toEqual(['drain']);
		expect(small.write(new Uint8Array(1))).toBe(false);
	});

	test('what an exchange had waiting when it ended counts no more', () => {
		const { exchanges, context } = three();
		const [one, two] = exchanges as [LiveExchange, LiveExchange];
		one.write(new Uint8Array(20));
		two.write(new Uint8Array(5));
		one.abort();
		expect(context.waiting).toBe(5);
		one.sent(3);
		two.closed('lost', 0);
		expect(context.waiting).toBe(0);
	});
});
