import { rich } from 'rsgi';
import { type FetchApp, fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer, PROTOCOL } from 'rsgi/fetch-server';
import { gateway, lite } from 'rsgi/gateway';
import { text } from 'rsgi/text';
import { describe, expect, test } from 'vitest';
import { entryApp } from '../../src/cli/entry-app.ts';
import { Failure } from '../../src/cli/failure.ts';
import { LAYER, layerOf } from '../../src/wire/layer.ts';

function refusal(exports: Record<string, unknown>): string {
	try {
		entryApp(exports, 'app.ts');
	} catch (error) {
		expect(error).toBeInstanceOf(Failure);
		expect((error as Failure).exitCode).toBe(1);
		return (error as Failure).message;
	}
	throw new Error('It was taken.');
}

describe('the default export of an entry', () => {
	test('a rich application is taken', () => {
		const app = rich(() => {});
		expect(entryApp({ default: app }, 'app.ts')).toBe(app);
	});

	test('RICH-3: an application stamped by another copy of the package is taken', () => {
		const app = Object.assign(() => {}, { [Symbol.for('rsgi.layer')]: 'rich' });
		expect(entryApp({ default: app }, 'app.ts')).toBe(app);
	});

	test.each([
		['gateway', gateway(() => [])],
		['lite', lite(() => [] as never)],
		['text', text(() => [])],
	])('VALID-34: an application of the %s layer is taken', (_, app) => {
		expect(entryApp({ default: app }, 'app.ts')).toBe(app);
	});

	test('FETCH-1: so is one of the fetch layer, and an object with fetch, which is called as its method', async () => {
		const stampedApp = fetchApp(() => new Response());
		expect(entryApp({ default: stampedApp }, 'app.ts')).toBe(stampedApp);
		class Framework {
			#name = 'framework';
			fetch(): Response {
				return new Response(this.#name);
			}
		}
		const app = entryApp({ default: new Framework() }, 'app.ts') as FetchApp;
		expect(layerOf(app)).toBe('fetch');
		expect(await (await app(new Request('http://a/'))).text()).toBe('framework');
	});

	test('FSA-3: so is a handler object with the marker of the Fetch Server API, and one of another version is not', () => {
		const made = fetchServer({ fetch: () => new Response() });
		expect(entryApp({ default: made }, 'app.ts')).toBe(made);
		const plain = { [Symbol.for('wintertc.server.protocol')]: 1, fetch: () => new Response() };
		expect(layerOf(entryApp({ default: plain }, 'app.ts'))).toBe('fetch-server');
		expect(refusal({ default: { ...plain, [PROTOCOL]: 2 } })).toContain('version 1 is known here. (FSA-2)');
	});

	const express = Object.assign(() => {}, { use() {}, handle() {}, listen() {} });
	test.each([
		['nothing', {}, /^app\.ts exports nothing\./],
		['other names', { a: 1, b: 2 }, /no default export, only a, b\./],
		['a rich application by name', { api: rich(() => {}) }, /`export default api;`/],
		['undefined', { default: undefined }, /it is undefined/],
		['null', { default: null }, /exports null/],
		['a string', { default: 'app' }, /exports "app", a string/],
		['a number', { default: 7 }, /exports 7, a number/],
		['a plain function', { default: function handler() {} }, /a plain function.*`export default rich\(handler\);`/],
		[
			'a function without a name',
			{ default: (() => () => {})() },
			/rich\(\(exchange\) => …\).*lite\(\(environ\) => …\)/,
		],
		[
			'a gateway application by name',
			{ api: gateway(() => []) },
			/a gateway application as api.*`export default api;`/,
		],
		['an async function', { default: async () => {} }, /a plain function/],
		['a class', { default: class App {} }, /a class/],
		['an Express application', { default: express }, /Express.*later version: use rich\(\)/],
		['a Koa application', { default: { use() {}, callback() {} } }, /\(req, res\).*use rich\(\)/],
		['a promise', { default: Promise.resolve(rich(() => {})) }, /a promise: await it/],
		['a server', { default: { address: {}, close() {} } }, /a server/],
		['another layer', { default: Object.assign(() => {}, { [LAYER]: 'python' }) }, /the python layer.*use rich\(\)/],
		['an object', { default: { a: 1, b: 2 } }, /an object with a, b\./],
		['an empty object', { default: {} }, /an empty object/],
		['an array', { default: [] }, /an Array/],
		['an object without a prototype', { default: Object.create(null) }, /an empty object/],
	] as [string, Record<string, unknown>, RegExp][])(
		'RICH-3: %s is refused, with what is expected',
		(_, exports, message) => {
			const said = refusal(exports);
			expect(said).toMatch(message);
			expect(said).toContain('export default rich((exchange) => {');
		},
	);
});
