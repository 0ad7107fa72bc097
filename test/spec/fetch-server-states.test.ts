/** spec/fetch-server.md §2: the states of an exchange, and what is done beside answering. */
import { FALL_THROUGH, protocolError, type ServerContext } from 'rsgi/fetch-server';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../src/wire/fault.ts';
import { asked } from '../support/fetch-server-request.ts';
import { settled } from '../support/settled.ts';

/** What an act throws, by its name; or that it throws nothing. */
function thrown(act: () => unknown): string {
	try {
		act();
	} catch (error) {
		return (error as Error).name;
	}
	return 'nothing';
}

/** What the two operations do in the state that an exchange is brought to. */
async function operations(bring: (ctx: ServerContext) => unknown): Promise<string[]> {
	const seen: string[] = [];
	let context!: ServerContext;
	const one = asked({
		async fetch(ctx) {
			context = ctx;
			const answer = await bring(ctx);
			if (answer === 'later') return new Response('x');
			seen.push(
				thrown(() => ctx.sendInformational(103)),
				thrown(() => ctx.deny()),
			);
			return answer as Response | undefined;
		},
	});
	await settled();
	if (seen.length === 0)
		seen.push(
			thrown(() => context.sendInformational(103)),
			thrown(() => context.deny()),
		);
	expect(one.faults).toEqual([]);
	return seen;
}

describe('FSA-10: what is allowed in which state', () => {
	test('informational: more of them, but no denial', async () => {
		const seen = operations((ctx) => {
			ctx.sendInformational(103, { link: '</a.css>' });
			return new Response('x');
		});
		expect(await seen).toEqual(['nothing', 'InvalidStateError']);
	});

	test('committed: neither', async () => {
		expect(await operations(() => 'later')).toEqual(['InvalidStateError', 'InvalidStateError']);
	});

	test('denied: neither', async () => {
		expect(await operations((ctx) => ctx.deny())).toEqual(['InvalidStateError', 'InvalidStateError']);
	});

	test('aborted: both are discarded', async () => {
		const seen: string[] = [];
		const one = asked({
			async fetch(ctx) {
				one.client.reset(8);
				await settled();
				seen.push(
					thrown(() => ctx.sendInformational(103)),
					thrown(() => ctx.deny()),
				);
				seen.push(thrown(() => ctx.deny(FALL_THROUGH)));
			},
		});
		await settled();
		await settled();
		expect([seen, one.faults]).toEqual([['nothing', 'nothing', 'nothing'], []]);
	});
});

describe('FSA-11: deny', () => {
	test.each([
		[undefined, ErrorCode.REFUSED_STREAM],
		['anything', ErrorCode.REFUSED_STREAM],
		[new Error('without a code'), ErrorCode.REFUSED_STREAM],
		[protocolError('ERR_HTTP_REQUEST_CANCELLED', ''), ErrorCode.CANCEL],
		[protocolError('ERR_HTTP_INTERNAL_ERROR', ''), ErrorCode.INTERNAL_ERROR],
		[{ code: 'ERR_HTTP_CONNECT_ERROR' }, ErrorCode.CONNECT_ERROR],
		[protocolError('ERR_HTTP_PROTOCOL_ERROR', ''), ErrorCode.REFUSED_STREAM],
	])('%s resets', async (error, code) => {
		const one = asked({ fetch: (ctx) => ctx.deny(error) });
		await settled();
		expect([one.log, one.faults]).toEqual([[`reset ${code}`], []]);
	});

	test('ERR_HTTP_GOAWAY retires the connection too', async () => {
		const one = asked({ fetch: (ctx) => ctx.deny(protocolError('ERR_HTTP_GOAWAY', 'enough')) });
		await settled();
		expect(one.log).toEqual([`reset ${ErrorCode.REFUSED_STREAM}`]);
	});

	test('a value that is returned after it goes to the log, and error() is not asked', async () => {
		const one = asked({
			fetch(ctx) {
				ctx.deny();
				return new Response('too much');
			},
			error: () => new Response('never'),
		});
		await settled();
		expect(one.log).toEqual([`reset ${ErrorCode.REFUSED_STREAM}`]);
		expect(one.faults.map(String)).toEqual([expect.stringContaining('fetch returned a Response after deny()')]);
	});
});

describe('FSA-14: completed', () => {
	test('is fulfilled when the response, or the denial, is with the transport', async () => {
		const seen: unknown[] = [];
		for (const act of [() => new Response('x'), (ctx: ServerContext) => ctx.deny()]) {
			asked({
				fetch(ctx) {
					expect(ctx.completed).toBe(ctx.completed);
					void ctx.completed?.then((given) => seen.push(given));
					return act(ctx);
				},
			});
			await settled();
		}
		expect(seen).toEqual([undefined, undefined]);
	});

	test('is rejected when the exchange ended otherwise, and tells later askers too', async () => {
		let context!: ServerContext;
		const one = asked({
			fetch(ctx) {
				context = ctx;
				return new Response(new ReadableStream());
			},
		});
		await settled();
		one.client.lose();
		await settled();
		await expect(context.completed).rejects.toMatchObject({ code: 'ERR_HTTP_CONNECTION_RESET' });
	});
});

test('FSA-15: a rejection of what waitUntil was given goes to the log, and error() is not asked', async () => {
	const oops = new Error('oops');
	const one = asked({
		fetch(ctx) {
			ctx.waitUntil(Promise.reject(oops));
			return new Response('x');
		},
		error: () => new Response('never'),
	});
	await settled();
	expect([one.text, one.faults]).toEqual(['x', [oops]]);
});

describe('FSA-20: sendInformational', () => {
	test('any number, with fields; those of the connection are left out', async () => {
		const one = asked({
			fetch(ctx) {
				ctx.sendInformational(102);
				ctx.sendInformational(103, { link: '</a.css>', connection: 'close' });
				return new Response('x');
			},
		});
		await settled();
		expect([one.log.slice(0, 2), one.faults]).toEqual([['inform 102', 'inform 103 link: </a.css>'], []]);
	});

	test.each([99, 101, 200, 103.5, Number.NaN])('%d is a RangeError', async (status) => {
		let seen = '';
		asked({
			fetch(ctx) {
				seen = thrown(() => ctx.sendInformational(status));
				return new Response();
			},
		});
		await settled();
		expect(seen).toBe('RangeError');
	});

	test('is not supported on HTTP/1.0', async () => {
		let seen = '';
		asked(
			{
				fetch(ctx) {
					seen = thrown(() => ctx.sendInformational(103));
					return new Response();
				},
			},
			{ httpVersion: '1.0' },
		);
		await settled();
		expect(seen).toBe('NotSupportedError');
	});
});

describe('FSA-21: 100 (Continue)', () => {
	const WAITING = {
		method: 'POST',
		hasContent: true,
		expectsContinue: true,
		fields: ['expect', '100-continue', 'content-length', '1'],
	} as const;

	async function sent(act: (ctx: ServerContext) => unknown, request: object = WAITING): Promise<string[]> {
		const one = asked(
			{
				async fetch(ctx) {
					await act(ctx);
					return new Response(null, { status: 204 });
				},
			},
			request,
		);
		await settled();
		expect(one.faults).toEqual([]);
		return one.log.filter((line) => /^(?:inform|continue|respond)/.test(line));
	}

	test('by the application, once', async () => {
		const log = await sent((ctx) => {
			ctx.sendInformational(100, { 'x-a': '1' });
			expect(thrown(() => ctx.sendInformational(100))).toBe('InvalidStateError');
			void ctx.request.text().catch(() => {});
		});
		expect(log).toEqual(['inform 100 x-a: 1', 'respond 204']);
	});

	test('not when nobody waits for it', async () => {
		const none = (ctx: ServerContext): void =>
			expect(thrown(() => ctx.sendInformational(100))).toBe('InvalidStateError');
		expect(await sent(none, {})).toEqual(['respond 204']);
	});

	test('before another informational response', async () => {
		expect(await sent((ctx) => ctx.sendInformational(103))).toEqual(['inform 100', 'inform 103', 'respond 204']);
	});

	test('by the server, when content is read; and then there is no denial', async () => {
		const log = await sent(async (ctx) => {
			void ctx.request.text().catch(() => {});
			// The stream asks for content a turn later.
			await Promise.resolve();
			await Promise.resolve();
			expect(thrown(() => ctx.deny())).toBe('InvalidStateError');
		});
		expect(log).toEqual(['continue', 'respond 204']);
	});

	test('not at all when the response comes without it, nor with a denial', async () => {
		expect(await sent(() => {})).toEqual(['respond 204']);
		const one = asked({ fetch: (ctx) => ctx.deny() }, WAITING);
		await settled();
		expect(one.log).toEqual([`reset ${ErrorCode.REFUSED_STREAM}`]);
	});
});
