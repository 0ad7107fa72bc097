/** spec/adapters.md §3: the response of a rich application on a gateway, and how its exchange ends. */
import { ErrorCode, type Exchange, ExchangeEnded, rich, utf8 } from 'rsgi';
import { gatewayToRich, richToGateway } from 'rsgi/adapters';
import type { ErrorStream, GatewayApp } from 'rsgi/gateway';
import { describe, expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { FedInput, openOnGateway, ReadGateway } from '../support/read-gateway.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { settled } from '../support/settled.ts';

const chunk = (length: number): Uint8Array => new Uint8Array(length).fill(0x78);

describe('ADAPT-22: what cannot pass', () => {
	test('is null, as on a connection that cannot do it', async () => {
		const { exchange } = await openOnGateway(null);
		expect([exchange.inform, exchange.push, exchange.accept, exchange.trailers]).toEqual([null, null, null, false]);
		expect(() => exchange.respond(200)).not.toThrow();
		expect(() => exchange.end(null, ['x-a', '1'])).toThrow('RICH-20');
	});

	test('is without effect, where it is no capability', async () => {
		const { exchange } = await openOnGateway({});
		exchange.retire();
		exchange.priority = { urgency: 1, incremental: true };
		expect(exchange.priority.urgency).toBe(1);
		expect(richToGateway(rich(() => {}, { protocols: ['websocket'] })).protocols).toBeUndefined();
	});
});

describe('ADAPT-23: startResponse', () => {
	test('is called with the status line, and the lines in order', async () => {
		const read = await ReadGateway.of((exchange) => {
			exchange.respond(426, [
				'X-A',
				'1',
				'upgrade',
				'toy',
				'x-a',
				'2',
				'TE',
				'x',
				'set-cookie',
				'a',
				'set-cookie',
				'b',
			]);
			exchange.end();
		});
		expect(read.log).toEqual(['426 Upgrade Required X-A: 1 x-a: 2 set-cookie: a set-cookie: b']);
	});

	test('has the reason of the application, or the standard one, or none', async () => {
		for (const [status, reason, line] of [
			[200, undefined, '200 OK'],
			[200, 'Fine', '200 Fine'],
			[200, '', '200 '],
			[599, undefined, '599 '],
		] as const) {
			const read = await ReadGateway.of((exchange) => {
				exchange.respond(status, [], reason);
				exchange.end();
			});
			expect(read.log).toEqual([line]);
		}
	});

	test('is called in the first step when the application responds later', async () => {
		const { exchange, read } = await openOnGateway({});
		exchange.respond(200);
		await settled();
		expect(read.log).toEqual([]);
		const first = read.next();
		await settled();
		expect(read.log).toEqual(['200 OK']);
		exchange.write(utf8('a'));
		expect(await first).toBe('a');
		expect(read.log).toHaveLength(1);
	});

	test('that throws breaks the exchange off', async () => {
		const refused = new Error('refused');
		const handler = new RecordingHandler();
		const calls = ReadGateway.of(
			(exchange) => {
				exchange.attach(handler);
				exchange.respond(200);
				expect(exchange.write(utf8('a'))).toBe(true);
			},
			{},
			refused,
		);
		await expect(calls).rejects.toBe(refused);
		expect(handler.log).toEqual(['end', 'closed lost 0']);
	});
});

describe('ADAPT-24: the body', () => {
	test('is sync where the response is whole', async () => {
		const read = await ReadGateway.of((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('a'));
			exchange.end(utf8('b'));
		});
		expect(read.reader.async).toBe(false);
		expect([...(read.body as Iterable<Uint8Array>)]).toEqual([utf8('a'), utf8('b')]);
		expect(read.body.close?.()).toBeUndefined();
	});

	test('gives each chunk when it is written', async () => {
		const { exchange, read } = await openOnGateway({});
		const first = read.next();
		exchange.respond(200);
		exchange.write(utf8('a'));
		expect(await first).toBe('a');
		exchange.write(utf8('b'));
		exchange.write(utf8('c'));
		expect([await read.next(), await read.next()]).toEqual(['b', 'c']);
		const end = read.next();
		exchange.end();
		expect(await end).toBeNull();
	});

	test('of HEAD is empty, and the exchange complete', async () => {
		const handler = new RecordingHandler();
		const read = await ReadGateway.of(
			(exchange) => {
				exchange.respond(200, ['content-length', '5']);
				exchange.end(utf8('hello'));
				return handler;
			},
			{ REQUEST_METHOD: 'HEAD' as never },
		);
		expect(await read.rest()).toEqual([]);
		expect(handler.log).toEqual(['end', 'closed complete 0']);
	});
});

describe('ADAPT-26: backpressure', () => {
	test('counts a block until the next is asked for', async () => {
		const handler = new RecordingHandler();
		const { exchange, read } = await openOnGateway(handler);
		exchange.respond(200);
		expect(exchange.write(chunk(64 * 1024 - 1))).toBe(true);
		expect(exchange.write(chunk(1))).toBe(false);
		await read.next();
		await read.next();
		await settled();
		expect(handler.log).toEqual(['end']);
		const next = read.next();
		await settled();
		expect(handler.log).toEqual(['end', 'drain']);
		exchange.end();
		expect(await next).toBeNull();
	});

	test('throws past the hard mark', async () => {
		const { exchange } = await openOnGateway({});
		exchange.respond(200);
		exchange.write(chunk(400 * 1024));
		expect(() => exchange.write(chunk(1))).toThrow('RICH-23');
	});

	for (const rounds of [1, 2, 4]) {
		test(`a reader that stalls bounds what is held through ${rounds} rounds of adapters`, async () => {
			let written = 0;
			let app: GatewayApp = richToGateway(
				rich(async (exchange) => {
					let wake = (): void => {};
					let closed = false;
					exchange.attach({
						drain: () => wake(),
						closed: () => {
							closed = true;
							wake();
						},
					});
					exchange.respond(200);
					while (!closed) {
						written += 8192;
						if (exchange.write(chunk(8192))) await settled();
						else {
							await new Promise<void>((resolve) => {
								wake = resolve;
							});
						}
					}
				}),
			);
			for (let round = 1; round < rounds; round++) app = richToGateway(gatewayToRich(app));
			const client = recorded(gatewayToRich(app));
			client.client.pause();
			for (let turns = 0; turns < 400; turns++) await settled();
			// The high mark of each exchange on the way, and a block in each hand.
			const most = (rounds + 1) * (64 * 1024 + 2 * 8192);
			expect(written).toBeLessThanOrEqual(most);
			const before = written;
			for (let turns = 0; turns < 100; turns++) await settled();
			expect(written).toBe(before);
			client.client.resume();
			for (let turns = 0; turns < 400; turns++) await settled();
			expect(written).toBeGreaterThan(before + 64 * 1024);
			client.client.reset(ErrorCode.CANCEL);
			for (let turns = 0; turns < 50; turns++) await settled();
			const after = written;
			for (let turns = 0; turns < 50; turns++) await settled();
			expect(written).toBe(after);
			expect(client.faults).toEqual([]);
		});
	}
});

describe('ADAPT-27: failures', () => {
	const boom = new Error('boom');

	test('before respond are the error of the call, or of the first step', async () => {
		const failing = ReadGateway.of(() => {
			throw boom;
		});
		await expect(failing).rejects.toBe(boom);
		const read = await ReadGateway.of(async () => {
			await settled();
			throw boom;
		});
		await expect(read.next()).rejects.toBe(boom);
		expect(read.log).toEqual([]);
		await read.reader.close();
	});

	test('of a closed handler, where there is no body, go to wsgi.errors', async () => {
		let written = '';
		const errors: ErrorStream = {
			write(text) {
				written += text;
			},
			writelines() {},
			flush() {},
		};
		const failing = ReadGateway.of(
			(exchange) => {
				exchange.attach({
					closed() {
						throw new Error('late');
					},
				});
				throw boom;
			},
			{ 'wsgi.errors': errors },
		);
		await expect(failing).rejects.toBe(boom);
		await settled();
		expect(written).toContain('late');
	});

	test('after respond come behind what was written', async () => {
		const read = await ReadGateway.of(async (exchange) => {
			exchange.respond(200);
			exchange.write(utf8('a'));
			await settled();
			exchange.write(utf8('b'));
			throw boom;
		});
		expect(await read.next()).toBe('a');
		await settled();
		expect(await read.next()).toBe('b');
		await expect(read.next()).rejects.toBe(boom);
		await read.reader.close();
	});

	test('a response that is short is one', async () => {
		const read = await ReadGateway.of((exchange) => {
			exchange.respond(200, ['content-length', '5']);
			exchange.end(utf8('four'));
		});
		expect(await read.next()).toBe('four');
		await expect(read.next()).rejects.toThrow('RICH-19');
	});

	test('after end come from close()', async () => {
		const read = await ReadGateway.of(async (exchange) => {
			exchange.respond(200);
			exchange.end(utf8('a'));
			await settled();
			throw boom;
		});
		expect(await read.next()).toBe('a');
		expect(await read.next()).toBeNull();
		await expect((async () => read.reader.close())()).rejects.toBe(boom);
	});

	test('that no step has told come from close() too', async () => {
		const read = await ReadGateway.of(async (exchange) => {
			exchange.respond(200);
			exchange.write(utf8('a'));
			await settled();
			throw boom;
		});
		await settled();
		await settled();
		await expect((async () => read.reader.close())()).rejects.toBe(boom);
	});

	test('an abort is one, and chunks are the application’s again at once', async () => {
		const { exchange, read } = await openOnGateway({});
		exchange.respond(200);
		const mine = utf8('a');
		exchange.write(mine);
		exchange.abort(ErrorCode.ENHANCE_YOUR_CALM);
		mine.fill(0);
		expect(await read.next()).toBe('a');
		const error: unknown = await read.next().catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(ExchangeEnded);
		expect((error as ExchangeEnded).outcome).toEqual({ reason: 'aborted', code: ErrorCode.ENHANCE_YOUR_CALM });
		expect(await read.next()).toBeNull();
		await read.reader.close();
	});

	test('an abort after end breaks off what was not read', async () => {
		const { exchange, read } = await openOnGateway(null);
		exchange.respond(200);
		exchange.end(utf8('a'));
		exchange.abort();
		await expect(read.next()).rejects.toBeInstanceOf(ExchangeEnded);
	});
});

describe('ADAPT-28: a refusal', () => {
	for (const refuse of [
		(exchange: Exchange) => exchange.refuse(),
		(exchange: Exchange) => exchange.abort(ErrorCode.REFUSED_STREAM),
	]) {
		test(`by ${refuse.toString().slice(15)} is a 503`, async () => {
			const handler = new RecordingHandler();
			const read = await ReadGateway.of((exchange) => {
				exchange.attach(handler);
				refuse(exchange);
			});
			expect(read.log).toEqual(['503 Service Unavailable content-type: text/plain; charset=utf-8 retry-after: 0']);
			expect((await read.rest()).join('')).toContain('may be made again');
			expect(handler.log).toEqual([`closed aborted ${ErrorCode.REFUSED_STREAM}`]);
		});
	}
});

describe('ADAPT-29: the outcome', () => {
	test('is complete when the end was asked for', async () => {
		const handler = new RecordingHandler();
		const { exchange, read } = await openOnGateway(handler);
		exchange.respond(200);
		exchange.end(utf8('a'));
		await read.next();
		await settled();
		expect(handler.log).toEqual(['end']);
		await read.next();
		expect(handler.log).toEqual(['end', 'closed complete 0']);
		await read.reader.close();
		expect(exchange.outcome).toEqual({ reason: 'complete', code: 0 });
	});

	test('is complete when there was no block to ask for', async () => {
		const handler = new RecordingHandler();
		const { exchange, read } = await openOnGateway(handler);
		exchange.respond(304);
		exchange.end();
		await read.reader.close();
		expect(handler.log).toEqual(['end', 'closed complete 0']);
	});

	const early: Record<string, (exchange: Exchange, read: ReadGateway) => unknown> = {
		'close() of a body that was never read': (_exchange, read) => read.reader.close(),
		'return() behind a block': async (exchange, read) => {
			exchange.respond(200);
			exchange.write(utf8('a'));
			await read.next();
			await read.reader.stop();
		},
		'close() before the last block was followed by a step': async (exchange, read) => {
			exchange.respond(200);
			exchange.end(utf8('a'));
			await read.next();
			await read.reader.close();
		},
		'close() while a step is pending': async (_exchange, read) => {
			const step = read.next();
			await read.reader.stop();
			expect(await step).toBeNull();
		},
	};
	for (const [name, act] of Object.entries(early)) {
		test(`is reset after ${name}`, async () => {
			const handler = new RecordingHandler();
			const { exchange, read } = await openOnGateway(handler);
			await act(exchange, read);
			await settled();
			expect(handler.log).toEqual(['end', `closed reset ${ErrorCode.CANCEL}`]);
			await read.reader.close();
			await (read.body.close as () => unknown)();
			expect(handler.log).toHaveLength(2);
			// And everything after it is inert.
			expect(exchange.write(utf8('x'))).toBe(false);
			exchange.abort();
			expect(await read.next()).toBeNull();
		});
	}

	test('is what ended the content, where it is known', async () => {
		for (const [error, told] of [
			[new ExchangeEnded({ reason: 'reset', code: 5 }), 'closed reset 5'],
			[new ExchangeEnded({ reason: 'timeout', code: 0 }), 'closed timeout 0'],
			[new Error('too large'), 'closed lost 0'],
		] as const) {
			const input = new FedInput();
			const handler = new RecordingHandler();
			const { read } = await openOnGateway(handler, { 'wsgi.input': input, CONTENT_LENGTH: '9' as never });
			const step = read.next().catch((thrown: unknown) => thrown);
			input.feed(error);
			expect(await step).toBe(error);
			expect(handler.log).toEqual([told]);
			await read.reader.close();
		}
	});
});

test('ADAPT-30: close() waits for what is under way', async () => {
	const log: string[] = [];
	const app = richToGateway(
		rich(async (exchange) => {
			exchange.attach({
				async closed() {
					await settled();
					log.push('handler');
				},
			});
			await settled();
			await settled();
			log.push('call');
		}),
	);
	const body = await app(environOf(), () => async () => {});
	const closed = body.close?.();
	expect(log).toEqual([]);
	await closed;
	expect(log).toEqual(['handler', 'call']);
});
