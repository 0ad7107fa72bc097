/** spec/middleware.md §5: error pages. */
import { errorPages } from 'rsgi/middleware/error-pages';
import { describe, expect, test } from 'vitest';
import { type RichFunction, rich } from '../../src/rich/app.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered } from '../support/answered.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const SECRET = new Error('the <secret> & "quotes"', { cause: new TypeError("the cause isn't <b>shown</b>") });

const fails: RichFunction = () => {
	throw SECRET;
};

const page = (run: RichFunction, request: PairRequest = {}, development = false) =>
	answered(errorPages({ development })(rich(run)), request);

const HTML = { fields: ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'] };

describe('MW-12: a failure is answered and then seen', () => {
	test.each([
		[[], 'text/plain; charset=utf-8'],
		[['accept', '*/*'], 'text/plain; charset=utf-8'],
		[HTML.fields, 'text/html; charset=utf-8'],
		[['accept', 'application/json'], 'application/json'],
		[['accept', 'application/problem+json, application/json;q=0.5'], 'application/problem+json'],
		[['accept', 'text/*;q=0.1, text/html;q=0, application/*;q=0.05'], 'text/plain; charset=utf-8'],
		[['accept', 'image/png'], 'text/plain; charset=utf-8'],
	])('%j gets %s', async (fields, type) => {
		const client = await page(fails, { fields });
		expect(client.status).toBe(500);
		expect(client.fields.first('content-type')).toBe(type);
		expect(client.fields.first('content-length')).toBe(String(client.content.length));
		expect(client.fields.first('vary')).toBe('accept');
		expect(client.fields.first('cache-control')).toBe('no-store');
		expect(client.text).toContain('Internal Server Error');
		expect(client.faults).toEqual([SECRET]);
		if (type.includes('json')) expect(JSON.parse(client.text)).toEqual({ title: 'Internal Server Error', status: 500 });
	});

	test('HEAD gets the head', async () => {
		const client = await page(fails, { ...HTML, method: 'HEAD' });
		expect(client.status).toBe(500);
		expect(client.content.length).toBe(0);
		expect(client.fields.first('content-length')).not.toBe('0');
	});

	test('the rest of the request is discarded, and the exchange is complete', async () => {
		const client = await page(fails, { method: 'POST', hasContent: true });
		expect(client.log.at(-1)).toBe('discard');
	});

	test("an error of the client's is answered with its status, and the log is not told", async () => {
		const status = (error: unknown): number => (error as { status?: number }).status ?? 500;
		const ask = (code: number) =>
			answered(
				errorPages({ status })(
					rich(() => {
						throw Object.assign(new Error('no'), { status: code });
					}),
				),
				{ method: 'POST', hasContent: true },
			);
		const missing = await ask(404);
		expect(missing.text).toBe('Not Found\n');
		expect(missing.log.at(-1)).toBe('discard');
		expect(missing.faults).toEqual([]);
		const broken = await ask(502);
		expect(broken.text).toBe('Bad Gateway\n');
		expect(broken.faults).toHaveLength(1);
		expect((await ask(200)).status).toBe(500);
		expect((await ask(418)).text).toBe('The request cannot be answered\n');
	});

	test('a response without failure is as it was', async () => {
		const client = await page((exchange) => {
			exchange.respond(404);
			exchange.end(utf8('mine'));
		});
		expect(client.log).toEqual(['respond 404', 'data mine', 'end']);
	});
});

describe('MW-13: nothing is added once a response has begun', () => {
	test.each([false, true])('development: %s', async (development) => {
		const begun = await page(
			async (exchange) => {
				exchange.respond(200);
				exchange.write(utf8('begun'));
				await settled();
				throw SECRET;
			},
			HTML,
			development,
		);
		expect(begun.log).toEqual(['respond 200', 'data begun', 'reset 2']);
		expect(begun.faults).toEqual([SECRET]);
		const over = await page(
			async (exchange) => {
				exchange.respond(200);
				exchange.end(utf8('over'));
				throw SECRET;
			},
			HTML,
			development,
		);
		expect(over.log).toEqual(['respond 200', 'data over', 'end']);
		expect(over.faults).toEqual([SECRET]);
	});

	test('nor when something else answers while the source is read', async () => {
		const client = await page(
			(exchange) => {
				queueMicrotask(() => {
					exchange.respond(202);
					exchange.end();
				});
				throw SECRET;
			},
			HTML,
			true,
		);
		await settled();
		expect(client.log).toEqual(['respond 202', 'end']);
	});
});

describe('MW-14: what is shown, and to whom', () => {
	test.each(['text/html', 'text/plain', 'application/json'])('nothing in production: %s', async (type) => {
		const client = await page(fails, { fields: ['accept', type], target: '/<script>' });
		expect(client.text).not.toMatch(/secret|cause|error-pages\.test|script/);
	});

	test('HTML in development, escaped', async () => {
		const client = await page(fails, { ...HTML, target: '/?<script>alert("1")</script>' }, true);
		expect(client.text).toContain('<h2>Error: the &lt;secret&gt; &amp; &quot;quotes&quot;</h2>');
		expect(client.text).toContain('TypeError: the cause isn&#39;t &lt;b&gt;shown&lt;/b&gt;');
		expect(client.text).toContain('GET /?&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
		expect(client.text).not.toMatch(/<script|<b>|<secret/);
		expect(client.text).toMatch(/error-pages\.test\.ts:\d+/);
		expect(client.text).toContain('<mark>');
		expect(client.fields.first('content-security-policy')).toContain("default-src 'none'");
	});

	test('the line of the source in plain text', async () => {
		const client = await page(fails, {}, true);
		expect(client.text).toMatch(/^> +\d+ \| const SECRET = new Error\('the <secret>/m);
		expect(client.text).toContain('Caused by:\n  TypeError: the cause');
	});

	test.each([
		['text', 'text', 'Thrown: "text"'],
		['undefined', undefined, 'Thrown: undefined'],
		['an object', { code: 1 }, 'Thrown: {"code":1}'],
		[
			'what cannot be looked at',
			{
				get toJSON() {
					throw new Error('no');
				},
			},
			'cannot be looked at',
		],
		['several errors', new AggregateError([new Error('one'), new Error('two')], 'both'), 'Error: two'],
	])('%s', async (_, thrown, shown) => {
		const client = await page(() => Promise.reject(thrown), {}, true);
		expect(client.text).toContain(shown);
	});

	test('a circle of causes ends', async () => {
		const error = new Error('round');
		error.cause = error;
		const client = await page(() => Promise.reject(error), {}, true);
		expect(client.text.match(/Error: round/g)?.length).toBeLessThan(20);
	});

	test('JSON in development', async () => {
		const client = await page(fails, { fields: ['accept', 'application/json'] }, true);
		expect(JSON.parse(client.text)).toMatchObject({
			status: 500,
			error: { title: `Error: ${SECRET.message}`, causes: [{ title: expect.stringContaining('TypeError') }] },
		});
	});
});

describe('MW-15: failures of events and promises', () => {
	test('a rejection', async () => {
		expect((await page(() => Promise.reject(SECRET))).text).toBe('Internal Server Error\n');
	});

	test.each(['sync', 'async'])('data and end, %s', async (kind) => {
		const fail = (): unknown => {
			if (kind === 'async') return Promise.reject(SECRET);
			throw SECRET;
		};
		for (const handler of [{ data: fail }, { end: fail }]) {
			const client = recorded(errorPages()(rich(() => handler)), { method: 'POST', hasContent: true });
			client.client.send(utf8('x'));
			client.client.end();
			await settled();
			await settled();
			expect(client.text).toBe('Internal Server Error\n');
			expect(client.faults).toContain(SECRET);
		}
	});
});
