/** spec/fetch-server.md §4: what becomes of what handlers return and throw. */
import { type HandlerObject, protocolError, type ServerContext, withTrailers } from 'rsgi/fetch-server';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { asked } from '../support/fetch-server-request.ts';
import type { RecordedClient } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const CONNECT: PairRequest = { method: 'CONNECT', protocol: 'toy' };
const oops = new Error('oops');

async function answered(handler: HandlerObject, request: PairRequest = {}): Promise<RecordedClient> {
	const one = asked(handler, request);
	for (let turn = 0; turn < 6; turn++) await settled();
	return one;
}

function streamed(chunks: readonly unknown[], error?: unknown): ReadableStream<Uint8Array> {
	const rest = [...chunks];
	return new ReadableStream({
		pull(controller) {
			const chunk = rest.shift();
			if (chunk !== undefined) controller.enqueue(chunk as Uint8Array);
			else if (error === undefined) controller.close();
			else controller.error(error);
		},
	});
}

describe('FSA-50: the response that fetch returns is sent', () => {
	test('with its fields and its content', async () => {
		const headers: [string, string][] = [
			['x-a', '1'],
			['set-cookie', 'a=1'],
			['set-cookie', 'b=2'],
			['connection', 'close'],
		];
		const one = await answered({
			fetch: async () => new Response('hello', { status: 201, statusText: 'Made', headers }),
		});
		expect([one.log, one.faults]).toEqual([
			[
				'respond 201 Made content-type: text/plain;charset=UTF-8 set-cookie: a=1 set-cookie: b=2 x-a: 1',
				'data hello',
				'end',
			],
			[],
		]);
	});

	test('to HEAD without its content, which is cancelled', async () => {
		let cancelled = false;
		const body = new ReadableStream({
			cancel: () => {
				cancelled = true;
			},
		});
		const one = await answered(
			{ fetch: () => new Response(body, { headers: { 'content-length': '7' } }) },
			{ method: 'HEAD' },
		);
		expect([one.log, cancelled]).toEqual([['respond 200 content-length: 7', 'end'], true]);
	});

	test('a chunk of any size', async () => {
		const one = await answered({ fetch: () => new Response(streamed([new Uint8Array(1), new Uint8Array(900_000)])) });
		expect([one.content.length, one.faults]).toEqual([900_001, []]);
	});

	test('as a method of its object', async () => {
		const handler = {
			name: 'state',
			fetch() {
				return new Response(this.name);
			},
		};
		expect((await answered(handler)).text).toBe('state');
	});
});

describe('FSA-51: what cannot be sent is a TypeError', () => {
	const used = new Response('x');
	void used.text();
	test.each<[string, unknown, string]>([
		['nothing', undefined, 'fetch returned undefined: return a Response, or deny() first'],
		['text', 'hello', 'fetch returned a string that cannot be sent'],
		['a response that was read', used, 'fetch returned a Response that cannot be sent'],
		['Response.error()', Response.error(), 'fetch returned a Response that cannot be sent'],
	])('%s', async (_, given, message) => {
		const seen: unknown[] = [];
		const one = await answered({ fetch: () => given as Response, error: (_ctx, error) => void seen.push(error) });
		expect(seen[0]).toBeInstanceOf(TypeError);
		expect((seen[0] as Error).message).toContain(message);
		expect([one.status, one.text, one.faults]).toEqual([500, 'Internal Server Error\n', [seen[0]]]);
	});

	test.each<[string, unknown, string]>([
		['nothing', undefined, 'connect returned undefined: return a Response, or accept() or deny() first'],
		[
			'2xx to CONNECT',
			new Response('x'),
			'connect returned a Response of status 200, which says that a tunnel is open',
		],
	])('of connect: %s', async (_, given, message) => {
		const one = await answered({ fetch: () => new Response(), connect: () => given as Response }, CONNECT);
		expect([one.status, one.text]).toEqual([502, 'Bad Gateway\n']);
		expect((one.faults[0] as Error).message).toContain(message);
	});

	test('fields that cannot be sent are a fault of the handler too', async () => {
		const one = await answered({
			fetch: () => new Response('x', { headers: { 'content-length': 'many' } }),
			error: () => new Response('by error', { status: 503 }),
		});
		expect([one.status, one.text, one.faults]).toEqual([503, 'by error', []]);
	});
});

describe('FSA-52: a body that fails resets the response', () => {
	test.each<[string, unknown, number, number]>([
		['any error', oops, ErrorCode.INTERNAL_ERROR, 1],
		['CANCELLED', protocolError('ERR_HTTP_REQUEST_CANCELLED', ''), ErrorCode.CANCEL, 0],
		['INTERNAL', protocolError('ERR_HTTP_INTERNAL_ERROR', ''), ErrorCode.INTERNAL_ERROR, 0],
		['a code that cannot be sent', protocolError('ERR_HTTP_REQUEST_REJECTED', ''), ErrorCode.INTERNAL_ERROR, 1],
	])('%s', async (_, error, code, logged) => {
		const never = (): Response => new Response('never');
		const one = asked({ fetch: () => new Response(streamed([new Uint8Array(3)], error)), error: never });
		for (let turn = 0; turn < 6; turn++) await settled();
		expect([one.status, one.log.at(-1), one.faults.length]).toEqual([200, `reset ${code}`, logged]);
	});

	test('and so does a chunk that is no bytes', async () => {
		const one = await answered({ fetch: () => new Response(streamed(['text'])) });
		expect(one.log.at(-1)).toBe(`reset ${ErrorCode.INTERNAL_ERROR}`);
		expect(String(one.faults[0])).toContain('pipe text through a TextEncoderStream');
	});
});

describe('FSA-53: error()', () => {
	const connect = (): never => {
		throw oops;
	};
	const fetch = (): Promise<Response> => Promise.reject(oops);

	test.each([
		['fetch', {}, 500],
		['connect', CONNECT, 502],
	] as const)('%s: without it, %j is answered %i, and the log told', async (_, request, status) => {
		const one = await answered({ fetch, connect }, request);
		expect([one.status, one.faults]).toEqual([status, [oops]]);
	});

	test('is called with the same context and the error, as a method; what it returns is sent', async () => {
		const seen: unknown[] = [];
		const handler = {
			fetch(ctx: ServerContext): Response {
				seen.push(ctx);
				throw oops;
			},
			error(ctx: ServerContext, error: unknown): Response {
				seen.push(ctx, error, this);
				return new Response('by error', { status: 503 });
			},
		};
		const one = await answered(handler);
		expect([one.status, one.text, one.faults]).toEqual([503, 'by error', []]);
		expect(seen[1]).toBe(seen[0]);
		expect([seen[2], seen[3]]).toEqual([oops, handler]);
	});

	test('it may deny', async () => {
		const one = await answered({ fetch, error: (ctx) => ctx.deny() });
		expect([one.log, one.faults]).toEqual([[`reset ${ErrorCode.REFUSED_STREAM}`], []]);
	});

	test('after an informational response it is still asked', async () => {
		const one = await answered({
			fetch(ctx) {
				ctx.sendInformational(103);
				throw oops;
			},
			error: () => new Response('late', { status: 500 }),
		});
		expect([one.log[0], one.status, one.text]).toEqual(['inform 103', 500, 'late']);
	});

	test.each<[string, () => unknown]>([
		['throws', () => Promise.reject(new Error('again'))],
		['returns what is none', () => 7],
		['returns 2xx to CONNECT', () => new Response('x')],
	])('that %s is not asked again: the default, and both are logged', async (_, error) => {
		const one = await answered({ fetch, connect, error: error as () => Response }, CONNECT);
		expect([one.status, one.faults.length]).toEqual([502, 1]);
		expect((one.faults[0] as AggregateError).errors[0]).toBe(oops);
	});

	test('is not asked when the exchange was denied, or is over', async () => {
		const error = (): Response => new Response('never');
		const one = await answered({
			fetch(ctx) {
				ctx.deny();
				throw oops;
			},
			error,
		});
		expect([one.log, one.faults]).toEqual([[`reset ${ErrorCode.REFUSED_STREAM}`], [oops]]);
		const two = asked({
			async fetch() {
				two.client.lose();
				await settled();
				throw oops;
			},
			error,
		});
		for (let turn = 0; turn < 6; turn++) await settled();
		expect([two.log, two.faults]).toEqual([[], [oops]]);
	});
});

describe('FSA-55: trailer fields of the response', () => {
	test.each<[string, string | null]>([
		['a body', 'hello'],
		['none', null],
	])('behind %s', async (_, body) => {
		const sum = Promise.withResolvers<[string, string][]>();
		const one = asked({ fetch: () => withTrailers(new Response(body), sum.promise) });
		await settled();
		expect(one.log.includes('end')).toBe(false);
		sum.resolve([['x-sum', 'abc']]);
		await settled();
		expect([one.log.at(-1), one.faults]).toEqual(['end x-sum: abc', []]);
	});

	test('of whatever has a member trailers', async () => {
		const response = Object.assign(new Response('x'), { trailers: Promise.resolve(new Headers({ 'x-a': '1' })) });
		expect((await answered({ fetch: () => response })).log.at(-1)).toBe('end x-a: 1');
	});

	test.each<[string, PairRequest, ResponseInit]>([
		['HEAD', { method: 'HEAD' }, {}],
		['HTTP/1.0', { httpVersion: '1.0' }, {}],
		['Content-Length on HTTP/1.1', { httpVersion: '1.1' }, { headers: { 'content-length': '1' } }],
	])('not where they cannot be sent: %s', async (_, request, init) => {
		const one = await answered({ fetch: () => withTrailers(new Response('x', init), { 'x-a': '1' }) }, request);
		expect([one.log.at(-1), one.faults]).toEqual(['end', []]);
	});

	test('that fail, or are none, reset the response', async () => {
		for (const trailers of [Promise.reject(oops), { host: 'x' }]) {
			const one = await answered({ fetch: () => withTrailers(new Response('x'), trailers) });
			expect([one.log.at(-1), one.faults.length]).toEqual([`reset ${ErrorCode.INTERNAL_ERROR}`, 1]);
		}
	});
});
