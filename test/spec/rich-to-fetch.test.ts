/** spec/fetch.md §4: a rich application as a fetch application. */
import { type Exchange, ExchangeEnded, type Outcome, type RichFunction, rich, utf8 } from 'rsgi';
import { fetchToRich, richToFetch } from 'rsgi/adapters';
import { type FetchMiddleware, fetch as fetchApp } from 'rsgi/fetch';
import { describe, expect, test } from 'vitest';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const ask = (run: RichFunction, init: RequestInit & { duplex?: 'half' } = {}, log: unknown[] = []) =>
	Promise.resolve(
		richToFetch(rich(run), { log: (error) => log.push(error) })(new Request('http://a.example/x?y', init)),
	);

async function turns(): Promise<void> {
	for (let turn = 0; turn < 8; turn++) await settled();
}

describe('FETCH-40: the request', () => {
	const head = ({ method, scheme, authority, target, protocol, fields, httpVersion }: Exchange) => ({
		...{ method, scheme, authority, target, protocol, httpVersion },
		fields: fields.lines.join(' '),
	});

	test('of elsewhere', async () => {
		let seen: unknown = null;
		await ask(
			(exchange) => {
				seen = head(exchange);
				exchange.respond(204);
				exchange.end();
			},
			{ method: 'PUT', headers: { 'X-A': '1' } },
		);
		expect(seen).toEqual({
			...{ method: 'PUT', scheme: 'http', authority: 'a.example', target: '/x?y', protocol: null, httpVersion: '1.1' },
			fields: 'x-a 1',
		});
		await ask(
			(exchange) => {
				seen = exchange.fields.lines;
				exchange.respond(204);
				exchange.end();
			},
			{ method: 'PUT', body: new Uint8Array(1) },
		);
		expect(seen).toEqual(['transfer-encoding', 'chunked']);
	});

	const through = async (middleware: FetchMiddleware, request: Parameters<typeof recorded>[1]) => {
		const seen: unknown[] = [];
		const app = rich((exchange) => {
			seen.push(head(exchange));
			exchange.respond(exchange.method === 'CONNECT' ? 403 : 204);
			exchange.end();
		});
		recorded(app, request);
		recorded(fetchToRich(middleware(richToFetch(app))), request);
		await turns();
		return seen;
	};
	const request = {
		target: '/a/../b?c',
		fields: ['Host', 'A', 'X-A', '1', 'Cookie', 'a=1', 'x-a', '2', 'Cookie', 'b=2'],
		authority: 'A',
		httpVersion: '1.1',
	} as const;

	test('of a server of ours is verbatim', async () => {
		const [direct, adapted] = await through((app) => app, request);
		expect(adapted).toEqual(direct);
		const connect = { method: 'CONNECT', protocol: 'websocket', target: '/chat' };
		const [plain, shown] = await through((app) => app, connect);
		expect(shown).toEqual(plain);
	});

	test('but for what middleware has changed', async () => {
		const [, adapted] = await through(
			(app) =>
				fetchApp((given, context) => {
					const changed = new Request('http://other/b', given);
					changed.headers.set('x-a', 'changed');
					changed.headers.delete('cookie');
					changed.headers.set('x-new', '1');
					return app(changed, context);
				}, app),
			request,
		);
		expect(adapted).toMatchObject({ authority: 'other', target: '/b', fields: 'Host A X-A changed x-new 1' });
	});
});

test('FETCH-41: capabilities', async () => {
	let seen: unknown = null;
	const hooks = { start() {}, stop() {}, protocols: ['toy'] };
	const app = richToFetch(
		rich(({ inform, push, accept, trailers }) => {
			seen = [inform, push, accept, trailers];
			return Promise.reject(new Error('enough'));
		}, hooks),
	);
	await expect(app(new Request('http://a/'))).rejects.toThrow('enough');
	expect(seen).toEqual([null, null, null, false]);
	expect([app.start, app.stop, app.protocols]).toEqual([hooks.start, hooks.stop, undefined]);
});

test('FETCH-42: the response', async () => {
	const whole = await ask((exchange) => {
		exchange.respond(201, ['Set-Cookie', 'a=1', 'x-a', '1', 'set-cookie', 'b=2', 'Upgrade', 'x', 'TE', 'y'], 'Made');
		exchange.end(utf8('hello'));
	});
	expect([whole.status, whole.statusText, await whole.text()]).toEqual([201, 'Made', 'hello']);
	expect([...whole.headers]).toEqual([
		['set-cookie', 'a=1'],
		['set-cookie', 'b=2'],
		['x-a', '1'],
	]);
	for (const [method, status] of [
		['HEAD', 200],
		['GET', 204],
		['GET', 205],
		['GET', 304],
	] as const) {
		const empty = await ask(
			(exchange) => {
				exchange.respond(status);
				exchange.end();
			},
			{ method },
		);
		expect([empty.status, empty.body]).toEqual([status, null]);
	}
});

test('FETCH-43: chunks are copied as they are read, and count until then', async () => {
	const log: unknown[] = [];
	const chunk = new Uint8Array(70_000).fill(1);
	let exchange!: Exchange;
	const response = await ask((given) => {
		exchange = given;
		given.respond(200);
		return { drain: () => log.push('drain'), closed: (outcome) => log.push(outcome.reason) };
	});
	expect(exchange.write(chunk)).toBe(false);
	await turns();
	expect(log).toEqual([]);
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	const first = (await reader.read()).value as Uint8Array;
	await turns();
	expect(log).toEqual(['drain']);
	chunk.fill(2);
	expect([first.length, first[0]]).toEqual([70_000, 1]);
	const second = reader.read();
	exchange.write(utf8('more'));
	expect((await second).value).toEqual(utf8('more'));
	exchange.end();
	expect((await reader.read()).done).toBe(true);
	await turns();
	expect(log).toEqual(['drain', 'complete']);
});

describe('FETCH-44: content', () => {
	const source = () => {
		const log: string[] = [];
		let left = 3;
		const body = new ReadableStream<Uint8Array>(
			{
				pull(controller) {
					log.push('pull');
					controller.enqueue(utf8('x'));
					if (--left === 0) controller.close();
				},
				cancel: () => void log.push('cancel'),
			},
			{ highWaterMark: 0 },
		);
		return { log, init: { method: 'POST', body, duplex: 'half' } as const };
	};

	test('is read while it is wanted', async () => {
		const { log, init } = source();
		let text = '';
		let exchange!: Exchange;
		const response = ask((given) => {
			exchange = given;
			given.pause();
			return {
				data: (chunk) => (text += String.fromCharCode(...chunk)),
				end: () => {
					given.respond(200);
					given.end();
				},
			};
		}, init);
		await turns();
		expect(log).toEqual([]);
		exchange.resume();
		await response;
		expect([text, log]).toEqual(['xxx', ['pull', 'pull', 'pull']]);
	});

	test('is cancelled when it is not', async () => {
		const { log, init } = source();
		await ask((exchange) => {
			exchange.respond(200);
			exchange.end();
		}, init);
		await turns();
		expect(log).toEqual(['cancel']);
	});
});

describe('FETCH-45: failures', () => {
	const broken = new Error('broken');
	test('before respond', async () => {
		const thrown: RichFunction = () => {
			throw broken;
		};
		await expect(ask(thrown)).rejects.toBe(broken);
		await expect(ask((exchange) => exchange.abort(2))).rejects.toBeInstanceOf(ExchangeEnded);
	});

	test('after it', async () => {
		const response = await ask(async (exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			throw broken;
		});
		const reader = (response.body as ReadableStream<Uint8Array>).getReader();
		expect((await reader.read()).value).toEqual(utf8('begun'));
		await expect(reader.read()).rejects.toBe(broken);
	});

	test('after end', async () => {
		const log: unknown[] = [];
		const response = await ask(
			async (exchange) => {
				exchange.respond(200);
				exchange.end(utf8('whole'));
				throw broken;
			},
			{},
			log,
		);
		expect(await response.text()).toBe('whole');
		expect(log).toEqual([broken]);
	});

	test('refuse()', async () => {
		const response = await ask((exchange) => exchange.refuse());
		expect([response.status, response.headers.get('retry-after')]).toEqual([503, '0']);
	});
});

describe('FETCH-46: the outcome', () => {
	const open = async (init: RequestInit = {}) => {
		const outcomes: Outcome[] = [];
		const response = await ask((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('a'));
			return { closed: (outcome) => void outcomes.push(outcome) };
		}, init);
		return { outcomes, response };
	};

	test('of a body that is cancelled', async () => {
		const { outcomes, response } = await open();
		await response.body?.cancel();
		await turns();
		expect(outcomes).toEqual([{ reason: 'reset', code: 8 }]);
	});

	test.each([
		['as it says', new ExchangeEnded({ reason: 'lost', code: 0 }), { reason: 'lost', code: 0 }],
		['of another kind', new Error('gone'), { reason: 'reset', code: 8 }],
	])('of a signal that is aborted, %s', async (_name, reason, outcome) => {
		const controller = new AbortController();
		const { outcomes } = await open({ signal: controller.signal });
		controller.abort(reason);
		await turns();
		expect(outcomes).toEqual([outcome]);
	});

	test('of a whole response', async () => {
		const outcomes: Outcome[] = [];
		await ask((exchange) => {
			exchange.respond(200);
			exchange.end(utf8('a'));
			return { closed: (outcome) => void outcomes.push(outcome) };
		});
		await turns();
		expect(outcomes).toEqual([{ reason: 'complete', code: 0 }]);
	});
});

test('FETCH-47: the host is kept waiting', async () => {
	let finish: () => void = () => {};
	const app = richToFetch(
		rich(async (exchange) => {
			exchange.respond(200);
			exchange.end();
			await new Promise<void>((resolve) => {
				finish = resolve;
			});
		}),
	);
	const kept: Promise<unknown>[] = [];
	const worker = {
		list: kept,
		waitUntil(promise: Promise<unknown>) {
			this.list.push(promise);
		},
	};
	await app.fetch(new Request('http://a/'), {}, worker);
	expect(kept.length).toBe(1);
	finish();
	await kept[0];
});
