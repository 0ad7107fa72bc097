/** The cases that break naive escapes, in the order of their list, over real sockets: each with the rule that states what happens. */
import { existsSync } from 'node:fs';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type RichApp, rich, utf8 } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { type Discarded, escape, placeholder } from 'rsgi/escape';
import { type FetchFunction, fetch as fetchApp } from 'rsgi/fetch';
import { type GatewayMiddleware, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import { compatModule, type Untyped } from '../support/compat-module.ts';
import { answer, type Parts, rewriting, setField } from '../support/escaping-gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { type Served, served } from '../support/served.ts';

const there = existsSync(new URL('../../compat/node_modules', import.meta.url));

const behind = (middleware: GatewayMiddleware, app: RichApp = answer): Promise<Served> =>
	served(gatewayToRich(middleware(underGateway(app))));
const fetched = (run: FetchFunction, options = {}): Promise<Served> => served(fetchToRich(fetchApp(run)), options);

async function asked({ url }: Served, init: RequestInit = {}): Promise<[number, string]> {
	const response = await fetch(url, init);
	return [response.status, await response.text()];
}

function content(parts: Parts, given: string | Uint8Array): void {
	parts.content = typeof given === 'string' ? utf8(given) : given;
	setField(parts, 'content-length', null);
}
const typeOf = (parts: Parts): string => parts.fields.find(([name]) => name === 'content-type')?.[1] as string;

const FAILED = [500, 'Internal Server Error\n'];

async function refused(site: Served): Promise<void> {
	expect(await asked(site)).toEqual(FAILED);
	expect(inspect(site.log, { depth: 8 })).toContain('ESC-12');
}

test('ESC-12: a cache replays a placeholder, in the same process and to a server that was started anew', async () => {
	let stored: Parts | null = null;
	const cache = rewriting((parts) => {
		if (stored === null) stored = { ...parts, fields: [...parts.fields] };
		else Object.assign(parts, stored);
	});
	const site = await behind(cache);
	expect(await asked(site)).toEqual([200, 'rich']);
	await refused(site);
	await site.server.close();
	await refused(await behind(cache));
});

test('ESC-10: compression rewrites the body', async () => {
	const gzip = rewriting((parts) => {
		content(parts, gzipSync(parts.content));
		setField(parts, 'content-encoding', 'gzip');
	});
	expect(await asked(await behind(gzip))).toEqual([200, 'rich']);
});

test('ESC-12: the header survives without the body', async () => {
	await refused(await behind(rewriting((parts) => content(parts, 'log in'))));
});

test('ESC-10: the body survives without the header', async () => {
	expect(await asked(await behind(rewriting((parts) => setField(parts, 'content-type', 'text/html'))))).toEqual([
		200,
		'rich',
	]);
});

describe.skipIf(!there)('ETag and If-None-Match', () => {
	const defaultOf = (name: string): Untyped => compatModule(name).default ?? compatModule(name);
	const koa = (): Promise<Served> => {
		const app = new (compatModule('koa'))();
		app.use(defaultOf('koa-compress')({ threshold: 0 }));
		app.use(defaultOf('koa-conditional-get')());
		app.use(defaultOf('koa-etag')());
		app.use((ctx: Untyped) => {
			const { headers, body } = placeholder(ctx.req, answer);
			ctx.set(headers);
			ctx.body = body;
		});
		return served(nodeToRich(node(app)));
	};
	const hono = (): Promise<Served> => {
		const app = new (compatModule('hono').Hono)();
		app.use(compatModule('hono/etag').etag());
		app.get('*', (c: Untyped) => escape(c.req.raw, answer));
		return served(fetchToRich(fetchApp(app)));
	};
	const express = (): Promise<Served> => {
		const app = compatModule('express')();
		app.use(compatModule('compression')({ threshold: 0 }));
		app.get('/', (req: Untyped, res: Untyped) => escape(req, res, answer));
		return served(nodeToRich(node(app)));
	};
	for (const [name, site] of Object.entries({ koa, hono, express })) {
		test(`ESC-10, ESC-22: a stale ETag matches no placeholder, and none of it is sent, in ${name}`, async () => {
			const response = await fetch((await site()).url, { headers: { 'if-none-match': '"old"' } });
			expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([200, 'rich', null]);
		});
	}
});

test('ESC-13: If-None-Match: * has made a 304', async () => {
	const conditional = rewriting((parts) => {
		parts.status = '304 Not Modified';
		setField(parts, 'etag', '"of the placeholder"');
		content(parts, '');
	});
	const response = await fetch((await behind(conditional)).url, { headers: { 'if-none-match': '*' } });
	expect([response.status, response.headers.get('etag'), response.headers.get('content-type')]).toEqual([
		304,
		null,
		null,
	]);
});

test('ESC-10: HEAD runs by the header alone', async () => {
	const response = await fetch((await behind(rewriting((parts) => content(parts, '')))).url, { method: 'HEAD' });
	expect([response.status, response.headers.get('x-app')]).toEqual([200, 'rich']);
});

test('ESC-12: Range has made a 206 of a placeholder', async () => {
	const ranged = rewriting((parts) => {
		parts.status = '206 Partial Content';
		content(parts, parts.content.slice(0, 4));
	});
	await refused(await behind(ranged));
});

for (const status of ['401 Unauthorized', '500 Internal Server Error']) {
	test(`ESC-13: the status is ${status} by what runs after the route`, async () => {
		const site = await behind(
			rewriting((parts) => {
				parts.status = status;
			}),
		);
		expect(await asked(site)).toEqual([Number(status.slice(0, 3)), '']);
	});
}

test('ESC-12: a layout wraps the body under the placeholder’s type', async () => {
	await refused(await behind(rewriting((parts) => content(parts, `<p>${String.fromCharCode(...parts.content)}</p>`))));
});

test('ESC-10, ESC-26: middleware that retries calls the application twice, and the second placeholder counts', async () => {
	const discards: Discarded[] = [];
	const site = await fetched((request) => {
		escape(request, answer, { discarded: (why) => void discards.push(why) });
		return escape(request, answer);
	});
	expect(await asked(site)).toEqual([200, 'rich']);
	expect(discards).toEqual([{ reason: 'replaced' }]);
});

test('ESC-12: header and body disagree', async () => {
	const site = await fetched((request) => new Response(escape(request, answer).body, escape(request, answer)));
	await refused(site);
});

test('ESC-12: several tags in one Content-Type', async () => {
	await refused(
		await behind(
			rewriting((parts) => {
				const type = typeOf(parts);
				setField(parts, 'content-type', `${type}, ${type.slice(0, -4)}0000`);
			}),
		),
	);
});

for (const [name, change] of [
	['charset appended', (type: string) => `${type}; charset=utf-8`],
	['case changed', (type: string) => type.toUpperCase()],
	['values joined by a comma', (type: string) => `${type}, text/html`],
] as const) {
	test(`ESC-10: ${name}`, async () => {
		const site = await behind(rewriting((parts) => setField(parts, 'content-type', change(typeOf(parts)))));
		expect(await asked(site)).toEqual([200, 'rich']);
	});
}

test('ESC-21, ESC-24: request content that was wholly consumed', async () => {
	const unread = rich((exchange) => {
		exchange.respond(200);
		exchange.end(utf8(exchange.unread));
	});
	const reading = (demands: 'any' | 'whole'): FetchFunction => {
		return async (request) => {
			await request.text();
			return escape(request, unread, { content: demands });
		};
	};
	expect(await asked(await fetched(reading('any')), { method: 'POST', body: 'x' })).toEqual([200, 'none']);
	const whole = await fetched(reading('whole'));
	expect((await asked(whole, { method: 'POST', body: 'x' }))[0]).toBe(500);
	expect(inspect(whole.log, { depth: 8 })).toContain('ESC-21');
});

test('ESC-26: the client disconnects before the decision', async () => {
	const called = Promise.withResolvers<void>();
	const discarded = Promise.withResolvers<Discarded>();
	const site = await fetched((request) => {
		escape(request, answer, { discarded: discarded.resolve });
		called.resolve();
		return new Promise<never>(() => {});
	});
	const client = await new RawClient(site.port).connected();
	await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
	await called.promise;
	client.destroy();
	expect((await discarded.promise).reason).toBe('ended');
});

test('ESC-5: registration after the response has begun', async () => {
	const said = Promise.withResolvers<unknown>();
	const app = node((req, res) => {
		res.write('begun');
		try {
			escape(req, res, answer);
		} catch (error) {
			said.resolve(error);
		}
		res.end();
	});
	expect(await asked(await served(nodeToRich(app)))).toEqual([200, 'begun']);
	expect(String(await said.promise)).toContain('ESC-5');
});

test('ESC-12: a placeholder forged by a client’s header', async () => {
	const forged = 'application/vnd.rsgi.escape; id=x';
	const echo = await fetched(
		(request) => new Response('x', { headers: { 'content-type': request.headers.get('x-type') ?? '' } }),
	);
	expect(await asked(echo, { headers: { 'x-type': forged } })).toEqual(FAILED);
});

test('ESC-7: thousands of registrations in one request', async () => {
	const site = await fetched((request) => {
		for (let count = 0; count < 5000; count++) escape(request, answer);
		return new Response();
	});
	expect((await asked(site))[0]).toBe(500);
	expect(inspect(site.log, { depth: 8 })).toContain('ESC-7');
});

test('ESC-25: the application fails before its response began', async () => {
	const broken = rich(() => {
		throw new Error('boom');
	});
	const site = await fetched((request) => escape(request, broken));
	expect((await asked(site))[0]).toBe(500);
	expect(inspect(site.log, { depth: 8 })).toContain('boom');
});

test('ESC-8: nested escapes, to a depth of 8', async () => {
	const nested = (depth: number): RichApp =>
		depth === 0 ? answer : gatewayToRich(gateway(underGateway(nested(depth - 1))));
	expect(await asked(await served(nested(8)))).toEqual([200, 'rich']);
	expect((await asked(await served(nested(9))))[0]).toBe(500);
});

test('ESC-53: the completion hook hears of the end of the escaped exchange', async () => {
	const reason = Promise.withResolvers<string>();
	const site = await fetched((request, context) => {
		void context.completed.then((outcome) => reason.resolve(outcome.reason));
		return escape(request, answer);
	});
	expect(await asked(site)).toEqual([200, 'rich']);
	expect(await reason.promise).toBe('complete');
});
