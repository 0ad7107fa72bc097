/** spec/fetch-server.md §5: tunnels, over the in-memory pair. */
import { utf8 } from 'rsgi';
import {
	type Capsule,
	type ConnectContext,
	FALL_THROUGH,
	type HandlerObject,
	protocolError,
	type Tunnel,
} from 'rsgi/fetch-server';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { capsuleBytes } from '../../src/wire/capsule.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { asked } from '../support/fetch-server-request.ts';
import type { RecordedClient, RecordedOptions } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const CONNECT: PairRequest = { method: 'CONNECT', protocol: 'toy', target: '/t' };
const PLAIN: PairRequest = { method: 'CONNECT', scheme: '', authority: 'db:5432', target: 'db:5432' };
const UPGRADE: PairRequest = {
	protocol: 'toy',
	httpVersion: '1.1',
	fields: ['Connection', 'Upgrade', 'Upgrade', 'toy'],
};

const fetch = (): Response => new Response('by fetch');

async function turns(): Promise<void> {
	for (let turn = 0; turn < 6; turn++) await settled();
}

/** A client of a tunnel that this handler has. */
async function tunnelled(
	use: (tunnel: Tunnel, ctx: ConnectContext) => unknown,
	request: PairRequest = CONNECT,
	options: RecordedOptions = {},
): Promise<RecordedClient> {
	const connect = async (ctx: ConnectContext): Promise<void> => {
		await use(await ctx.accept({ headers: { 'x-a': '1' } }), ctx);
	};
	const one = asked({ fetch, connect }, request, options);
	await turns();
	return one;
}

async function failure(promise: Promise<unknown>): Promise<{ name: string; code?: string | undefined }> {
	const error = (await promise.then(
		() => new Error('nothing'),
		(reason: unknown) => reason,
	)) as Error & { code?: string };
	return { name: error.name, code: typeof error.code === 'string' ? error.code : undefined };
}

describe('FSA-12: who gets a request', () => {
	const both: HandlerObject = { fetch, connect: (ctx) => new Response(`${ctx.connectProtocol}`, { status: 403 }) };
	test.each([
		['extended CONNECT', both, CONNECT, [403, 'toy']],
		['plain CONNECT', both, PLAIN, [403, 'null']],
		['Upgrade', both, UPGRADE, [403, 'toy']],
		['Upgrade without connect', { fetch }, UPGRADE, [200, 'by fetch']],
		['CONNECT without connect', { fetch }, CONNECT, [501, 'Not Implemented: the application opens no tunnels\n']],
		['GET', both, {}, [200, 'by fetch']],
	] as const)('%s', async (_, handler, request, answer) => {
		const one = asked(handler, request);
		await turns();
		expect([[one.status, one.text], one.faults]).toEqual([answer, []]);
	});
});

describe('FSA-13: falling through', () => {
	test('fetch gets the same request, in a fresh context, with what waitUntil was given', async () => {
		const seen: unknown[] = [];
		const slow = Promise.withResolvers<void>();
		const one = asked(
			{
				connect(ctx) {
					seen.push(ctx, ctx.request);
					ctx.waitUntil(slow.promise);
					ctx.deny(FALL_THROUGH);
					for (const act of [() => ctx.deny(), () => ctx.deny(FALL_THROUGH), () => ctx.upgradeWebSocket()]) {
						expect(act).toThrow('after deny(FALL_THROUGH)');
					}
					seen.push(ctx.accept().catch((error: Error) => error.name));
				},
				fetch(ctx) {
					seen.push(ctx, ctx.request);
					expect(() => ctx.deny(FALL_THROUGH)).toThrow('Only connect can fall through');
					return new Response(ctx.request.headers.get('upgrade'));
				},
			},
			UPGRADE,
		);
		await turns();
		expect([one.status, one.text, one.faults]).toEqual([200, 'toy', []]);
		expect(seen[0]).not.toBe(seen[3]);
		expect(seen[1]).toBe(seen[4]);
		expect(await seen[2]).toBe('InvalidStateError');
		slow.resolve();
	});

	test('is nothing for CONNECT', async () => {
		const one = asked({ fetch, connect: (ctx) => ctx.deny(FALL_THROUGH) }, CONNECT);
		await turns();
		expect(one.status).toBe(502);
		expect((one.faults[0] as Error).name).toBe('InvalidStateError');
	});

	test('a fault after it comes first: error(), then 502, and never fetch', async () => {
		const seen: unknown[] = [];
		for (const outcome of [() => new Response('x'), () => Promise.reject(new Error('late'))]) {
			const one = asked(
				{
					fetch,
					connect(ctx) {
						ctx.deny(FALL_THROUGH);
						return outcome() as Promise<Response>;
					},
					error: (_ctx, error) => void seen.push((error as Error).name),
				},
				UPGRADE,
			);
			await turns();
			expect([one.status, one.faults.length]).toEqual([502, 1]);
		}
		expect(seen).toEqual(['TypeError', 'Error']);
	});
});

describe('FSA-40: accept', () => {
	test.each([
		['extended CONNECT', CONNECT],
		['plain CONNECT', PLAIN],
		['Upgrade', UPGRADE],
	])('%s: the headers are sent, those of the connection left out', async (_, request) => {
		const one = asked(
			{
				fetch,
				async connect(ctx) {
					const tunnel = await ctx.accept({ status: 299, headers: { 'x-a': '1', upgrade: 'other' } });
					expect(() => ctx.deny()).toThrow('a tunnel was accepted');
					await expect(ctx.accept()).rejects.toThrow('a tunnel was accepted');
					tunnel.close();
				},
			},
			request,
		);
		await turns();
		expect([one.log.slice(0, 2), one.faults]).toEqual([['accept x-a: 1', 'end'], []]);
	});

	test('when the client has gone it is rejected with the reason', async () => {
		let seen: unknown;
		const one = asked(
			{
				fetch,
				async connect(ctx) {
					one.client.lose();
					await settled();
					seen = await failure(ctx.accept());
				},
			},
			CONNECT,
		);
		await turns();
		expect(seen).toEqual({ name: 'TypeError', code: 'ERR_HTTP_CONNECTION_RESET' });
		expect(one.faults).toEqual([]);
	});

	test('headers that are none are refused, and it can be tried again', async () => {
		const one = asked(
			{
				fetch,
				async connect(ctx) {
					await expect(ctx.accept({ headers: { 'content-length': '1' } })).rejects.toThrow('Content-Length');
					(await ctx.accept()).close();
				},
			},
			CONNECT,
		);
		await turns();
		expect([one.log, one.faults]).toEqual([['accept', 'end'], []]);
	});
});

test('FSA-41: an Upgrade is accepted when the request has ended; content that nobody read is dropped', async () => {
	const seen: string[] = [];
	const one = asked(
		{
			fetch,
			async connect(ctx) {
				const tunnel = await ctx.accept();
				seen.push('accepted');
				for await (const chunk of tunnel.readable) seen.push(new TextDecoder().decode(chunk));
				tunnel.close();
			},
		},
		{ ...UPGRADE, method: 'POST', hasContent: true, fields: ['Upgrade', 'toy', 'Content-Length', '7'] },
	);
	await turns();
	one.client.send(utf8('content'));
	await turns();
	expect(seen).toEqual([]);
	one.client.end();
	await turns();
	one.client.send(utf8('tunnel'));
	one.client.end();
	await turns();
	expect([seen, one.faults, one.log]).toEqual([['accepted', 'tunnel'], [], ['accept', 'end']]);
});

describe('FSA-42: bytes', () => {
	test('both ways, piped', async () => {
		const one = await tunnelled((tunnel) => tunnel.readable.pipeTo(tunnel.writable));
		for (const word of ['one', 'two']) {
			one.client.send(utf8(word));
			await turns();
		}
		one.client.end();
		await turns();
		expect([one.log, one.faults]).toEqual([['accept x-a: 1', 'data one', 'data two', 'end'], []]);
	});

	test('a chunk may be changed when its write is called', async () => {
		const one = await tunnelled(async (tunnel) => {
			const writer = tunnel.writable.getWriter();
			const chunk = utf8('mine');
			const written = writer.write(chunk);
			await written;
			chunk.fill(0);
			await writer.close();
		});
		expect(one.text).toBe('mine');
	});

	test('a writer waits for the client, and the client for a reader', async () => {
		const seen = { written: 0, read: 0 };
		const reading = Promise.withResolvers<void>();
		const one = await tunnelled(async (tunnel) => {
			await reading.promise;
			const writer = tunnel.writable.getWriter();
			for (; seen.written < 20; seen.written++) await writer.write(new Uint8Array(50_000));
			await writer.close();
			for await (const chunk of tunnel.readable) seen.read += chunk.length;
		});
		while (one.client.send(new Uint8Array(10_000))) {
			// Until it is told to wait.
		}
		one.client.pause();
		reading.resolve();
		await turns();
		expect([seen.written < 3, one.credited]).toEqual([true, 0]);
		one.client.resume();
		one.client.end();
		await turns();
		expect([seen, one.content.length, one.faults]).toEqual([{ written: 20, read: 70_000 }, 1_000_000, []]);
	});

	test('a chunk beyond the hard mark goes in pieces', async () => {
		const one = await tunnelled(async (tunnel) => {
			const writer = tunnel.writable.getWriter();
			await writer.write(new Uint8Array(1));
			await writer.write(new Uint8Array(2_000_000));
			await writer.close();
		});
		expect([one.content.length, one.faults]).toEqual([2_000_001, []]);
	});

	test('what is no bytes is refused', async () => {
		const seen: string[] = [];
		await tunnelled(async (tunnel) => {
			const writer = tunnel.writable.getWriter();
			await writer.write('text' as never).catch((error: Error) => seen.push(error.message));
		});
		expect(seen[0]).toContain('pipe text through a TextEncoderStream');
	});
});

describe('FSA-43: a tunnel that ends well', () => {
	test('when both directions have ended', async () => {
		const seen: string[] = [];
		const one = await tunnelled(async (tunnel) => {
			void tunnel.closed.then(() => seen.push('closed'));
			tunnel.close();
			tunnel.close();
			for await (const chunk of tunnel.readable) seen.push(new TextDecoder().decode(chunk));
		});
		expect([one.log, seen]).toEqual([['accept x-a: 1', 'end'], []]);
		one.client.send(utf8('still'));
		await turns();
		expect(seen).toEqual(['still']);
		one.client.end();
		await turns();
		expect(seen).toEqual(['still', 'closed']);
	});

	test('close() ends our direction although a writer is held, behind what was written', async () => {
		const seen: unknown[] = [];
		const one = await tunnelled(async (tunnel) => {
			const writer = tunnel.writable.getWriter();
			void writer.write(utf8('before')).catch(() => {});
			await settled();
			tunnel.close();
			seen.push(await failure(writer.write(utf8('after'))));
		});
		expect(one.log.slice(0, 3)).toEqual(['accept x-a: 1', 'data before', 'end']);
		expect(seen).toEqual([{ name: 'InvalidStateError', code: undefined }]);
	});

	test('await using closes it and waits; what has ended is left alone', async () => {
		const seen: string[] = [];
		const one = await tunnelled(async (given) => {
			{
				await using tunnel = given;
				seen.push(tunnel === given ? 'open' : '');
			}
			seen.push('closed');
			await given[Symbol.asyncDispose]();
			given.destroy(new Error('too late'));
			seen.push(String(await given.closed));
		});
		expect([one.log.at(-1), seen]).toEqual(['end', ['open']]);
		one.client.end();
		await turns();
		expect(seen).toEqual(['open', 'closed', 'undefined']);
	});
});

describe('FSA-44: a tunnel that ends otherwise', () => {
	const cancelled = protocolError('ERR_HTTP_REQUEST_CANCELLED', 'no more');
	test.each<[string, (tunnel: Tunnel) => unknown, number]>([
		['destroy()', (tunnel) => tunnel.destroy(), ErrorCode.CONNECT_ERROR],
		['destroy(error)', (tunnel) => tunnel.destroy(cancelled), ErrorCode.CANCEL],
		['destroy(other)', (tunnel) => tunnel.destroy(new Error('x')), ErrorCode.CONNECT_ERROR],
		['abort', (tunnel) => tunnel.writable.abort(cancelled), ErrorCode.CANCEL],
		['cancel', (tunnel) => tunnel.readable.cancel('x'), ErrorCode.CONNECT_ERROR],
		[
			'a code that is not sendable',
			(tunnel) => tunnel.destroy(protocolError('ERR_HTTP_REQUEST_REJECTED', '')),
			ErrorCode.CONNECT_ERROR,
		],
	])('%s resets it, and fails the rest', async (_, act, code) => {
		const seen: unknown[] = [];
		const one = await tunnelled(async (tunnel) => {
			const reading = tunnel.readable;
			await act(tunnel);
			seen.push((await failure(tunnel.closed)).name);
			seen.push(reading.locked);
			await tunnel[Symbol.asyncDispose]();
		});
		expect([one.log.at(-1), one.faults]).toEqual([`reset ${code}`, []]);
		expect(seen[0]).not.toBe('nothing');
	});

	test('destroy(): closed is rejected with the error, streams that are held fail', async () => {
		const error = new Error('mine');
		const seen: unknown[] = [];
		await tunnelled(async (tunnel) => {
			const reader = tunnel.readable.getReader();
			const writer = tunnel.writable.getWriter();
			const read = reader.read().catch((reason: unknown) => reason);
			tunnel.destroy(error);
			seen.push(await read, await writer.write(utf8('x')).catch((reason: unknown) => reason));
			seen.push(await tunnel.closed.catch((reason: unknown) => reason));
		});
		expect(seen).toEqual([error, error, error]);
	});

	test.each([
		[8, 'ERR_HTTP_REQUEST_CANCELLED', 'CANCEL'],
		[ErrorCode.CONNECT_ERROR, 'ERR_HTTP_CONNECT_ERROR', 'CONNECT_ERROR'],
		[ErrorCode.ENHANCE_YOUR_CALM, 'ERR_HTTP_STREAM_RESET', 'ENHANCE_YOUR_CALM'],
	])('the client resets it with %i', async (code, name, errorName) => {
		const seen: unknown[] = [];
		const one = await tunnelled(async (tunnel) => {
			const reading = tunnel.readable.getReader().read();
			const writer = tunnel.writable.getWriter();
			for (const promise of [reading, tunnel.closed, writer.closed]) {
				void promise.catch((error: unknown) => seen.push(error));
			}
		});
		one.client.reset(code);
		await turns();
		expect(seen).toHaveLength(3);
		for (const error of seen) {
			expect(error).toBeInstanceOf(TypeError);
			expect(error).toMatchObject({ code: name, detail: { protocol: 'h2', errorCode: code, errorName } });
		}
		expect(one.faults).toEqual([]);
	});

	test('FSA-54: connect fails after it has accepted', async () => {
		const one = await tunnelled(() => Promise.reject(new Error('in connect')));
		expect([one.log.at(-1), one.faults.map(String)]).toEqual([
			`reset ${ErrorCode.CONNECT_ERROR}`,
			['Error: in connect'],
		]);
		const connect = async (ctx: ConnectContext): Promise<Response> => {
			await ctx.accept();
			return new Response('x');
		};
		const two = asked({ fetch, connect }, CONNECT);
		await turns();
		expect([two.log.at(-1), two.faults.map(String)]).toEqual([
			`reset ${ErrorCode.CONNECT_ERROR}`,
			[expect.stringContaining('connect returned a Response after accept()')],
		]);
	});
});

describe('FSA-45: upgrades to protocols', () => {
	test('upgradeWebSocket is what the server was given', async () => {
		const opened = { readyState: 1 };
		const seen: unknown[] = [];
		const one = asked(
			{
				fetch,
				connect(ctx) {
					seen.push(ctx.upgradeWebSocket({ protocol: ['chat'] }));
					expect(() => ctx.upgradeWebSocket()).toThrow('a tunnel was accepted');
				},
			},
			{ ...CONNECT, protocol: 'websocket' },
			{
				webSocket(exchange, options) {
					const tunnel = exchange.accept?.(['sec-websocket-protocol', options.protocol?.[0] ?? ''], {});
					tunnel?.end();
					return opened;
				},
			},
		);
		await turns();
		expect([seen, one.log, one.faults]).toEqual([[opened], ['accept sec-websocket-protocol: chat', 'end'], []]);
	});

	test.each([
		['toy', 'InvalidStateError', 'InvalidStateError'],
		['websocket', 'NotSupportedError', 'InvalidStateError'],
		['webtransport', 'InvalidStateError', 'NotSupportedError'],
	])('%s, where the server was given nothing', async (protocol, socket, transport) => {
		const seen: string[] = [];
		const one = asked(
			{
				fetch,
				async connect(ctx) {
					try {
						ctx.upgradeWebSocket();
					} catch (error) {
						seen.push((error as Error).name);
					}
					seen.push((await failure(ctx.upgradeWebTransport())).name);
					return new Response(null, { status: 501 });
				},
			},
			{ ...CONNECT, protocol },
		);
		await turns();
		expect([seen, one.status, one.faults]).toEqual([[socket, transport], 501, []]);
	});
});

describe('FSA-46: capsules and datagrams', () => {
	test('capsules come and go, in whatever pieces', async () => {
		const seen: Capsule[] = [];
		const one = await tunnelled(async (tunnel) => {
			const { readable, writable } = tunnel.capsules();
			for (const act of [() => tunnel.readable, () => tunnel.writable, () => tunnel.capsules()]) {
				expect(act).toThrow(DOMException);
			}
			const writer = writable.getWriter();
			for await (const capsule of readable) {
				seen.push(capsule);
				await writer.write(capsule);
			}
			await writer.close();
		});
		const sent = [
			{ type: 0, data: utf8('datagram') },
			{ type: 0x2843, data: new Uint8Array(0) },
			{ type: 0xff37a2, data: new Uint8Array(300).fill(7) },
			{ type: 2 ** 40, data: utf8('x') },
		];
		for (const { type, data } of sent) {
			for (const octet of capsuleBytes(type, data)) one.client.send(Uint8Array.of(octet));
			await turns();
		}
		one.client.end();
		for (let more = 0; more < 100; more++) await turns();
		expect(seen).toEqual(sent);
		expect(Buffer.compare(one.content, Buffer.concat(sent.map(({ type, data }) => capsuleBytes(type, data))))).toBe(0);
		expect([one.log.at(-1), one.faults]).toEqual(['end', []]);
	});

	test('datagrams are capsules of type 0, others are passed over; their streams do not end the tunnel', async () => {
		const seen: string[] = [];
		const one = await tunnelled(async (tunnel) => {
			const { readable, writable, unreliable } = tunnel.datagrams();
			expect(unreliable).toBe(false);
			expect(tunnel.datagrams()).toMatchObject({ readable, writable });
			expect(tunnel.datagrams()).not.toBe(tunnel.datagrams());
			const writer = writable.getWriter();
			await writer.write(utf8('hello'));
			await writer.close();
			for await (const datagram of readable) seen.push(new TextDecoder().decode(datagram));
			seen.push('over');
			tunnel.close();
		});
		one.client.send(capsuleBytes(5, new Uint8Array(3_000_000)));
		one.client.send(capsuleBytes(0, utf8('one')));
		await turns();
		one.client.send(capsuleBytes(0, utf8('two')));
		await turns();
		expect([one.text, seen]).toEqual(['\0\x05hello', ['one', 'two']]);
		one.client.end();
		await turns();
		expect([seen, one.log.at(-1), one.faults]).toEqual([['one', 'two', 'over'], 'end', []]);
	});

	test('with both, each gets its own; datagrams that nobody reads are dropped', async () => {
		const seen: unknown[] = [];
		const one = await tunnelled(async (tunnel) => {
			const datagrams = tunnel.datagrams();
			const { readable } = tunnel.capsules();
			for await (const { type } of readable) seen.push(type);
			for await (const datagram of datagrams.readable) seen.push(String(datagram));
		});
		for (let count = 0; count < 100; count++) one.client.send(capsuleBytes(0, Uint8Array.of(count)));
		one.client.send(capsuleBytes(9, utf8('x')));
		one.client.end();
		await turns();
		expect([seen.length, seen.slice(0, 3)]).toEqual([65, [9, '0', '1']]);
	});

	test('not when the bytes are being read already', async () => {
		const one = await tunnelled((tunnel) => {
			tunnel.readable.getReader();
			expect(() => tunnel.capsules()).toThrow('it is one or the other');
			expect(() => tunnel.datagrams()).toThrow('it is one or the other');
			tunnel.destroy();
		});
		expect(one.faults).toEqual([]);
	});
});

describe('FSA-47: what is no capsule', () => {
	test.each([
		['more than 1 MiB', capsuleBytes(5, new Uint8Array(1_100_000)), false],
		['cut off', capsuleBytes(5, utf8('whole')).subarray(0, 4), true],
	])('%s: the tunnel is reset, and its streams fail', async (_, bytes, ends) => {
		const seen: unknown[] = [];
		const one = await tunnelled(async (tunnel) => {
			seen.push(await failure(tunnel.capsules().readable.getReader().read()));
			seen.push(await failure(tunnel.closed));
		});
		one.client.send(bytes);
		if (ends) one.client.end();
		await turns();
		const failed = { name: 'TypeError', code: 'ERR_HTTP_CONNECT_ERROR' };
		expect([seen, one.log.at(-1)]).toEqual([[failed, failed], `reset ${ErrorCode.CONNECT_ERROR}`]);
	});

	test('a datagram of more than 1 MiB is dropped', async () => {
		const seen: number[] = [];
		const one = await tunnelled(async (tunnel) => {
			for await (const datagram of tunnel.datagrams().readable) seen.push(datagram.length);
		});
		one.client.send(capsuleBytes(0, new Uint8Array(1_100_000)));
		one.client.send(capsuleBytes(0, new Uint8Array(2)));
		await turns();
		expect(seen).toEqual([2]);
	});

	test.each([
		['a type that is none', { type: -1, data: new Uint8Array(1) }],
		['data that is none', { type: 1, data: 'text' }],
		['nothing', undefined],
	])('sent: %s', async (_, capsule) => {
		const seen: unknown[] = [];
		await tunnelled(async (tunnel) => {
			seen.push(
				await failure(
					tunnel
						.capsules()
						.writable.getWriter()
						.write(capsule as Capsule),
				),
			);
		});
		expect(seen).toEqual([{ name: 'TypeError', code: undefined }]);
	});
});
