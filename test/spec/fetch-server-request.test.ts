/** spec/fetch-server.md §3: the context, and its request. */
import { utf8 } from 'rsgi';
import { contextOf } from 'rsgi/fetch';
import type { RequestPriority, ServerContext } from 'rsgi/fetch-server';
import { describe, expect, test } from 'vitest';
import type { ConnectionFacts } from '../../src/rich/connection-facts.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { asked } from '../support/fetch-server-request.ts';
import type { RecordedClient, RecordedOptions } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const POST: PairRequest = { method: 'POST', hasContent: true };

/** The context of a request whose handler waits until `answer` is called. */
function open(
	request: PairRequest = {},
	options: RecordedOptions = {},
): { one: RecordedClient; ctx: () => ServerContext; answer: (response?: Response) => void } {
	let context: ServerContext | null = null;
	const { promise, resolve } = Promise.withResolvers<Response>();
	const handle = (ctx: ServerContext): Promise<Response> => {
		context = ctx;
		return promise;
	};
	const one = asked({ fetch: handle, connect: handle }, request, options);
	return {
		one,
		ctx: () => context as unknown as ServerContext,
		answer: (response = new Response(null, { status: 204 })) => resolve(response),
	};
}

async function failed(promise: Promise<unknown>): Promise<unknown> {
	return await promise.then(
		() => 'nothing',
		(error: unknown) => error,
	);
}

describe('FSA-30: priorities', () => {
	test('the client’s follows its updates, the server’s goes before it', async () => {
		const { one, ctx } = open({ fields: ['priority', 'u=5, i'] });
		await settled();
		const context = ctx();
		expect([context.clientPriority, context.serverPriority]).toEqual([{ urgency: 5, incremental: true }, null]);
		one.client.reprioritize({ urgency: 1, incremental: false });
		await settled();
		expect(context.clientPriority).toEqual({ urgency: 1, incremental: false });
		context.serverPriority = { urgency: 2 };
		expect([context.serverPriority, one.client.priority]).toEqual([
			{ urgency: 2, incremental: false },
			{ urgency: 2, incremental: false },
		]);
		one.client.reprioritize({ urgency: 7, incremental: true });
		await settled();
		expect([context.clientPriority.urgency, one.client.priority.urgency]).toEqual([7, 2]);
		context.serverPriority = null;
		expect([context.serverPriority, one.client.priority.urgency]).toEqual([null, 7]);
		one.client.reprioritize({ urgency: 6, incremental: true });
		await settled();
		expect(one.client.priority.urgency).toBe(6);
		expect(() => {
			context.serverPriority = { urgency: 8 };
		}).toThrow('0 to 7');
	});

	test('without a word from the client it is the default', async () => {
		const { ctx } = open({ httpVersion: '1.1' });
		await settled();
		expect(ctx().clientPriority).toEqual({ urgency: 3, incremental: false });
	});
});

test('FSA-31: onpriority is told of each change; what it throws goes to the log', async () => {
	const { one, ctx, answer } = open();
	await settled();
	const seen: RequestPriority[] = [];
	expect(ctx().onpriority).toBe(null);
	ctx().onpriority = (priority) => void seen.push(priority, ctx().clientPriority);
	one.client.reprioritize({ urgency: 1, incremental: true });
	await settled();
	expect(seen).toEqual([
		{ urgency: 1, incremental: true },
		{ urgency: 1, incremental: true },
	]);
	const oops = new Error('oops');
	ctx().onpriority = () => {
		throw oops;
	};
	one.client.reprioritize({ urgency: 2, incremental: true });
	await settled();
	ctx().onpriority = null;
	one.client.reprioritize({ urgency: 4, incremental: true });
	await settled();
	answer();
	await settled();
	expect([one.status, one.faults, seen.length]).toEqual([204, [oops], 2]);
	expect(() => {
		ctx().onpriority = 7 as never;
	}).toThrow(TypeError);
});

describe('FSA-32: facts of the connection', () => {
	const tls = { version: 'TLSv1.3', cipher: 'x', alpn: 'h2', serverName: 'a.test', clientCertificate: null };
	const connection: ConnectionFacts = {
		id: 1,
		peer: { family: 'IPv6', address: '::1', port: 7 },
		local: { family: 'unix', path: '/x' },
		tls,
	};
	test.each<[string, PairRequest, RecordedOptions, object]>([
		[
			'TLS',
			{},
			{ connection },
			{
				alpnProtocol: 'h2',
				encrypted: true,
				serverName: 'a.test',
				remoteAddress: { family: 'IPv6', address: '::1', port: 7 },
				localAddress: { address: '', port: 0 },
			},
		],
		[
			'TLS without ALPN',
			{ httpVersion: '1.1' },
			{ connection: { ...connection, tls: { ...tls, alpn: null, serverName: null } } },
			{ alpnProtocol: 'http/1.1', encrypted: true, serverName: null },
		],
		['plain HTTP/2', {}, {}, { alpnProtocol: 'h2', encrypted: false, serverName: null }],
		[
			'plain HTTP/1.1',
			{ httpVersion: '1.1' },
			{},
			{ alpnProtocol: 'http/1.1', remoteAddress: { address: '', port: 0 } },
		],
	])('%s', async (_, request, options, facts) => {
		const { ctx } = open(request, options);
		await settled();
		for (const [name, value] of Object.entries(facts)) expect(ctx()[name as 'encrypted']).toEqual(value);
		expect(ctx().autoContinue).toBe(true);
	});
});

describe('FSA-33: the request', () => {
	test('is a Request, and the same each time', async () => {
		const { ctx } = open({ ...POST, target: '/a/../b?c', fields: ['X-A', '1', 'x-a', '2'] });
		await settled();
		const { request } = ctx();
		expect(request).toBe(ctx().request);
		expect(request).toBeInstanceOf(Request);
		expect(request.constructor).toBe(Request);
		expect([request.method, request.url, request.headers.get('x-a')]).toEqual(['POST', 'http://localhost/b?c', '1, 2']);
		expect(new Request(request).url).toBe(request.url);
		expect(contextOf(request)?.target).toBe('/a/../b?c');
		await expect(Promise.race([contextOf(request)?.completed, 'open'])).resolves.toBe('open');
	});

	test.each<[string, PairRequest, string, string]>([
		['extended CONNECT', { method: 'CONNECT', protocol: 'toy', target: '/x' }, 'CONNECT', 'http://localhost/x'],
		[
			'plain CONNECT',
			{ method: 'CONNECT', scheme: '', authority: 'db:5432', target: 'db:5432' },
			'CONNECT',
			'http://db:5432/',
		],
		['TRACE', { method: 'TRACE' }, 'TRACE', 'http://localhost/'],
	])('%s keeps its method, which a Request of the platform cannot have', async (_, sent, method, url) => {
		const { ctx } = open(sent);
		await settled();
		const { request } = ctx();
		expect([request.method, request.url, request.headers.get('upgrade'), request.body]).toEqual([
			method,
			url,
			null,
			null,
		]);
		expect(() => request.clone()).toThrow(TypeError);
	});

	test('an authority that cannot stand in a URL is answered 400', async () => {
		const { one, ctx } = open({ authority: 'a b' });
		await settled();
		expect([one.status, ctx()]).toEqual([400, null]);
	});

	test('its content is read as it comes', async () => {
		const { one, ctx, answer } = open(POST);
		await settled();
		const text = ctx().request.text();
		one.client.send(utf8('hel'));
		one.client.send(utf8('lo'));
		one.client.end();
		expect(await text).toBe('hello');
		answer();
		await settled();
		expect([one.status, one.faults]).toEqual([204, []]);
	});

	test('what is unread when the response is over is dropped, unless something is waited for', async () => {
		const { one, ctx, answer } = open(POST);
		await settled();
		const slow = Promise.withResolvers<void>();
		ctx().waitUntil(slow.promise);
		const reader = (ctx().request.body as ReadableStream<Uint8Array>).getReader();
		answer();
		await settled();
		one.client.send(utf8('late'));
		expect((await reader.read()).value?.length).toBe(4);
		const more = failed(reader.read());
		slow.resolve();
		expect(await more).toMatchObject({ code: 'ERR_HTTP_REQUEST_BODY_REJECTED' });
		expect(one.log.at(-1)).toBe('discard');
	});

	test('to cancel its body discards the rest, and the response goes on', async () => {
		const { one, ctx, answer } = open(POST);
		await settled();
		await ctx().request.body?.cancel();
		answer(new Response('still'));
		await settled();
		expect([one.log.includes('discard'), one.text, one.faults]).toEqual([true, 'still', []]);
	});
});

describe('FSA-34: trailer fields of the request', () => {
	test('come when the content has been read', async () => {
		const { one, ctx } = open(POST);
		await settled();
		const trailers = ctx().request.trailers;
		const text = ctx().request.text();
		one.client.send(utf8('x'));
		one.client.end(['X-Sum', 'abc', 'x-sum', 'def']);
		expect(await text).toBe('x');
		expect([...(await trailers)]).toEqual([['x-sum', 'abc, def']]);
		expect([...(await ctx().request.trailers)]).toHaveLength(1);
	});

	test('are none where there is no content', async () => {
		const { ctx } = open();
		await settled();
		expect([...(await ctx().request.trailers)]).toEqual([]);
	});

	test('fail when the exchange ends before', async () => {
		const { one, ctx } = open(POST);
		await settled();
		const trailers = failed(ctx().request.trailers);
		one.client.lose();
		expect(await trailers).toMatchObject({ code: 'ERR_HTTP_CONNECTION_RESET' });
		expect(await failed(ctx().request.trailers)).toMatchObject({ code: 'ERR_HTTP_CONNECTION_RESET' });
	});
});

describe('FSA-35: how the end of an exchange is heard', () => {
	test.each<[string, (one: RecordedClient) => void, object]>([
		['a reset', (one) => one.client.reset(8), { code: 'ERR_HTTP_REQUEST_CANCELLED', detail: { errorCode: 8 } }],
		['a protocol error', (one) => one.client.reset(1), { code: 'ERR_HTTP_PROTOCOL_ERROR' }],
		[
			'another reset',
			(one) => one.client.reset(2),
			{ code: 'ERR_HTTP_STREAM_RESET', detail: { errorName: 'INTERNAL_ERROR' } },
		],
		['a loss', (one) => one.client.lose(), { code: 'ERR_HTTP_CONNECTION_RESET' }],
	])('%s: by the signal, a read, the body of the response, and completed', async (_, end, reason) => {
		const { one, ctx, answer } = open(POST);
		await settled();
		const { signal, body } = ctx().request;
		const reading = failed((body as ReadableStream).getReader().read());
		const completed = failed(ctx().completed as Promise<undefined>);
		let cancelled: unknown;
		answer(
			new Response(
				new ReadableStream({
					cancel: (given) => {
						cancelled = given;
					},
				}),
			),
		);
		await settled();
		end(one);
		await settled();
		expect(signal.reason).toBeInstanceOf(TypeError);
		expect(signal.reason).toMatchObject(reason);
		for (const heard of [await reading, await completed, cancelled]) expect(heard).toBe(signal.reason);
		expect(one.faults).toEqual([]);
	});

	test('a handler that fails by what it heard is no fault', async () => {
		const one = asked({ fetch: async (ctx) => new Response(await ctx.request.text()) }, POST);
		await settled();
		one.client.reset(8);
		await settled();
		expect(one.faults).toEqual([]);
	});

	test('asked for afterwards, the signal is aborted already', async () => {
		const { one, ctx } = open();
		await settled();
		one.client.reset(8);
		await settled();
		expect(ctx().request.signal.aborted).toBe(true);
	});

	test('a response that comes too late is cancelled', async () => {
		const { one, answer } = open();
		await settled();
		one.client.reset(8);
		await settled();
		let cancelled = false;
		answer(
			new Response(
				new ReadableStream({
					cancel: () => {
						cancelled = true;
					},
				}),
			),
		);
		await settled();
		expect([cancelled, one.faults]).toEqual([true, []]);
	});
});
