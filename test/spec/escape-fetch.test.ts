/** spec/escape.md §5: the escape of the fetch layer. */
import { gzipSync } from 'node:zlib';
import { type RichApp, rich, utf8 } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { type Discarded, escape, interceptEscapes } from 'rsgi/escape';
import { type FetchFunction, type FetchMiddleware, fetch as fetchApp } from 'rsgi/fetch';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { answer } from '../support/escaping-gateway.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const RICH = ['respond 200 x-app: rich', 'data rich', 'end'];
/** The last that a client is told. */
const OVER = /^(?:end|reset)/;
const POST = { method: 'POST', hasContent: true };

async function turns(): Promise<void> {
	for (let turn = 0; turn < 20; turn++) await settled();
}

async function fetched(
	run: FetchFunction,
	middleware: FetchMiddleware = (app) => app,
	request: PairRequest = {},
	settles = false,
): Promise<RecordedClient> {
	const client = recorded(fetchToRich(middleware(fetchApp(run))), request);
	await turns();
	// Compression is done by other threads.
	while (settles && !OVER.test(client.log.at(-1) ?? '')) await settled();
	return client;
}

/** Middleware that makes another response of what it is given. */
const mapping =
	(map: (response: Response) => Response | Promise<Response>): FetchMiddleware =>
	(app) =>
		fetchApp(async (request, context) => map(await app(request, context)), app);

describe('ESC-50: escape() gives a placeholder that comes through', () => {
	const escaping: FetchFunction = (request) => escape(request, answer);
	const ways: [string, FetchMiddleware][] = [
		['as it is', (app) => app],
		[
			'later',
			(app) =>
				fetchApp(async (request, context) => {
					await settled();
					return app(request, context);
				}, app),
		],
		['cloned', mapping((response) => response.clone())],
		['rebuilt from its stream', mapping((response) => new Response(response.body, response))],
		['rebuilt from its text', mapping(async (response) => new Response(await response.text(), response))],
		['rebuilt from its text alone', mapping(async (response) => new Response(await response.text()))],
		[
			'compressed',
			mapping(
				(response) =>
					new Response((response.body as ReadableStream).pipeThrough(new CompressionStream('gzip')), {
						headers: { 'content-type': response.headers.get('content-type') as string, 'content-encoding': 'gzip' },
					}),
			),
		],
		['of a request made anew', (app) => fetchApp((request, context) => app(new Request(request), context), app)],
		[
			'of a request that has nothing to do with it',
			(app) => fetchApp((_request, context) => app(new Request('http://x/'), context), app),
		],
		['of a clone', (app) => fetchApp((request, context) => app(request.clone(), context), app)],
	];
	for (const [name, middleware] of ways) {
		test(`${name}`, async () => {
			const client = await fetched(escaping, middleware, {}, true);
			expect(client.faults).toEqual([]);
			expect(client.log).toEqual(RICH);
		});
	}
	test('to HEAD, with what was added', async () => {
		const client = await fetched(
			(request) => escape(request, answer),
			mapping((response) => new Response(response.body, { headers: [...response.headers, ['x-added', '1']] })),
			{ method: 'HEAD' },
		);
		expect(client.log).toEqual(['respond 200 x-added: 1 x-app: rich', 'end']);
	});
	test('a WebSocket over HTTP/2 is a GET there, and a tunnel here; Set-Cookie comes along', async () => {
		const handler = new RecordingHandler();
		const methods: string[] = [];
		const client = recorded(
			fetchToRich(
				mapping((response) => {
					response.headers.append('set-cookie', 'a=1');
					response.headers.append('set-cookie', 'b=2');
					return response;
				})(
					fetchApp((request) => {
						methods.push(request.method);
						return escape(
							request,
							rich((exchange) => void exchange.accept?.([], handler)),
						);
					}),
				),
			),
			{ method: 'CONNECT', protocol: 'websocket' },
		);
		client.client.send(utf8('early'));
		await turns();
		client.client.end();
		await turns();
		expect(methods).toEqual(['GET']);
		expect(client.log).toEqual(['accept set-cookie: a=1 set-cookie: b=2']);
		expect(handler.log).toEqual(['data early', 'end']);
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
			const app = fetchApp(async (request) => {
				const reader = request.body?.getReader();
				for (let count = 0; count < reads; count++) if ((await reader?.read())?.done === true) break;
				return escape(request, echo);
			});
			const client = recorded(fetchToRich(app), POST);
			await turns();
			client.client.send(utf8('one '));
			await turns();
			client.client.send(utf8('two'));
			client.client.end(['x-t', '1']);
			await turns();
			expect(client.faults).toEqual([]);
			expect([client.fields.first('x-unread'), client.text, client.trailers?.lines]).toEqual([
				unread,
				got,
				['x-t', '1'],
			]);
		}
	});
});

describe('what does not come through, in fetch', () => {
	test('ESC-12: a replaced body, and a placeholder that is not of this exchange', async () => {
		const replaced = await fetched(
			(request) => escape(request, answer),
			mapping(
				(response) =>
					new Response('log in', { headers: { 'content-type': response.headers.get('content-type') as string } }),
			),
		);
		const forged = await fetched(
			() => new Response('x', { headers: { 'content-type': 'application/vnd.rsgi.escape; id=x' } }),
		);
		let kept: Response | null = null;
		await fetched((request) => {
			kept = escape(request, answer);
			return kept.clone();
		});
		const replayed = await fetched(() => kept as unknown as Response);
		for (const client of [replaced, forged, replayed]) {
			expect([client.status, client.text]).toEqual([500, 'Internal Server Error\n']);
			expect(client.faults.map(String).join()).toContain('ESC-12');
			expect(client.faults.map(String).join()).not.toContain('rsgi-escape-');
		}
	});
	test('ESC-13: another status', async () => {
		const client = await fetched(
			(request) => escape(request, answer),
			mapping(
				(response) => new Response(response.body, { status: 403, headers: [...response.headers, ['x-why', 'no']] }),
			),
		);
		expect(client.log).toEqual(['respond 403 x-why: no', 'end']);
	});
	test('ESC-15: a page to CONNECT', async () => {
		const client = await fetched(
			(request) => {
				escape(request, answer);
				return new Response('page');
			},
			undefined,
			{ method: 'CONNECT', protocol: 'websocket' },
		);
		expect(client.status).toBe(501);
	});
	test('ESC-20: a body that fails', async () => {
		let ran = false;
		const client = await fetched(
			(request) =>
				escape(
					request,
					rich(() => {
						ran = true;
					}),
				),
			mapping((response) => {
				const failing = new TransformStream({
					flush() {
						throw new Error('not saved');
					},
				});
				return new Response((response.body as ReadableStream).pipeThrough(failing), response);
			}),
		);
		expect(client.status).toBe(500);
		expect(client.faults.map(String)).toEqual(['Error: not saved']);
		expect(ran).toBe(false);
	});
	test('ESC-26: is discarded', async () => {
		const discards: Discarded[] = [];
		const discarded = (why: Discarded): void => void discards.push(why);
		await fetched((request) => {
			escape(request, answer, { discarded });
			return new Response(gzipSync('page'));
		});
		const waiting = await fetched((request) => {
			escape(request, answer, { discarded });
			return new Promise<never>(() => {});
		});
		waiting.client.lose();
		await turns();
		expect(discards).toEqual([{ reason: 'replaced' }, { reason: 'ended', outcome: { reason: 'lost', code: 0 } }]);
	});
	test('ESC-26: a promise of what is told that it is discarded may be rejected', async () => {
		const client = await fetched((request) => {
			escape(request, answer, { discarded: () => Promise.reject(new Error('cannot')) });
			return new Response('page');
		});
		expect([client.status, client.faults.map(String)]).toEqual([200, ['Error: cannot']]);
	});
});

test('ESC-28: an escape that nobody returned gets a hint, once', async () => {
	const answers = (discarded?: () => void): FetchFunction => {
		return (request) => {
			escape(request, answer, discarded === undefined ? {} : { discarded });
			return new Response('no such page', { status: 404 });
		};
	};
	const faults: string[] = [];
	for (const run of [answers(() => {}), answers(), answers()]) {
		const client = await fetched(run);
		expect(client.log[0]).toMatch(/^respond 404/);
		client.client.end();
		await turns();
		faults.push(...client.faults.map(String));
	}
	expect(faults).toEqual([expect.stringMatching(/return missing\?.*ESC-28/)]);
});

test('ESC-51: where there is no asynchronous context of a request, it says so', () => {
	expect(refusal('ESC-51', () => escape(new Request('http://x/'), answer))).toContain('fetchToRich()');
});

test('ESC-52: a request in the context of another is refused', async () => {
	let first: Request | null = null;
	await fetched((request) => {
		first = request;
		return new Response();
	});
	const client = await fetched(() => escape(first as unknown as Request, answer));
	expect(client.status).toBe(500);
	expect(client.faults.map(String).join()).toContain('ESC-52');
});

test('ESC-53: the context tells how the exchange ended', async () => {
	const ends: string[] = [];
	let finish: () => void = () => {};
	const slow = rich((exchange) => {
		exchange.respond(200);
		finish = () => exchange.end();
	});
	await fetched((request, context) => {
		void context.completed.then(({ reason }) => ends.push(reason));
		return escape(request, slow);
	});
	expect(ends).toEqual([]);
	finish();
	await turns();
	const lost = await fetched((_request, context) => {
		void context.completed.then(({ reason }) => ends.push(reason));
		return new Promise<never>(() => {});
	});
	lost.client.lose();
	await turns();
	expect(ends).toEqual(['complete', 'lost']);
});

describe('ESC-32: interceptors', () => {
	const log: string[] = [];
	const naming =
		(name: string) =>
		(app: RichApp): RichApp =>
			rich((exchange) => {
				log.push(name);
				return app(exchange);
			}, app);
	const intercepting =
		(middleware: (app: RichApp) => RichApp): FetchMiddleware =>
		(app) =>
			fetchApp((request, context) => interceptEscapes(middleware, () => app(request, context)), app);
	test('wrap what escapes below them, the one nearest to the server outermost', async () => {
		log.length = 0;
		const app: FetchFunction = async (request) => {
			await settled();
			return escape(request, answer);
		};
		const client = await fetched(app, (inner) => intercepting(naming('outer'))(intercepting(naming('inner'))(inner)));
		expect(client.log).toEqual(RICH);
		expect(log).toEqual(['outer', 'inner']);
	});
	test('deny for good', async () => {
		const denying = intercepting(() =>
			rich((exchange) => {
				exchange.respond(403);
				exchange.end();
			}),
		);
		expect((await fetched((request) => escape(request, answer), denying)).log).toEqual(['respond 403', 'end']);
		const throwing = intercepting(() => {
			throw new Error('denied');
		});
		const client = await fetched((request) => escape(request, answer), throwing);
		expect([client.status, String(client.faults[0])]).toEqual([500, 'Error: denied']);
	});
	test('ESC-33: wrap what escapes above them until they have given a Response', async () => {
		const passing = (app: () => Response): FetchFunction => {
			return async (request) => {
				const rest = interceptEscapes(naming('inner'), async () => app());
				if (request.url.endsWith('/early')) return escape(request, answer);
				await rest;
				return escape(request, answer);
			};
		};
		log.length = 0;
		const app = passing(() => new Response('none'));
		expect((await fetched(app, undefined, { target: '/late' })).log).toEqual(RICH);
		expect(log).toEqual([]);
		expect((await fetched(app, undefined, { target: '/early' })).log).toEqual(RICH);
		expect(log).toEqual(['inner']);
	});
	test('only run the rest where there is no escape, and refuse what they cannot use', () => {
		expect(
			interceptEscapes(
				(app) => app,
				() => 7,
			),
		).toBe(7);
		refusal('ESC-32', () => interceptEscapes(null as never, () => 7));
		refusal('ESC-32', () => interceptEscapes((app) => app, null as never));
	});
});
