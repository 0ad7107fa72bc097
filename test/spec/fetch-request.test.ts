/** spec/fetch.md §2: the request. */
import { inspect } from 'node:util';
import { type ExchangeEnded, utf8 } from 'rsgi';
import { contextOf, type FetchContext, fetch as fetchApp } from 'rsgi/fetch';
import { describe, expect, test } from 'vitest';
import { fetched, inheritsContexts, requestFor, richOf } from '../support/fetch-request.ts';
import { recorded } from '../support/recorded-client.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const POST = { method: 'POST', hasContent: true } as const;

describe('FETCH-3: the request is a Request', () => {
	test('to instanceof, to new Request(), to clone() and to the getters of the prototype', async () => {
		const { request } = await requestFor({ target: '/a?b', fields: ['X-A', '1', 'cookie', 'a=1', 'cookie', 'b=2'] });
		expect(request).toBeInstanceOf(Request);
		expect(request.constructor).toBe(Request);
		for (const other of [new Request(request), request.clone(), new Request(request, { method: 'POST' })]) {
			expect(other).toBeInstanceOf(Request);
			expect([other.url, other.headers.get('x-a')]).toEqual(['http://localhost/a?b', '1']);
			expect(other.headers.get('cookie')).toBe('a=1; b=2');
		}
		for (const name of ['url', 'method', 'redirect', 'credentials'] as const) {
			const getter = Object.getOwnPropertyDescriptor(Request.prototype, name)?.get;
			expect(getter?.call(request)).toBe(request[name]);
		}
		expect(inspect(request)).toContain("method: 'GET'");
		class Extended extends Request {}
		const extended = new Extended(request);
		expect(extended).toBeInstanceOf(Extended);
		expect(extended.url).toBe(request.url);
	});

	test('to fetch()', async () => {
		const { request } = await requestFor({ target: '/', authority: '127.0.0.1:1' });
		await expect(fetch(request)).rejects.toThrow('fetch failed');
	});

	test('with the headers as the application has changed them', async () => {
		const { request } = await requestFor({ fields: ['x-a', '1', 'x-b', '2'] });
		request.headers.set('x-a', 'changed');
		request.headers.delete('x-b');
		expect(new Request(request).headers.get('x-a')).toBe('changed');
		request.headers.set('x-c', '3');
		const clone = request.clone();
		expect([clone.headers.get('x-b'), clone.headers.get('x-c')]).toEqual([null, '3']);
	});

	test('and its content is read once', async () => {
		const seen: unknown[] = [];
		const asked = fetched(async (request) => {
			const clone = request.clone();
			seen.push(await request.json(), request.bodyUsed, await clone.text());
			seen.push(await request.text().catch((error: unknown) => (error as Error).name));
			return new Response();
		}, POST);
		asked.client.send(utf8('{"a":1}'));
		asked.client.end();
		for (let turn = 0; turn < 10; turn++) await settled();
		expect(seen).toEqual([{ a: 1 }, true, '{"a":1}', 'TypeError']);
	});
});

describe('FETCH-4: the URL', () => {
	test.each([
		['/', 'http://localhost/'],
		['/a/b?c=d&e', 'http://localhost/a/b?c=d&e'],
		['/a/../b/./c', 'http://localhost/b/c'],
		['/a/%2E%2e/b', 'http://localhost/b'],
		['/..', 'http://localhost/'],
		['//evil/x', 'http://localhost//evil/x'],
		["/a'b?c'd", "http://localhost/a'b?c%27d"],
		['/a"b|c', 'http://localhost/a%22b|c'],
		['/a#b', 'http://localhost/a%23b'],
		['/a\\b', 'http://localhost/a%5Cb'],
		['/\xe9', 'http://localhost/%E9'],
		['/a?b=/../c', 'http://localhost/a?b=/../c'],
		['*', 'http://localhost/'],
		['http://localhost/x?y', 'http://localhost/x?y'],
		['http://localhost?y', 'http://localhost/?y'],
		['http://localhost', 'http://localhost/'],
	])('of %s', async (target, url) => {
		const { request } = await requestFor({ target });
		expect(request.url).toBe(url);
		// What the platform's own URL and Request make of it is the same.
		expect(new Request(url).url).toBe(url);
	});

	test.each([
		['EXAMPLE.com:80', 'http://example.com/'],
		['example.com:8080', 'http://example.com:8080/'],
		['[::1]:80', 'http://[::1]/'],
		['u:p@example.com', 'http://example.com/'],
		['', 'http://localhost/'],
	])('of the authority %j', async (authority, url) => {
		expect((await requestFor({ authority })).request.url).toBe(url);
	});

	test('of another scheme, and where there is no authority, of the address', async () => {
		expect((await requestFor({ scheme: 'https', authority: 'a:443' })).request.url).toBe('https://a/');
		let url = '';
		const app = fetchApp((request) => {
			url = request.url;
			return new Response();
		});
		const local = { family: 'IPv6', address: '::1', port: 8000 } as const;
		recorded(richOf(app), { authority: '' }, { connection: { id: 1, peer: null, local, tls: null } });
		await settled();
		expect(url).toBe('http://[::1]:8000/');
	});
});

test('FETCH-5: the headers', async () => {
	const fields = ['Host', 'other', 'X-A', '1', 'x-a', '2', 'Cookie', 'a=1', 'cookie', 'b=2', 'x_y', '3'];
	const { request } = await requestFor({ fields });
	expect([...request.headers]).toEqual([
		['cookie', 'a=1; b=2'],
		['host', 'localhost'],
		['x-a', '1, 2'],
		['x_y', '3'],
	]);
	expect((await requestFor({ authority: '', fields: ['Host', ''] })).request.headers.get('host')).toBe('');
});

test('FETCH-7: the context, and the way to it', async () => {
	const fields = ['X-B', '1', 'x-a', '2', 'X-B', '3'];
	const { request, context } = await requestFor({ target: '/a/../%zz', fields, authority: 'A', httpVersion: '1.1' });
	const { method, target, authority, protocol, httpVersion, connection } = context;
	expect({ method, target, authority, protocol, httpVersion }).toEqual({
		method: 'GET',
		target: '/a/../%zz',
		authority: 'A',
		protocol: null,
		httpVersion: '1.1',
	});
	expect(context.fields).toEqual(fields);
	expect(connection.id).toBe(0);
	expect(contextOf(request)).toBe(context);
	const kept = inheritsContexts() ? context : null;
	expect(contextOf(request.clone())).toBe(kept);
	expect(contextOf(new Request(new Request(request)))).toBe(kept);
	expect(contextOf(new Request('http://a/'))).toBeNull();
	// Nothing that hangs on either leads to the exchange.
	const values = [request, context].flatMap((one) =>
		Object.values(one as object).filter((value) => typeof value === 'object' && value !== null),
	);
	expect(values).toEqual([]);
});

describe('waitUntil', () => {
	test('FETCH-8: takes a promise', async () => {
		let message = '';
		const asked = fetched((_request, { waitUntil }) => {
			message = refusal('FETCH-8', () => waitUntil((() => {}) as never));
			return new Response();
		});
		await settled();
		expect(message).toContain('not a function: call the function, as waitUntil(save())');
		expect(asked.faults).toEqual([]);
	});

	test('FETCH-9: not when all is over; but while something is waited for', async () => {
		let context: FetchContext | null = null;
		let done: () => void = () => {};
		fetched((_request, given) => {
			context = given;
			given.waitUntil(
				new Promise<void>((resolve) => {
					done = resolve;
				}),
			);
			return new Response();
		});
		await settled();
		const { waitUntil } = context as unknown as FetchContext;
		waitUntil(Promise.resolve());
		done();
		await settled();
		expect(refusal('FETCH-9', () => waitUntil(Promise.resolve()))).toContain('was over');
	});

	test('FETCH-10: stop waits, and then calls that of the application', async () => {
		const log: string[] = [];
		let done: () => void = () => {};
		const waiting = new Promise<void>((resolve) => {
			done = resolve;
		});
		const stop = (): void => void log.push('stop');
		const run = fetchApp(
			(_request, { waitUntil }) => {
				waitUntil(waiting);
				return new Response();
			},
			{ stop },
		);
		const app = richOf(run, { stopLimit: Number.POSITIVE_INFINITY });
		recorded(app);
		await settled();
		const stopped = app.stop?.();
		await settled();
		expect(log).toEqual([]);
		done();
		await stopped;
		expect(log).toEqual(['stop']);
		await app.stop?.();
		const impatient = richOf(
			fetchApp((_request, { waitUntil }) => {
				waitUntil(new Promise(() => {}));
				return new Response();
			}),
			{ stopLimit: 1 },
		);
		recorded(impatient);
		await settled();
		await impatient.stop?.();
		expect(refusal('FETCH-10', () => richOf(run, { stopLimit: -1 }))).toContain('not -1');
	});

	test('FETCH-11: a rejection goes to the log, and the response is as it was', async () => {
		const asked = fetched((_request, { waitUntil }) => {
			waitUntil(Promise.reject(new Error('later')));
			return new Response('hello');
		});
		for (let turn = 0; turn < 5; turn++) await settled();
		expect([asked.text, asked.log.at(-1)]).toEqual(['hello', 'end']);
		expect(asked.faults.map(String)).toEqual(['Error: later']);
		const two = fetched((_request, { waitUntil }) => {
			waitUntil(Promise.reject(new Error('one')));
			waitUntil(Promise.reject(new Error('two')));
			return new Response();
		});
		await settled();
		expect((two.faults as AggregateError[])[0]?.errors.map(String)).toEqual(['Error: one', 'Error: two']);
	});
});

describe('FETCH-12: content', () => {
	test('is not taken before it is read, and no more than is read', async () => {
		let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
		let stop: () => void = () => {};
		const asked = fetched(
			async (request) => {
				reader = (request.body as ReadableStream<Uint8Array>).getReader();
				await new Promise<void>((resolve) => {
					stop = resolve;
				});
				return new Response();
			},
			{ ...POST, expectsContinue: true },
		);
		for (const text of ['one', 'two', 'three']) asked.client.send(utf8(text));
		await settled();
		expect([asked.credited, asked.log]).toEqual([0, []]);
		const read = async (): Promise<string> => {
			const step = await (reader as unknown as ReadableStreamDefaultReader<Uint8Array>).read();
			return step.done ? 'done' : new TextDecoder().decode(step.value);
		};
		expect(await read()).toBe('one');
		await settled();
		expect([asked.credited, asked.log]).toEqual([3, ['continue']]);
		expect([await read(), await read()]).toEqual(['two', 'three']);
		asked.client.end();
		expect(await read()).toBe('done');
		stop();
	});

	test('is a byte stream', async () => {
		let text = '';
		const asked = fetched(async (request) => {
			const reader = (request.body as ReadableStream<Uint8Array>).getReader({ mode: 'byob' });
			for (;;) {
				const { done, value } = await reader.read(new Uint8Array(2));
				if (done) return new Response();
				text += `${new TextDecoder().decode(value)},`;
			}
		}, POST);
		asked.client.send(utf8('hello'));
		asked.client.end();
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(text).toBe('he,ll,o,');
		expect(asked.status).toBe(200);
	});
});

test('FETCH-13: where there is no body', async () => {
	expect((await requestFor()).request.body).toBeNull();
	expect((await requestFor({ hasContent: true })).request.body).toBeNull();
	expect((await requestFor({ method: 'HEAD' })).request.body).toBeNull();
	expect((await requestFor({ method: 'POST', httpVersion: '1.1' })).request.body).toBeNull();
	expect((await requestFor({ method: 'POST', fields: ['content-length', '0'] })).request.body).toBeNull();
	expect(
		(await requestFor({ ...POST, fields: ['content-length', '5'], httpVersion: '1.1' })).request.body,
	).not.toBeNull();
	expect(
		(await requestFor({ ...POST, fields: ['transfer-encoding', 'chunked'], httpVersion: '1.1' })).request.body,
	).not.toBeNull();
	expect((await requestFor({ method: 'POST' })).request.body).not.toBeNull();
});

describe('FETCH-14: the end of what can be read', () => {
	test('when the exchange ends', async () => {
		let failure: unknown = null;
		const asked = fetched(async (request) => {
			await request.text().catch((error: unknown) => {
				failure = error;
			});
			return new Response();
		}, POST);
		asked.client.send(utf8('a'));
		await settled();
		asked.client.reset(8);
		for (let turn = 0; turn < 5; turn++) await settled();
		expect((failure as ExchangeEnded).outcome).toEqual({ reason: 'reset', code: 8 });
		expect(asked.faults).toEqual([]);
	});

	test('when the response is over', async () => {
		let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
		const asked = fetched((request) => {
			reader = (request.body as ReadableStream<Uint8Array>).getReader();
			return new Response('enough', { status: 413 });
		}, POST);
		asked.client.send(utf8('a'));
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(asked.log).toContain('discard');
		await expect((reader as unknown as ReadableStreamDefaultReader<Uint8Array>).read()).rejects.toThrow('complete');
	});

	test('but not while something is waited for', async () => {
		let text = '';
		const asked = fetched((request, { waitUntil }) => {
			waitUntil(request.text().then((read) => (text = read)));
			return new Response(null, { status: 202 });
		}, POST);
		await settled();
		expect(asked.log.at(-1)).toBe('end');
		asked.client.send(utf8('late'));
		asked.client.end();
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(text).toBe('late');
		expect(asked.faults).toEqual([]);
	});
});

test('FETCH-15: the signal', async () => {
	const signals: AbortSignal[] = [];
	const open = fetched((request) => {
		signals.push(request.signal, new Request(request).signal);
		return new Promise(() => {});
	});
	await settled();
	expect(signals.map((signal) => signal.aborted)).toEqual([false, false]);
	open.client.lose();
	await settled();
	for (const signal of signals) expect((signal.reason as ExchangeEnded).outcome).toEqual({ reason: 'lost', code: 0 });
	let late: Request | null = null;
	fetched((request) => {
		signals.push(request.signal);
		late = request;
		return new Response();
	});
	await settled();
	expect(signals.at(-1)?.aborted).toBe(false);
	expect((late as unknown as Request).signal.aborted).toBe(false);
});

test('FETCH-16: an extended CONNECT is shown as GET', async () => {
	const { request, context } = await requestFor({ method: 'CONNECT', protocol: 'websocket', target: '/chat' });
	expect([request.method, request.url, request.body]).toEqual(['GET', 'http://localhost/chat', null]);
	expect([request.headers.get('connection'), request.headers.get('upgrade')]).toEqual(['Upgrade', 'websocket']);
	expect([context.method, context.protocol, context.fields]).toEqual(['CONNECT', 'websocket', []]);
});

test('FETCH-17: what no Request can have is answered without the application', async () => {
	let calls = 0;
	const run = (): Response => {
		calls++;
		return new Response();
	};
	const asked = [
		fetched(run, { method: 'CONNECT', target: 'a:1', authority: 'a:1' }),
		fetched(run, { method: 'TRACE' }),
		fetched(run, { method: 'track' }),
		fetched(run, { authority: 'a b' }),
		fetched(run, { authority: 'a/b' }),
	];
	await settled();
	expect(asked.map(({ status }) => status)).toEqual([501, 501, 501, 400, 400]);
	expect(calls).toBe(0);
});
