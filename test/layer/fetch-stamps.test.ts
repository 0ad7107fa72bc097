/** spec/fetch.md §1: what belongs to the fetch layer, to the compiler and at run time. */
import { rich } from 'rsgi';
import { fetchToRich, richToFetch } from 'rsgi/adapters';
import { type FetchApp, type FetchContext, fetch as fetchApp, requireFetch } from 'rsgi/fetch';
import { gateway, requireGateway } from 'rsgi/gateway';
import { expect, test } from 'vitest';
import { requireRich } from '../../src/rich/app.ts';
import { layerOf } from '../../src/wire/layer.ts';
import { refusal } from '../support/refusal.ts';

const plain = (_request: Request): Response => new Response('hello');
const hooks = { start: () => {}, stop: () => {}, protocols: ['toy'] };

test('FETCH-1: fetch() stamps a function, and keeps start, stop and protocols', () => {
	const app = fetchApp(plain, hooks);
	expect(layerOf(app)).toBe('fetch');
	expect(requireFetch(app, 'it')).toBe(app);
	for (const { start, stop, protocols } of [app, fetchApp(app)]) expect({ start, stop, protocols }).toEqual(hooks);
	expect(fetchApp(app, {}).start).toBeUndefined();
});

test('FETCH-1: fetch() takes an object with a fetch method, which is called as such', async () => {
	class Framework {
		readonly #text = 'mine';
		fetch(request: Request): Response {
			return new Response(`${this.#text} ${request.method}`);
		}
	}
	const app = fetchApp(new Framework());
	expect(await (await app(new Request('http://a/'))).text()).toBe('mine GET');
});

test('FETCH-1: what is no fetch application is refused, with the fix', () => {
	// @ts-expect-error an unmarked function
	expect(refusal('FETCH-1', () => fetchToRich(plain))).toBe(
		'fetchToRich() takes a fetch application, not an unmarked function: wrap it, as fetch(plain). (FETCH-1)',
	);
	// @ts-expect-error a rich application
	expect(refusal('FETCH-1', () => fetchToRich(rich(() => {})))).toContain('as richToFetch(app)');
	// @ts-expect-error a gateway application
	expect(refusal('FETCH-1', () => fetchToRich(gateway(() => [])))).toContain("as adapt(app, 'fetch')");
	expect(refusal('FETCH-1', () => fetchToRich({ fetch: plain } as never))).toContain(
		'not an object with fetch: wrap it, as fetch(app)',
	);
	// @ts-expect-error a number
	expect(refusal('FETCH-1', () => fetchApp(7))).toContain('takes a function, not a number');
	// @ts-expect-error an object without it
	expect(refusal('FETCH-1', () => fetchApp({ get: plain }))).toContain('not an object with get');
	// @ts-expect-error a rich application
	expect(refusal('FETCH-1', () => fetchApp(rich(() => {})))).toContain('as richToFetch(app)');
	const app = fetchApp(plain);
	// @ts-expect-error a fetch application
	expect(refusal('RICH-3', () => richToFetch(app))).toContain('as fetchToRich(app)');
	expect(refusal('GATE-3', () => requireGateway(app, 'it'))).toContain("as adapt(app, 'gateway')");
	expect(refusal('RICH-3', () => requireRich(app, 'it'))).toContain('as fetchToRich(app)');
	// @ts-expect-error text is no response
	fetchApp(() => 'hello');
});

test('FETCH-2: its member fetch is itself, and what a host gives is passed on', async () => {
	const seen: unknown[][] = [];
	const app: FetchApp = fetchApp((...args) => {
		seen.push(args.slice(1));
		return new Response();
	});
	expect(app.fetch).toBe(app);
	const context = {} as FetchContext;
	await app(new Request('http://a/'), context);
	const env = { NAME: 'x' };
	const worker = { waitUntil() {} };
	await app.fetch(new Request('http://a/'), env, worker);
	expect(seen).toEqual([
		[context, context],
		[env, worker],
	]);
});
