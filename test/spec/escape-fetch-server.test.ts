/** spec/escape.md §7: the escape of handler objects of the Fetch Server API. */
import { type RichApp, rich, utf8 } from 'rsgi';
import { fetchServerToRich } from 'rsgi/adapters';
import { type Discarded, escape, interceptEscapes } from 'rsgi/escape';
import { fetchServer, type HandlerObject, type ServerContext } from 'rsgi/fetch-server';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { answer } from '../support/escaping-gateway.ts';
import { asked } from '../support/fetch-server-request.ts';
import type { RecordedClient } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { settled } from '../support/settled.ts';

const RICH = ['respond 200 x-app: rich', 'data rich', 'end'];
const POST = { method: 'POST', hasContent: true };

async function turns(): Promise<void> {
	for (let turn = 0; turn < 30; turn++) await settled();
}

async function told(handler: HandlerObject, request: PairRequest = {}): Promise<RecordedClient> {
	const client = asked(handler, request);
	await turns();
	return client;
}

/** Answers by what `error` makes of a failure, which tells whether it was called. */
const withError = (fetch: HandlerObject['fetch']): HandlerObject => ({
	fetch,
	error: () => new Response('by error', { status: 599 }),
});

describe('ESC-60: escape() gives a placeholder that comes through', () => {
	const ways: [string, (ctx: ServerContext) => Response | Promise<Response>][] = [
		['of the context', (ctx) => escape(ctx, answer)],
		['of its request', (ctx) => escape(ctx.request, answer)],
		[
			'of what middleware has made of the context',
			(ctx) => escape(Object.assign({ user: 'ann' }, { request: ctx.request }), answer),
		],
		['of a request made anew', (ctx) => escape(new Request(ctx.request), answer)],
		['of an object with a request made anew', (ctx) => escape({ request: new Request(ctx.request) }, answer)],
		[
			'later',
			async (ctx) => {
				await settled();
				return escape(ctx, answer);
			},
		],
		[
			'rebuilt',
			(ctx) => {
				const response = escape(ctx, answer);
				return new Response(response.body, response);
			},
		],
	];
	for (const [name, fetch] of ways) {
		test(name, async () => {
			const client = await told(withError(fetch));
			expect([client.faults, client.log]).toEqual([[], RICH]);
		});
	}
	test('from error, and from fetch when connect has fallen through', async () => {
		const failing = (): never => {
			throw new Error('no page');
		};
		const client = await told({ fetch: failing, error: (ctx) => escape(ctx, answer) });
		expect(client.log).toEqual(RICH);
	});
	test('to HEAD, with what was added', async () => {
		const fetch: HandlerObject['fetch'] = (ctx) => {
			const response = escape(ctx, answer);
			response.headers.set('x-added', '1');
			return response;
		};
		expect((await told({ fetch }, { method: 'HEAD' })).log).toEqual(['respond 200 x-added: 1 x-app: rich', 'end']);
	});
	test('behind informational responses of the handler', async () => {
		const fetch: HandlerObject['fetch'] = (ctx) => {
			ctx.sendInformational(103, { link: '</a>' });
			return escape(ctx, answer);
		};
		expect((await told({ fetch })).log).toEqual(['inform 103 link: </a>', ...RICH]);
	});
	test('of connect a tunnel, by extended CONNECT and by plain CONNECT', async () => {
		for (const request of [{ method: 'CONNECT', protocol: 'websocket' }, { method: 'CONNECT' }]) {
			const handler = new RecordingHandler();
			const app = rich((exchange) => void exchange.accept?.(['x-open', '1'], handler));
			const connect: HandlerObject['connect'] = (ctx) => {
				const response = escape(ctx, app);
				response.headers.append('set-cookie', 'a=1');
				return response;
			};
			const client = asked({ fetch: () => new Response('page'), connect }, request);
			client.client.send(utf8('early'));
			await turns();
			client.client.end();
			await turns();
			expect([client.faults, client.log]).toEqual([[], ['accept set-cookie: a=1 x-open: 1']]);
			expect(handler.log).toEqual(['data early', 'end']);
		}
	});
	test('the content that is left, after some was read', async () => {
		const echo = rich((exchange) => {
			exchange.respond(200, ['x-unread', exchange.unread]);
			return {
				data: (chunk: Uint8Array) => void exchange.write(chunk),
				end: (trailers) => exchange.end(utf8('.'), trailers),
			};
		});
		for (const [reads, unread, got] of [
			[0, 'whole', 'one two.'],
			[1, 'partial', 'two.'],
			[9, 'none', '.'],
		] as const) {
			const fetch: HandlerObject['fetch'] = async (ctx) => {
				const reader = ctx.request.body?.getReader();
				for (let read = 0; read < reads; read++) if ((await reader?.read())?.done === true) break;
				return escape(ctx, echo);
			};
			const client = asked({ fetch }, POST);
			client.client.send(utf8('one '));
			await turns();
			client.client.send(utf8('two'));
			client.client.end();
			await turns();
			expect(client.faults).toEqual([]);
			expect(client.log[0]).toBe(`respond 200 x-unread: ${unread}`);
			expect(
				client.log
					.filter((line) => line.startsWith('data '))
					.map((line) => line.slice(5))
					.join(''),
			).toBe(got);
		}
	});
});

describe('ESC-61: a placeholder commits the exchange', () => {
	test('what the application fails by is its own, and error is not called', async () => {
		const failing = rich(() => {
			throw new Error('broken');
		});
		const client = await told(withError((ctx) => escape(ctx, failing)));
		expect([client.log[0]?.slice(0, 11), String(client.faults[0])]).toEqual(['respond 500', 'Error: broken']);
		const breaking = rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('some'));
			throw new Error('broken');
		});
		expect((await told(withError((ctx) => escape(ctx, breaking)))).log.at(-1)).toMatch(/^reset/);
	});
	test('the context is committed, and is told when the exchange has ended', async () => {
		let ctx!: ServerContext;
		const order: string[] = [];
		const slow = rich(async (exchange) => {
			exchange.respond(200);
			await turns();
			order.push('end');
			exchange.end();
		});
		const client = asked({
			fetch(given) {
				ctx = given;
				void given.completed?.then(() => order.push('completed'));
				return escape(given, slow);
			},
		});
		await settled();
		await settled();
		expect(() => ctx.deny()).toThrow('FSA-10');
		await turns();
		await turns();
		expect([order, client.faults]).toEqual([['end', 'completed'], []]);
	});
});

describe('what does not come through, of handler objects', () => {
	test('ESC-12: a replaced body, at once and behind a stream without end, and one of another exchange', async () => {
		const endless = (): ReadableStream<Uint8Array> =>
			new ReadableStream({ pull: (controller) => controller.enqueue(utf8('more')) });
		const silent = (): ReadableStream<Uint8Array> => new ReadableStream({});
		const type = 'application/vnd.rsgi.escape; id=rsgi-escape-00000000000000000000000000000000';
		const ways: ((ctx: ServerContext) => Response)[] = [
			(ctx) => new Response('<p>other', escape(ctx, answer)),
			(ctx) => new Response(endless(), escape(ctx, answer)),
			() => new Response(silent(), { headers: { 'content-type': type } }),
			() => new Response(null, { headers: { 'content-type': type } }),
		];
		for (const fetch of ways) {
			const client = await told(withError(fetch), POST);
			expect(client.log[0]).toMatch(/^respond 500/);
			expect(client.log).toContain('end');
			expect(client.faults.map(String)).toEqual([expect.stringContaining('ESC-12')]);
		}
	});
	test('ESC-13: another status', async () => {
		const client = await told({ fetch: (ctx) => new Response(null, { ...escape(ctx, answer), status: 404 }) });
		expect(client.log).toEqual(['respond 404', 'end']);
	});
	test('ESC-15: a page to CONNECT', async () => {
		const connect: HandlerObject['connect'] = (ctx) => {
			escape(ctx, answer);
			return new Response('page');
		};
		const client = await told({ fetch: () => new Response('page'), connect }, { method: 'CONNECT' });
		expect(client.log).toContainEqual(expect.stringMatching(/^respond 501/));
	});
	test('ESC-20: a body that fails', async () => {
		const fetch: HandlerObject['fetch'] = (ctx) => {
			const response = escape(ctx, answer);
			const failing = new TransformStream<Uint8Array, Uint8Array>({
				flush: (controller) => controller.error(new Error('late')),
			});
			return new Response((response.body as ReadableStream<Uint8Array>).pipeThrough(failing), response);
		};
		const client = await told(withError(fetch));
		expect([client.log[0]?.slice(0, 11), client.faults.map(String)]).toEqual(['respond 500', ['Error: late']]);
	});
	test('ESC-26: what is replaced is discarded, and so is what nobody answers for', async () => {
		const why: Discarded[] = [];
		const discarded = (reason: Discarded): void => void why.push(reason);
		await told({
			fetch(ctx) {
				escape(ctx, answer, { discarded });
				return new Response('page');
			},
		});
		expect(why).toEqual([{ reason: 'replaced' }]);
		const waiting = asked({
			fetch(ctx) {
				escape(ctx, answer, { discarded });
				return new Promise<Response>(() => {});
			},
		});
		await turns();
		waiting.client.reset(8);
		await turns();
		expect(why[1]).toMatchObject({ reason: 'ended', outcome: { reason: 'reset' } });
	});
});

test('ESC-62: a WebSocket that no connect answers is not asked for over HTTP/2', () => {
	const app: HandlerObject = { fetch: () => new Response('page') };
	expect(fetchServerToRich(fetchServer(app)).protocols).toBe(undefined);
	const connect = (): Response => new Response('page');
	expect(fetchServerToRich(fetchServer({ ...app, connect })).protocols).toContain('websocket');
});

test('ESC-32: interceptors wrap what escapes below them', async () => {
	const order: string[] = [];
	const named =
		(name: string) =>
		(app: RichApp): RichApp =>
			rich((exchange) => {
				order.push(name);
				return app(exchange);
			}, app);
	const fetch: HandlerObject['fetch'] = (ctx) =>
		interceptEscapes(named('outer'), () => interceptEscapes(named('inner'), () => escape(ctx, answer)));
	expect([(await told({ fetch })).log, order]).toEqual([RICH, ['outer', 'inner']]);
});
