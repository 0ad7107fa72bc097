/** FETCH-18, FETCH-32: what stands for an object of the platform does what that does. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { contextOf } from 'rsgi/fetch';
import { describe, expect, test } from 'vitest';
import { requestHeaders } from '../../src/adapter/fetch-call/request-headers.ts';

/** Taken before anything is put over them. */
const Platform = { Request: globalThis.Request, Response: globalThis.Response };
class EarlyResponse extends Response {}
class EarlyRequest extends Request {}

const { fetched, requestFor } = await import('../support/fetch-request.ts');
const { settled } = await import('../support/settled.ts');
// Puts them there.
await requestFor();

type Given = ConstructorParameters<typeof Response>;

/** What can be seen of a Response, by its members and by what their getters in the prototype say. */
async function seen(make: () => Response): Promise<unknown> {
	let response: Response;
	try {
		response = make();
	} catch (error) {
		return [(error as Error).constructor.name, (error as Error).message];
	}
	const { status, statusText, ok, type, url, redirected, bodyUsed } = response;
	const byPrototype = ['status', 'statusText', 'ok', 'bodyUsed', 'type'].map((name) =>
		Object.getOwnPropertyDescriptor(Response.prototype, name)?.get?.call(response),
	);
	const fields = [...response.headers];
	const clone = response.clone();
	const text = await response.text().catch(String);
	return {
		...{ status, statusText, ok, type, url, redirected, bodyUsed, fields, text },
		...{ byPrototype, hasBody: clone.body !== null, used: response.bodyUsed },
		again: await response.text().catch((error: unknown) => (error as Error).name),
		bytes: [...new Uint8Array(await clone.arrayBuffer())],
	};
}

const NAMES = ['content-type', 'Content-Type', 'x-a', 'X-A', 'set-cookie', 'Set-Cookie', 'a b', '', 'cookie', 'é'];
const names = fc.constantFrom(...NAMES);
const values = fc.oneof(
	fc.constantFrom('', ' ', ' a ', 'a', 'b, c', '\t', 'é', 'ā', 'a\nb', 'a\0', '\u007f'),
	fc.string({ maxLength: 5, unit: 'binary-ascii' }),
	fc.integer() as unknown as fc.Arbitrary<string>,
	fc.constantFrom(null, undefined, true) as unknown as fc.Arbitrary<string>,
);
const headers = fc.oneof(
	fc.constant(undefined),
	fc.dictionary(names, values),
	fc.array(fc.tuple(names, values), { maxLength: 4 }) as fc.Arbitrary<[string, string][]>,
	fc.constantFrom([['a']], 'text', null, 5, [['a', 'b', 'c']]) as unknown as fc.Arbitrary<[string, string][]>,
);
const inits = fc.oneof(
	{ weight: 8, arbitrary: fc.record({ headers }, { noNullPrototype: true }) },
	fc.record(
		{
			headers,
			status: fc.oneof(fc.constantFrom(200, 204, 205, 304, 404, 599, 199, 600, 101, 0, -1), fc.double()),
			statusText: fc.oneof(fc.constantFrom('OK', 'é', 'ā', 'a\n'), fc.string({ maxLength: 3 })),
		},
		{ requiredKeys: [], noNullPrototype: true },
	),
	fc.constantFrom(undefined, null, 5, 'text', () => {}),
) as unknown as fc.Arbitrary<ResponseInit>;
const bodies = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 9 }),
	fc.constantFrom('\ufeffa', '\ud800', '', null, undefined, 5 as unknown as string),
	fc.uint8Array({ maxLength: 5 }).map((bytes) => bytes as Uint8Array<ArrayBuffer>),
);

describe('FETCH-32: a Response is one', () => {
	test('new Response(): whatever it is given, it is and throws what the platform does', async () => {
		await fc.assert(
			fc.asyncProperty(fc.tuple(bodies, inits), async (given) => {
				const args = given as unknown as Given;
				expect(await seen(() => new Response(...args))).toEqual(await seen(() => new Platform.Response(...args)));
			}),
			{ numRuns: 1500 },
		);
	});

	test('Response.json(), and the other static methods', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.oneof(
					fc.jsonValue(),
					fc.constantFrom(undefined, 1n, () => {}),
				),
				inits,
				async (value, init) => {
					expect(await seen(() => Response.json(value, init))).toEqual(
						await seen(() => Platform.Response.json(value, init)),
					);
				},
			),
			{ numRuns: 500 },
		);
		expect([Response.error().type, Response.redirect('http://a/', 307).headers.get('location')]).toEqual([
			'error',
			'http://a/',
		]);
		expect([Response.name, Response.length]).toEqual([Platform.Response.name, Platform.Response.length]);
		expect(Object.getOwnPropertyDescriptor(Response, 'prototype')?.writable).toBe(false);
		expect(Reflect.ownKeys(Response).sort()).toEqual(Reflect.ownKeys(Platform.Response).sort());
		expect(() => (Response as unknown as () => void)()).toThrow(TypeError);
	});

	test('to instanceof, both ways; and to classes that extend it, before and after', async () => {
		class Late extends Response {
			get own(): string {
				return 'own';
			}
		}
		const light = new Response('a');
		for (const one of [light, new Late('a'), new EarlyResponse('a'), new Platform.Response('a'), light.clone()]) {
			expect([one instanceof Response, one instanceof Platform.Response]).toEqual([true, true]);
			expect(Object.prototype.toString.call(one)).toBe('[object Response]');
			expect(await one.clone().text()).toBe('a');
		}
		expect(new Late('a').own).toBe('own');
		expect(new EarlyResponse('a')).toBeInstanceOf(EarlyResponse);
		expect([light.constructor, new Platform.Response().constructor]).toEqual([Response, Response]);
		const asked = [fetched(() => new Late('late')), fetched(() => new EarlyResponse('early', { status: 201 }))];
		for (let turn = 0; turn < 8; turn++) await settled();
		expect(asked.map(({ status, text }) => [status, text])).toEqual([
			[200, 'late'],
			[201, 'early'],
		]);
	});

	test('its headers are one object, and what is changed in it is sent, before and after the real one is made', async () => {
		const make = (): Response => {
			const response = new Response('a', { headers: [['set-cookie', 'a=1']] });
			const { headers } = response;
			expect([response.headers === headers, headers instanceof Headers]).toEqual([true, true]);
			headers.set('x-a', '1');
			headers.append('set-cookie', 'b=2');
			void response.clone();
			headers.set('x-b', '2');
			headers.delete('content-type');
			expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
			expect(response.clone().headers.get('x-b')).toBe('2');
			const getter = Object.getOwnPropertyDescriptor(Response.prototype, 'headers')?.get;
			expect(getter?.call(response)).toBe(headers);
			return response;
		};
		const asked = fetched(make);
		for (let turn = 0; turn < 8; turn++) await settled();
		expect(asked.log[0]).toBe('respond 200 set-cookie: a=1 set-cookie: b=2 x-a: 1 x-b: 2');
		expect(asked.faults).toEqual([]);
		const bare = new Response('a');
		bare.headers.delete('content-type');
		expect([...bare.clone().headers]).toEqual([]);
	});

	test('it cannot be cloned, and shows what it is', async () => {
		const { request } = await requestFor();
		for (const one of [new Response('a'), new Response('a').headers, request, request.headers]) {
			expect(() => structuredClone(one)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
		}
		expect(inspect(new Response('a', { status: 404 }))).toContain('status: 404');
		expect(inspect(new Response('a').headers)).toContain('text/plain');
		expect([Object.keys(new Response('a')), JSON.stringify(new Response('a'))]).toEqual([[], '{}']);
	});

	test('bytes are copied: what becomes of the memory is not seen', async () => {
		const bytes = Uint8Array.of(65);
		const response = new Response(bytes);
		bytes[0] = 66;
		expect(await response.text()).toBe('A');
		const shared = new Uint8Array(new SharedArrayBuffer(1)) as unknown as Uint8Array<ArrayBuffer>;
		expect(await seen(() => new Response(shared))).toEqual(await seen(() => new Platform.Response(shared)));
	});

	test('once it has been sent it has been read', async () => {
		const response = new Response('a');
		fetched(() => response);
		await settled();
		expect(response.bodyUsed).toBe(true);
		await expect(response.text()).rejects.toThrow(TypeError);
		expect(() => response.clone()).toThrow(TypeError);
	});
});

describe('FETCH-18: the headers of a request are Headers', () => {
	test('whatever is asked of them', async () => {
		const lines = fc.array(
			fc.tuple(fc.constantFrom('X-A', 'x-a', 'Cookie', 'cookie', 'host', 'set-cookie'), fc.string()),
		);
		await fc.assert(
			fc.asyncProperty(lines, names, async (given, name) => {
				const fields = given.flatMap(([field, value]) => [field, value.replace(/[^!-~]/g, '')]);
				const { request } = await requestFor({ fields });
				const real = requestHeaders({ fields, authority: 'localhost', method: 'GET', protocol: null });
				const ask = (run: (headers: Headers) => unknown): unknown[] =>
					[request.headers, real].map((one) => {
						try {
							return run(one);
						} catch (error) {
							return (error as Error).message;
						}
					});
				for (const run of [(h: Headers) => h.get(name), (h: Headers) => h.has(name), (h: Headers) => h.get('X-A')]) {
					const [ours, theirs] = ask(run);
					expect(ours).toEqual(theirs);
				}
				const copies = [new Headers(request.headers), new Request('http://a/', { headers: request.headers }).headers];
				for (const copy of copies) expect([...copy]).toEqual([...new Headers(real)]);
				expect(Headers.prototype.get.call(request.headers, 'host')).toBe(real.get('host'));
			}),
			{ numRuns: 100 },
		);
		expect(Headers.prototype.entries).toBe(Headers.prototype[Symbol.iterator]);
	});

	test('changes are seen by the request made of it, and by the request itself', async () => {
		const { request } = await requestFor({ fields: ['x-a', '1'] });
		const { headers } = request;
		expect(request.clone().headers.get('x-a')).toBe('1');
		headers.set('x-a', '2');
		expect([request.headers === headers, request.clone().headers.get('x-a')]).toEqual([true, '2']);
	});
});

test('FETCH-7: a clone of a clone, and of what was made of one, keeps the context', async () => {
	const { request, context } = await requestFor();
	expect(contextOf(request.clone().clone())).toBe(context);
	expect(contextOf(new Request(request.clone()).clone())).toBe(context);
	expect(contextOf(new Request('http://a/').clone())).toBeNull();
});

test('FETCH-3: a class that had extended Request before takes a clone', async () => {
	const { request, context } = await requestFor({ target: '/early' });
	const early = new EarlyRequest(request.clone());
	expect([early.url, early instanceof EarlyRequest, contextOf(request)]).toEqual([
		'http://localhost/early',
		true,
		context,
	]);
});

test('FETCH-3: a library that brings its own takes the URL and the headers, as of the platform', async () => {
	const { Request: Other, Headers: OtherHeaders } = await import('undici');
	const { request } = await requestFor({ fields: ['x-a', '1'] });
	const other = new Other(request.url, { headers: request.headers as never });
	expect([other.headers.get('x-a'), new OtherHeaders(request.headers as never).get('x-a')]).toEqual(['1', '1']);
	const refused = (given: unknown): string => {
		try {
			return String(new Other(given as never));
		} catch (error) {
			return (error as Error).constructor.name;
		}
	};
	expect(refused(request)).toBe(refused(new Platform.Request('http://a/')));
});
