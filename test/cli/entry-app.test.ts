import { createServer } from 'node:http';
import { rich } from 'rsgi';
import { type FetchApp, fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer, PROTOCOL } from 'rsgi/fetch-server';
import { gateway, lite } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { text } from 'rsgi/text';
import { describe, expect, test } from 'vitest';
import { type EntryWords, entryApp } from '../../src/cli/entry-app.ts';
import { Failure } from '../../src/cli/failure.ts';
import { LAYER, layerOf } from '../../src/wire/layer.ts';

function refusal(exports: Record<string, unknown>, words: EntryWords = {}): string {
	try {
		entryApp(exports, 'app.ts', words);
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

	test('FETCH-1: a function with fetch is called by that, as the servers of Yoga are', async () => {
		const server = Object.assign(() => 'not this', { fetch: () => new Response('this'), handle() {} });
		const app = entryApp({ default: server }, 'app.ts') as FetchApp;
		expect(await (await app(new Request('http://a/'))).text()).toBe('this');
	});

	test('FETCH-1: a router that has a method of every name is asked for fetch first', () => {
		const router = new Proxy({}, { get: (_target, name) => (typeof name === 'string' ? () => {} : undefined) });
		expect(layerOf(entryApp({ default: router }, 'app.ts'))).toBe('fetch');
	});

	test.each([
		['Express or connect', Object.assign(() => {}, { use() {}, handle() {}, listen() {} })],
		['Koa', { use() {}, callback: () => () => {} }],
		['Fastify', { routing() {}, inject() {}, ready: async () => {}, close: async () => {} }],
		['Nest', { init: async () => {}, close: async () => {}, getHttpAdapter: () => ({ getInstance: () => null }) }],
		['nothing but node:http, which does not listen,', createServer()],
		['Next', { prepare: async () => {}, close: async () => {}, getRequestHandler: () => () => {} }],
	])('NODE-1: an application of %s is taken for the node layer', (_, app) => {
		expect(layerOf(entryApp({ default: app }, 'app.ts'))).toBe('node');
	});

	test('what CommonJS has for a default export is one', () => {
		const app = rich(() => {});
		expect(entryApp({ default: { default: app, __esModule: true } }, 'app.ts')).toBe(app);
	});

	test.each([
		['nothing', {}, /^app\.ts exports nothing\./],
		['other names', { a: 1, b: 2 }, /no default export, only a, b\./],
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
		['an async function', { default: async () => {} }, /a plain function/],
		['a class', { default: class App {} }, /a class/],
		['a promise', { default: Promise.resolve(rich(() => {})) }, /a promise: await it/],
		['a server', { default: { address: {}, close() {} } }, /a server/],
		[
			'another layer',
			{ default: Object.assign(() => {}, { [LAYER]: 'python' }) },
			/the python layer, which this version does not know/,
		],
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

	test.each([
		[
			'an application by name',
			{ api: gateway(() => []) },
			/an application as api.*`export default api;`.*--export api/,
		],
		['what a framework has by name', { a: 1, api: { fetch() {} } }, /an application as api/],
		[
			'a function by name',
			{ port: 3, answer() {} },
			/only port, answer\..*\n\n\trsgi serve app\.ts --export answer --layer node$/s,
		],
		['the likelier of several functions', { start() {}, handler() {} }, /--export handler --layer node$/],
		[
			'a build of React Router',
			{ assets: {}, entry: {}, routes: {}, ssr: true },
			/React Router.*createRequestHandler\(build/s,
		],
	])('RICH-3: %s is refused, with what to do and no lesson', (_, exports, message) => {
		const said = refusal(exports);
		expect(said).toMatch(message);
		expect(said).not.toContain('export default rich((exchange) => {');
	});
});

describe('what the command line says about an entry', () => {
	const plain = (): void => {};

	test.each(['rich', 'gateway', 'lite', 'text', 'fetch', 'node'])(
		'RICH-3: a function is taken for one of the %s layer',
		(layer) => {
			expect(layerOf(entryApp({ default: plain }, 'app.ts', { layer }))).toBe(layer);
		},
	);

	test('what says the same by itself is taken as it is', () => {
		const app = node(plain);
		expect(entryApp({ default: app }, 'app.ts', { layer: 'node' })).toBe(app);
	});

	test('an export by its name', () => {
		const api = rich(() => {});
		expect(entryApp({ default: 'other', api }, 'app.ts', { exported: 'api' })).toBe(api);
		expect(layerOf(entryApp({ api: plain }, 'app.ts', { exported: 'api', layer: 'node' }))).toBe('node');
	});

	test('the one function that there is, where there is no default export', () => {
		expect(layerOf(entryApp({ port: 3, handler: plain }, 'app.ts', { layer: 'node' }))).toBe('node');
	});

	test.each([
		[
			'another layer than its own',
			{ default: rich(plain) },
			{ layer: 'node' },
			/of the rich layer, and says so: leave out --layer/,
		],
		[
			'what is no application of that layer',
			{ default: 7 },
			{ layer: 'node' },
			/as an application of the node layer: node\(\) takes/,
		],
		['nothing at all', {}, { layer: 'rich' }, /as an application of the rich layer: rich\(\) takes/],
		['one of several functions', { a: plain, b: plain }, { layer: 'node' }, /say which by --export, of a, b/],
		['an export that is not there', { a: 1, default: 2 }, { exported: 'api' }, /exports no api: it exports a\./],
		['an export where there are none', {}, { exported: 'api' }, /exports no api: it exports nothing by name\./],
		[
			'an export that says nothing',
			{ api: plain },
			{ exported: 'api' },
			/rsgi serve app\.ts --export api --layer node/,
		],
	] as [string, Record<string, unknown>, EntryWords, RegExp][])(
		'RICH-3: %s is refused',
		(_, exports, words, message) => {
			expect(refusal(exports, words)).toMatch(message);
		},
	);
});
