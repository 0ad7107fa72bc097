/** spec/rich.md §8: ending, priority, capabilities, wrapping. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { Handler } from '../../src/rich/handler.ts';
import { WrappedExchange } from '../../src/rich/wrapped-exchange.ts';
import { Fields, type FieldsInit } from '../../src/wire/fields.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { CONNECT, openExchange, POST, UPGRADE } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { settled } from '../support/settled.ts';

describe('RICH-38: abort, refuse, retire', () => {
	test.each([-1, 1.5, 2 ** 32, Number.NaN, '8' as never])('a code of %s is none', async (code) => {
		const { exchange } = await openExchange();
		expect(() => exchange.abort(code)).toThrow('An error code is an unsigned 32-bit number (RFC 9113 §7)');
		expect(exchange.outcome).toBeNull();
	});

	test('abort drops what was written and not yet sent', async () => {
		const { exchange, client } = await openExchange();
		client.client.pause();
		exchange.respond(200);
		exchange.write(utf8('x'));
		exchange.abort();
		await settled();
		expect(client.log).toEqual(['reset 8']);
	});

	test('abort after end resets a request that still comes', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.respond(200);
		exchange.end();
		await settled();
		exchange.abort(0);
		await settled();
		expect(client.log.at(-1)).toBe('reset 0');
		expect(handler.log).toEqual(['closed aborted 0']);
	});

	test('refuse throws once a response has begun', async () => {
		const { exchange, client } = await openExchange();
		exchange.respond(200);
		expect(() => exchange.refuse()).toThrow('refuse was called after respond');
		exchange.end();
		await settled();
		expect(client.log).toEqual(['respond 200', 'end']);
		const accepted = await openExchange(CONNECT);
		accepted.exchange.accept?.([], {});
		expect(() => accepted.exchange.refuse()).toThrow('refuse was called after accept');
	});

	test('retire says so to the connection, and the exchange goes on', async () => {
		const { exchange, client } = await openExchange();
		exchange.retire();
		exchange.respond(200);
		exchange.end();
		await settled();
		expect(client.log).toEqual(['retire', 'respond 200', 'end']);
	});
});

describe('RICH-39: priority', () => {
	test('is that of the request, follows the client with an event, and can be set', async () => {
		const { exchange, client, handler } = await openExchange({ ...POST, fields: ['priority', 'u=1, i'] });
		expect(exchange.priority).toEqual({ urgency: 1, incremental: true });
		client.client.reprioritize({ urgency: 6, incremental: false });
		await settled();
		expect(exchange.priority).toEqual({ urgency: 6, incremental: false });
		expect(handler.log).toEqual(['priority 6 false']);
		exchange.priority = { urgency: 0, incremental: false };
		expect(exchange.priority.urgency).toBe(0);
		expect(client.client.priority.urgency).toBe(0);
		await settled();
		expect(handler.log).toEqual(['priority 6 false']);
	});

	test.each([
		{ urgency: 8, incremental: false },
		{ urgency: -1, incremental: false },
		{ urgency: 1.5, incremental: false },
		{ urgency: 1, incremental: 1 },
	])('%j is none', async (priority) => {
		const { exchange } = await openExchange();
		expect(() => {
			exchange.priority = priority as never;
		}).toThrow('(RICH-39)');
		expect(exchange.priority).toEqual({ urgency: 3, incremental: false });
	});
});

describe('RICH-40: capabilities', () => {
	test.each([
		['1.0', {}, [false, false, false]],
		['1.1', {}, [true, false, false]],
		['1.1', UPGRADE, [true, false, true]],
		['2', {}, [true, true, false]],
		['2', CONNECT, [true, true, true]],
		['2', { takesPush: false }, [true, false, false]],
	] as const)('on HTTP/%s with %j', async (httpVersion, request, [inform, push, accept]) => {
		const { exchange } = await openExchange({ ...request, httpVersion });
		for (const given of [exchange, new WrappedExchange(exchange)]) {
			expect(given.inform !== null).toBe(inform);
			expect(given.push !== null).toBe(push);
			expect(given.accept !== null).toBe(accept);
		}
	});

	test('called detached they say how to call them', async () => {
		const { exchange } = await openExchange(CONNECT);
		for (const given of [exchange, new WrappedExchange(exchange)]) {
			const { inform, push, accept } = given;
			expect(() => inform?.(103)).toThrow(
				'inform is a method: call it as exchange.inform?.(…), not detached. (RICH-40)',
			);
			expect(() =>
				push?.(
					{ target: '/' },
					rich(() => {}),
				),
			).toThrow('push is a method');
			expect(() => accept?.([], {})).toThrow('accept is a method');
		}
	});
});

/** What an exchange does, told to a client in full. */
async function everything(wrap: (exchange: Exchange) => Exchange): Promise<string[]> {
	const log: string[] = [];
	const post = recorded(
		rich((given) => {
			const exchange = wrap(given);
			log.push(`${exchange.method} ${exchange.scheme} ${exchange.authority} ${exchange.target} ${exchange.protocol}`);
			log.push(`${exchange.httpVersion} ${exchange.fields.lines.join()} ${exchange.connection === given.connection}`);
			exchange.priority = { urgency: 5, incremental: true };
			exchange.pause();
			exchange.attach(new RecordingHandler(log));
			exchange.resume();
			exchange.inform?.(103, ['a', 'b']);
			log.push(`${exchange.responded} ${exchange.trailers} ${exchange.priority.urgency} ${exchange.outcome}`);
			exchange.respond(200, ['c', 'd'], 'Yes');
			log.push(`${exchange.responded} ${exchange.write(new Uint8Array(100_000))}`);
			exchange.push?.(
				{ target: '/p' },
				rich((pushed) => pushed.abort()),
			);
			exchange.retire();
			exchange.end(utf8('x'), ['t', 'u']);
			log.push(`${exchange.trailers}`);
		}),
		{ ...POST, fields: ['x', 'y'] },
	);
	post.client.send(utf8('content'));
	post.client.end();
	const tunnel = recorded(
		rich((given) => {
			const exchange = wrap(given);
			exchange.accept?.(['a', 'b'], new RecordingHandler(log, 'tunnel ')).write(utf8('hi'));
		}),
		CONNECT,
	);
	tunnel.client.send(utf8('bytes'));
	const refused = recorded(rich((given) => wrap(given).refuse()));
	const aborted = recorded(rich((given) => wrap(given).abort(3)));
	const discarded = recorded(
		rich((given) => {
			const exchange = wrap(given);
			exchange.attach(new RecordingHandler(log, 'discarded '));
			exchange.discard();
		}),
		POST,
	);
	discarded.client.send(utf8('x'));
	await settled();
	for (const { log: told, faults } of [post, tunnel, refused, aborted, discarded]) {
		log.push(...told);
		expect(faults).toEqual([]);
	}
	return log;
}

describe('RICH-41: a wrapped exchange', () => {
	test('behaves as the one it wraps, once and twice over', async () => {
		const bare = await everything((exchange) => exchange);
		expect(bare).toEqual([
			'POST http localhost / null',
			'2 x,y true',
			'false true 5 null',
			'true false',
			'false',
			'data content',
			'end',
			'closed complete 0',
			'tunnel data bytes',
			'inform 103 a: b',
			'respond 200 Yes c: d',
			'data 100000',
			'push GET /p',
			'retire',
			'data x',
			'end t: u',
			'accept a: b',
			'data hi',
			'reset 7',
			'reset 3',
			'discard',
		]);
		expect(await everything((exchange) => new WrappedExchange(exchange))).toEqual(bare);
		expect(await everything((exchange) => new WrappedExchange(new WrappedExchange(exchange)))).toEqual(bare);
	});

	test('what the wrapper overrides is changed, also for a handler that is returned', async () => {
		class Shouting extends WrappedExchange {
			override respond(status: number, fields: FieldsInit = [], reason?: string): void {
				super.respond(status, Fields.from(fields).clone().append('x-stamp', '1'), reason);
			}
			override attach(handler: Handler): void {
				super.attach({
					data: (chunk) => handler.data?.(utf8(String.fromCharCode(...chunk).toUpperCase())),
					closed: (outcome) => handler.closed?.(outcome),
				});
			}
			override get push(): null {
				return null;
			}
		}
		const wrap = (returned: 'now' | 'later'): [RecordingHandler, ReturnType<typeof rich>] => {
			const handler = new RecordingHandler();
			const inner = rich((exchange) => {
				exchange.respond(exchange.push === null ? 200 : 500, ['a', 'b']);
				return returned === 'now' ? handler : Promise.resolve(handler);
			});
			return [handler, rich((exchange) => WrappedExchange.run(inner, new Shouting(exchange)))];
		};
		for (const way of ['now', 'later'] as const) {
			const [handler, app] = wrap(way);
			const client = recorded(app, POST);
			client.client.send(utf8('quiet'));
			await settled();
			expect(client.log).toEqual(['respond 200 a: b x-stamp: 1']);
			client.client.lose();
			await settled();
			expect(handler.log).toEqual(['data QUIET', 'closed lost 0']);
		}
	});

	test('run passes on what the application throws, and settles with it', async () => {
		const thrown = recorded(
			rich((exchange) =>
				WrappedExchange.run(
					rich(() => {
						throw new Error('now');
					}),
					new WrappedExchange(exchange),
				),
			),
		);
		const rejected = recorded(
			rich((exchange) =>
				WrappedExchange.run(
					rich(async () => {
						throw new Error('later');
					}),
					new WrappedExchange(exchange),
				),
			),
		);
		const nothing = recorded(
			rich((exchange) =>
				WrappedExchange.run(
					rich(async () => {}),
					new WrappedExchange(exchange),
				),
			),
			POST,
		);
		await settled();
		expect([thrown.status, rejected.status]).toEqual([500, 500]);
		expect(nothing.log).toEqual(['discard']);
	});

	test('run after an attach refuses a returned handler', async () => {
		const client = recorded(
			rich((exchange) =>
				WrappedExchange.run(
					rich((wrapped) => {
						wrapped.attach({});
						return {};
					}),
					new WrappedExchange(exchange),
				),
			),
		);
		await settled();
		expect(String(client.faults[0])).toContain('(RICH-4)');
	});
});
