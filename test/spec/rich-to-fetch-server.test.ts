/** spec/fetch-server.md §6: a rich application as a handler object. */
import { type Exchange, type Outcome, type RichApp, rich, type Tunnel, utf8 } from 'rsgi';
import { fetchServerToRich, richToFetchServer } from 'rsgi/adapters';
import { fetchServer, type ServerContext } from 'rsgi/fetch-server';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import type { Fields } from '../../src/wire/fields.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const POST: PairRequest = { method: 'POST', hasContent: true };
const CONNECT: PairRequest = { method: 'CONNECT', protocol: 'toy', target: '/t' };

async function turns(): Promise<void> {
	for (let turn = 0; turn < 8; turn++) await settled();
}

/** A client of a rich application that is a handler object, run by ours. */
async function under(app: RichApp, request: PairRequest = {}): Promise<RecordedClient> {
	const one = recorded(fetchServerToRich(richToFetchServer(app)), request);
	await turns();
	return one;
}

describe('FSA-60: the request', () => {
	test.each<[string, PairRequest]>([
		['GET', { target: '/a/../b?c', fields: ['X-A', '1', 'x-a', '2'] }],
		['extended CONNECT', CONNECT],
		['plain CONNECT', { method: 'CONNECT', scheme: '', authority: 'db:5432', target: 'db:5432' }],
		['Upgrade', { protocol: 'toy', httpVersion: '1.1', fields: ['Connection', 'Upgrade', 'Upgrade', 'toy'] }],
		['TRACE', { method: 'TRACE' }],
	])('%s is as it came', async (_, request) => {
		const show = ({ method, scheme, authority, target, protocol, fields, httpVersion }: Exchange): unknown[] => [
			[method, scheme, authority, target, protocol, fields.lines, httpVersion],
		];
		let seen: unknown;
		let direct: unknown;
		const answer = (exchange: Exchange): void => {
			exchange.respond(404);
			exchange.end();
		};
		await under(
			rich((exchange) => {
				seen = show(exchange);
				answer(exchange);
			}),
			request,
		);
		recorded(
			rich((exchange) => {
				direct = show(exchange);
				answer(exchange);
			}),
			request,
		);
		await settled();
		expect(seen).toEqual(direct);
	});

	test('its content comes when it is wanted, and its trailer fields behind it', async () => {
		const seen: unknown[] = [];
		const one = await under(
			rich((exchange) => ({
				data: (chunk) => void seen.push(Buffer.from(chunk).toString()),
				end(trailers: Fields) {
					seen.push(trailers.lines);
					exchange.respond(204);
					exchange.end();
				},
			})),
			POST,
		);
		one.client.send(utf8('a'));
		await turns();
		one.client.send(utf8('b'));
		one.client.end(['x-sum', '2']);
		await turns();
		expect([seen, one.status, one.faults]).toEqual([['a', 'b', ['x-sum', '2']], 204, []]);
	});
});

describe('FSA-61: what an exchange can do', () => {
	test('inform, trailers and accept are there; push is null', async () => {
		const seen: unknown[] = [];
		const app = rich((exchange) => {
			const { inform, push, accept, trailers } = exchange;
			seen.push([inform !== null, push, accept !== null, trailers]);
			exchange.respond(404);
			exchange.end();
		});
		for (const request of [{}, { httpVersion: '1.0' }, CONNECT] as const) await under(app, request);
		expect(seen).toEqual([
			[true, null, false, true],
			[false, null, false, false],
			[true, null, true, true],
		]);
	});

	test('informational responses, 100 too, and trailer fields are sent', async () => {
		const one = await under(
			rich((exchange) => {
				exchange.inform?.(100);
				exchange.inform?.(103, ['link', '</a>']);
				exchange.respond(200, ['x-a', '1']);
				exchange.write(utf8('x'));
				exchange.end(null, ['x-t', '1']);
			}),
		);
		expect([one.log, one.faults]).toEqual([
			['inform 103 link: </a>', 'respond 200 x-a: 1', 'data x', 'end x-t: 1'],
			[],
		]);
	});

	test('a server that has no informational responses is spared them', async () => {
		const seen: unknown[] = [];
		const handler = richToFetchServer(
			rich((exchange) => {
				exchange.inform?.(103);
				seen.push(exchange.inform);
				exchange.respond(204);
				exchange.end();
			}),
		);
		const ctx = {
			request: new Request('http://a/'),
			clientPriority: { urgency: 3, incremental: false },
			waitUntil() {},
			sendInformational() {
				throw new DOMException('none', 'NotSupportedError');
			},
		} as unknown as ServerContext;
		expect(await handler.fetch(ctx)).toMatchObject({ status: 204 });
		expect(seen).toEqual([null]);
	});

	test('priorities go both ways', async () => {
		const seen: unknown[] = [];
		const one = await under(
			rich((exchange) => {
				seen.push(exchange.priority.urgency);
				exchange.priority = { urgency: 1, incremental: false };
				return { priority: (priority) => void seen.push(priority.urgency) };
			}),
			{ ...POST, fields: ['priority', 'u=6'] },
		);
		expect(one.client.priority.urgency).toBe(1);
		one.client.reprioritize({ urgency: 4, incremental: false });
		await turns();
		expect(seen).toEqual([6, 4]);
	});

	test('start, stop and protocols are kept', () => {
		const hooks = { start: () => {}, stop: () => {}, protocols: ['toy'] };
		expect(richToFetchServer(rich(() => {}, hooks))).toMatchObject(hooks);
		expect(richToFetchServer(rich(() => {})).protocols).toEqual([]);
	});
});

describe('FSA-62: tunnels', () => {
	const echo = rich((exchange) => {
		const tunnel: Tunnel | undefined = exchange.accept?.(['x-a', '1'], {
			data: (chunk) => void tunnel?.write(chunk),
			end: () => tunnel?.end(),
			closed: (outcome) => void outcomes.push(outcome),
		});
	});
	const outcomes: Outcome[] = [];

	test.each<[string, PairRequest]>([
		['extended CONNECT', CONNECT],
		['Upgrade', { protocol: 'toy', httpVersion: '1.1', fields: ['Upgrade', 'toy'] }],
	])('%s: bytes both ways, half-closed', async (_, request) => {
		outcomes.length = 0;
		const one = await under(echo, request);
		one.client.send(utf8('one'));
		await turns();
		one.client.end();
		await turns();
		expect([one.log, one.faults]).toEqual([['accept x-a: 1', 'data one', 'end'], []]);
		expect(outcomes).toEqual([{ reason: 'complete', code: 0 }]);
	});

	test.each<[string, (one: RecordedClient) => void, Outcome]>([
		['a reset', (one) => one.client.reset(8), { reason: 'reset', code: 8 }],
		['a loss', (one) => one.client.lose(), { reason: 'lost', code: 0 }],
	])('%s is told as it is', async (_, end, outcome) => {
		outcomes.length = 0;
		const one = await under(echo, CONNECT);
		end(one);
		await turns();
		expect([outcomes, one.faults]).toEqual([[outcome], []]);
	});

	test('an abort is a reset', async () => {
		const abort = rich((exchange) => {
			exchange.accept?.([], { data: () => exchange.abort(ErrorCode.CANCEL) });
		});
		const one = await under(abort, CONNECT);
		one.client.send(utf8('x'));
		await turns();
		expect([one.log.at(-1), one.faults]).toEqual([`reset ${ErrorCode.CANCEL}`, []]);
	});

	test('backpressure goes through', async () => {
		let tunnel: Tunnel | undefined;
		const seen: unknown[] = [];
		const one = await under(
			rich((exchange) => {
				tunnel = exchange.accept?.([], {
					data: (chunk) => void seen.push(chunk.length),
					drain: () => void seen.push('drain'),
				});
				tunnel?.pause();
			}),
			CONNECT,
		);
		for (let count = 0; count < 10; count++) one.client.send(new Uint8Array(30_000));
		one.client.pause();
		let more = true;
		for (let count = 0; count < 100 && more; count++) {
			more = tunnel?.write(new Uint8Array(30_000)) ?? false;
			await turns();
		}
		expect([more, seen, one.credited < 100_000]).toEqual([false, [], true]);
		tunnel?.resume();
		one.client.resume();
		await turns();
		expect(seen.filter((one) => one === 30_000)).toHaveLength(10);
		expect(seen).toContain('drain');
	});
});

describe('FSA-63: how an exchange is ended', () => {
	const outcomes: Outcome[] = [];
	const closed = (outcome: Outcome): void => void outcomes.push(outcome);

	test.each<[string, (exchange: Exchange) => void, number]>([
		['refuse', (exchange) => exchange.refuse(), ErrorCode.REFUSED_STREAM],
		['abort', (exchange) => exchange.abort(), ErrorCode.CANCEL],
		[
			'abort of a response',
			(exchange) => {
				exchange.respond(200);
				exchange.write(utf8('x'));
				exchange.abort(ErrorCode.CANCEL);
			},
			ErrorCode.CANCEL,
		],
	])('%s', async (_, act, code) => {
		outcomes.length = 0;
		const one = await under(
			rich((exchange) => {
				exchange.attach({ closed });
				act(exchange);
			}),
		);
		expect([one.log.at(-1), one.faults, outcomes]).toEqual([`reset ${code}`, [], [{ reason: 'aborted', code }]]);
	});

	test('a failure before respond is for error(), and one after it breaks the response off', async () => {
		const oops = new Error('oops');
		const app = rich(() => {
			throw oops;
		});
		const one = await under(app);
		expect([one.status, one.faults]).toEqual([500, [oops]]);
		const inner = richToFetchServer(app);
		const two = recorded(
			fetchServerToRich(fetchServer({ fetch: inner.fetch, error: () => new Response('by error', { status: 503 }) })),
		);
		await turns();
		expect([two.status, two.faults]).toEqual([503, []]);
		const three = await under(
			rich((exchange) => {
				exchange.respond(200);
				exchange.write(utf8('x'));
				throw oops;
			}),
		);
		expect([three.log.at(-1), three.faults]).toEqual([`reset ${ErrorCode.INTERNAL_ERROR}`, [oops]]);
	});

	test.each<[string, (one: RecordedClient) => void, Outcome]>([
		['a reset', (one) => one.client.reset(8), { reason: 'reset', code: 8 }],
		['a loss', (one) => one.client.lose(), { reason: 'lost', code: 0 }],
	])('by the client: %s', async (_, end, outcome) => {
		outcomes.length = 0;
		const one = await under(
			rich((exchange) => {
				exchange.respond(200);
				return { closed };
			}),
			POST,
		);
		end(one);
		await turns();
		expect([outcomes, one.faults]).toEqual([[outcome], []]);
	});
});

test('FSA-64: down and up again a handler object answers as before', async () => {
	const app = fetchServer({
		async fetch(ctx) {
			if (ctx.request.method === 'DELETE') throw new Error('oops');
			ctx.sendInformational(103, { 'x-i': '1' });
			const headers: [string, string][] = [
				['set-cookie', 'a=1'],
				['set-cookie', 'b=2'],
			];
			return new Response(await ctx.request.text(), { status: 201, headers });
		},
		connect: () => new Response('no', { status: 403 }),
	});
	const once = fetchServerToRich(app);
	const again = fetchServerToRich(richToFetchServer(once));
	for (const request of [{}, POST, { method: 'HEAD' }, { method: 'DELETE' }, CONNECT] as const) {
		const logs: unknown[] = [];
		for (const form of [once, again]) {
			const one = recorded(form, request);
			if (request === POST) {
				one.client.send(utf8('hello'));
				one.client.end();
			}
			await turns();
			logs.push([one.log.filter((line) => line !== 'discard'), one.faults.map(String)]);
		}
		expect(logs[1]).toEqual(logs[0]);
	}
});
