/** FETCH-6: when the Request of the platform is made. In a file of its own: it counts in the platform's place. */
import { expect, test } from 'vitest';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

test('FETCH-6: the real Request is made when something is asked that only it can answer, and once', async () => {
	let made = 0;
	globalThis.Request = new Proxy(globalThis.Request, {
		construct(target, args, newTarget) {
			made++;
			return Reflect.construct(target, args, newTarget);
		},
	});
	// Only now: the layer takes the constructor that it finds.
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
	expect(await run((request) => expect([request.redirect, request.cache]).toEqual(['follow', 'default']))).toBe(1);
});
