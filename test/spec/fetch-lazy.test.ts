/** FETCH-6, FETCH-33: when the Request and the Response of the platform are made. In a file of its own: it counts in the platform's place. */
import { expect, test } from 'vitest';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

function counted<Class extends new (...args: never[]) => object>(Platform: Class, made: () => void): Class {
	return new Proxy(Platform, {
		construct(target, args, newTarget) {
			made();
			return Reflect.construct(target, args, newTarget);
		},
	});
}

test('FETCH-6, FETCH-33: the real Request is made when something is asked that only it can answer, and once, and so is the real Response', async () => {
	let made = 0;
	let responses = 0;
	globalThis.Request = counted(globalThis.Request, () => made++);
	globalThis.Response = counted(globalThis.Response, () => responses++);
	// Only now: the layer takes the constructors that it finds.
	const { fetchToRich } = await import('rsgi/adapters');
	const { contextOf, fetch: fetchApp } = await import('rsgi/fetch');
	const run = async (handler: (request: Request) => void): Promise<number> => {
		made = 0;
		const app = fetchApp((request) => {
			handler(request);
			return new Response();
		});
		recorded(fetchToRich(app), { fields: ['x-a', '1'] });
		await settled();
		return made;
	};
	expect(
		await run((request) => {
			const { method, url, body, bodyUsed, signal } = request;
			expect([method, url, body, bodyUsed, signal.aborted]).toEqual(['GET', 'http://localhost/', null, false, false]);
			expect(request.headers.get('x-a')).toBe('1');
			expect(request.headers).toBe(request.headers);
			expect(contextOf(request)?.target).toBe('/');
			expect(request instanceof Request).toBe(true);
		}),
	).toBe(0);
	expect(responses).toBe(0);
	const answer = async (make: () => Response): Promise<string> => {
		responses = 0;
		const asked = recorded(fetchToRich(fetchApp(make)));
		for (let turn = 0; turn < 8; turn++) await settled();
		expect(asked.faults).toEqual([]);
		return `${asked.text} ${asked.fields.first('content-type')} ${asked.fields.first('x-a')} ${responses}`;
	};
	const headers = { 'X-A': '1' };
	expect(await answer(() => new Response('text', { headers }))).toBe('text text/plain;charset=UTF-8 1 0');
	expect(await answer(() => new Response(Uint8Array.of(65)))).toBe('A null null 0');
	expect(await answer(() => Response.json({ a: 1 }, { headers }))).toBe('{"a":1} application/json 1 0');
	expect(await answer(() => new Response('text', { headers: new Headers(headers) }))).toContain('1 0');
	const changed = await answer(() => {
		const response = new Response('text', { status: 404 });
		expect([response.status, response.ok, response.bodyUsed]).toEqual([404, false, false]);
		response.headers.set('x-a', '2');
		return response;
	});
	expect(changed).toBe('text text/plain;charset=UTF-8 2 0');
	expect(await answer(() => new Response(new Blob(['blob'])))).toBe('blob null null 1');
	expect(await answer(() => new Response('text').clone())).toBe('text text/plain;charset=UTF-8 null 1');
	expect(await run((request) => expect([request.redirect, request.cache]).toEqual(['follow', 'default']))).toBe(1);
});
