/** spec/rich.md §5: failures of the application. */
import { describe, expect, test } from 'vitest';
import { type RichFunction, rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { Handler } from '../../src/rich/handler.ts';
import { ExchangeEnded, type Outcome } from '../../src/rich/outcome.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { openExchange, POST } from '../support/open-exchange.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const broken = new Error('broken');
const fail = (): never => {
	throw broken;
};

/** Ways in which an application fails, once it has done what `first` does. */
const WAYS: readonly [string, (first: (exchange: Exchange) => void) => RichFunction][] = [
	[
		'the call throws',
		(first) => (exchange) => {
			first(exchange);
			return fail();
		},
	],
	[
		'the call rejects',
		(first) => async (exchange) => {
			await settled();
			first(exchange);
			return fail();
		},
	],
	[
		'data throws',
		(first) => (exchange) => ({
			data: () => {
				first(exchange);
				fail();
			},
		}),
	],
	[
		'data rejects',
		(first) => (exchange) => ({
			data: async () => {
				first(exchange);
				await settled();
				fail();
			},
		}),
	],
	[
		'end throws',
		(first) => (exchange) => ({
			end: () => {
				first(exchange);
				fail();
			},
		}),
	],
	[
		'priority rejects',
		(first) => (exchange) => ({
			priority: async () => {
				first(exchange);
				fail();
			},
		}),
	],
];

async function run(app: RichFunction, method = 'POST'): Promise<RecordedClient> {
	const client = recorded(rich(app), { ...POST, method });
	await settled();
	client.client.reprioritize({ urgency: 1, incremental: false });
	client.client.send(utf8('x'));
	client.client.end();
	for (let turn = 0; turn < 4; turn++) await settled();
	return client;
}

describe.each(WAYS)('RICH-28: %s', (_, way) => {
	test('before the response: 500', async () => {
		const client = await run(way(() => {}));
		expect(client.log.filter((line) => line !== 'discard')).toEqual([
			'respond 500 content-type: text/plain; charset=utf-8',
			'data Internal Server Error\n',
			'end',
		]);
		expect(client.faults).toEqual([broken]);
	});

	test('before the response to HEAD: 500 without content', async () => {
		const client = await run(
			way(() => {}),
			'HEAD',
		);
		expect(client.status).toBe(500);
		expect(client.content.length).toBe(0);
		expect(client.log).toContain('end');
	});

	test('after an informational response: 500', async () => {
		const client = await run(way((exchange) => exchange.inform?.(103)));
		expect(client.status).toBe(500);
	});

	test('after the response has begun: a reset', async () => {
		const client = await run(
			way((exchange) => {
				exchange.respond(200);
				exchange.write(utf8('partial'));
			}),
		);
		expect(client.log.at(-1)).toBe('reset 2');
		expect(client.log).not.toContain('end');
		expect(client.faults).toEqual([broken]);
	});

	test('after the response was ended: a line in the log', async () => {
		const client = await run(
			way((exchange) => {
				exchange.respond(200);
				exchange.end(utf8('whole'));
			}),
		);
		expect(client.log.filter((line) => line !== 'discard')).toEqual(['respond 200', 'data whole', 'end']);
		expect(client.faults).toEqual([broken]);
	});

	test('after the end: a line in the log', async () => {
		const client = await run(way((exchange) => exchange.abort(9)));
		expect(client.log).toEqual(['reset 9']);
		expect(client.faults).toEqual([broken]);
	});
});

describe('RICH-28: other failures', () => {
	test('a drain that throws, a closed that throws or rejects', async () => {
		for (const handler of [{ drain: fail }, { closed: fail }, { closed: async () => fail() }] satisfies Handler[]) {
			const client = recorded(
				rich((exchange) => {
					exchange.respond(200);
					exchange.write(new Uint8Array(100_000));
					return handler;
				}),
			);
			await settled();
			client.client.lose();
			await settled();
			expect(client.faults).toEqual([broken]);
		}
	});

	test('the handler hears how it ended, once, and nothing of the request', async () => {
		const log: string[] = [];
		const client = recorded(
			rich(() => ({
				data: () => {
					log.push('data');
					fail();
				},
				end: () => void log.push('end'),
				closed: ({ reason, code }: Outcome) => void log.push(`${reason} ${code}`),
			})),
			POST,
		);
		client.client.send(utf8('a'));
		client.client.send(utf8('b'));
		client.client.end();
		await settled();
		expect(log).toEqual(['data', 'aborted 2']);
		expect(client.status).toBe(500);
		expect(client.faults).toHaveLength(1);
	});

	test('after a 500 the rest of the application is inert, not misuse', async () => {
		let opened: Exchange | null = null;
		const client = recorded(
			rich((exchange) => {
				opened = exchange;
				return fail();
			}),
		);
		await settled();
		const exchange = opened as unknown as Exchange;
		exchange.respond(200);
		exchange.write(utf8('late'));
		exchange.end();
		await settled();
		expect(client.status).toBe(500);
		expect(client.text).toBe('Internal Server Error\n');
		expect(client.faults).toHaveLength(1);
	});

	test('a handler that fails after the response was ended is not called again and again', async () => {
		let calls = 0;
		const client = recorded(
			rich((exchange) => {
				exchange.respond(200);
				exchange.end();
				return {
					data: () => {
						calls++;
						fail();
					},
				};
			}),
			POST,
		);
		for (let count = 0; count < 10; count++) client.client.send(utf8('x'));
		await settled();
		expect(calls).toBe(1);
		expect(client.faults).toHaveLength(1);
	});

	test('touches no other exchange', async () => {
		const app = rich(async (exchange) => {
			await settled();
			if (exchange.target === '/broken') fail();
			exchange.respond(200);
			exchange.end();
		});
		const clients = ['/a', '/broken', '/b'].map((target) => recorded(app, { target }));
		for (let turn = 0; turn < 3; turn++) await settled();
		expect(clients.map(({ status }) => status)).toEqual([200, 500, 200]);
	});

	test('a pushed application that throws is a 500 of the pushed exchange alone', async () => {
		const { exchange, client } = await openExchange();
		exchange.push?.({ target: '/broken' }, rich(fail));
		exchange.respond(200);
		exchange.end(utf8('fine'));
		await settled();
		expect(client.text).toBe('fine');
		expect(client.pushes[0]?.status).toBe(500);
		expect(client.faults).toEqual([broken]);
	});

	test('that the exchange ended is no failure; that another one did is', async () => {
		const mine = recorded(
			rich(async (exchange) => {
				const how = await new Promise<Outcome>((resolve) => exchange.attach({ closed: resolve }));
				throw new ExchangeEnded(how);
			}),
		);
		const other = recorded(
			rich(async () => {
				throw new ExchangeEnded({ reason: 'lost', code: 0 });
			}),
		);
		await settled();
		mine.client.lose();
		await settled();
		expect(mine.faults).toEqual([]);
		expect(other.faults).toHaveLength(1);
		expect(other.status).toBe(500);
	});

	test('a tunnel handler that throws resets the tunnel, before and after our half has ended', async () => {
		for (const ends of [false, true]) {
			const log: string[] = [];
			const client = recorded(
				rich((exchange) => {
					const tunnel = exchange.accept?.([], {
						data: fail,
						closed: ({ reason, code }) => void log.push(`${reason} ${code}`),
					});
					if (ends) tunnel?.end();
				}),
				{ method: 'CONNECT' },
			);
			client.client.send(utf8('x'));
			await settled();
			expect(client.log.at(-1)).toBe('reset 2');
			expect(log).toEqual(['aborted 2']);
			expect(client.faults).toEqual([broken]);
		}
	});
});
