/** More of the cases that break naive escapes, over real sockets: what tags, contents, clients and failures do in the middle. */
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { rich, utf8 } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { type Discarded, escape } from 'rsgi/escape';
import { type FetchFunction, fetch as fetchApp } from 'rsgi/fetch';
import { expect, test } from 'vitest';
import { answer } from '../support/escaping-gateway.ts';
import { RawClient } from '../support/raw-client.ts';
import { type Served, served } from '../support/served.ts';
import { foundIn } from '../support/tag-watch/watch.ts';

const fetched = (run: FetchFunction, options = {}): Promise<Served> => served(fetchToRich(fetchApp(run)), options);

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('ESC-14: a tag inside of a larger page, as of a subrequest in it, does not fire', async () => {
	let runs = 0;
	const app = rich(() => void runs++);
	const site = await fetched(async (request) => new Response(`<p>${await escape(request, app).text()}</p>`));
	let page = '';
	// The page is the application's own, and the tag in it is dead: the watch sees it.
	const found = await foundIn(async () => {
		page = await (await fetch(site.url)).text();
	});
	expect([/^<p>rsgi-escape-\w+<\/p>$/.test(page), runs, found.length > 0]).toEqual([true, 0, true]);
});

test('ESC-24: request content that was partly consumed, and that was replaced', async () => {
	const echo = rich((exchange) => {
		exchange.respond(200);
		exchange.write(utf8(`${exchange.unread}:`));
		return { data: (chunk: Uint8Array) => void exchange.write(chunk), end: () => exchange.end() };
	});
	const partly = await fetched(async (request) => {
		await request.body?.getReader().read();
		return escape(request, echo);
	});
	const client = await new RawClient(partly.port).connected();
	await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nConnection: close\r\n\r\none');
	while (!client.received.includes('partial:')) await new Promise((resolve) => setTimeout(resolve, 2));
	await client.send('two');
	await client.closed();
	expect(client.received).toContain('two');
	expect(client.received).not.toContain('one');
	const replaced = await fetched((request) => escape(new Request(request.url, { method: 'POST', body: 'mine' }), echo));
	expect(await (await fetch(replaced.url, { method: 'POST', body: 'theirs' })).text()).toBe('whole:theirs');
});

test('ESC-26: the client disconnects during the decision', async () => {
	const discarded = Promise.withResolvers<Discarded>();
	const begun = Promise.withResolvers<void>();
	const site = await fetched((request) => {
		const { headers } = escape(request, answer, { discarded: discarded.resolve });
		const body = new ReadableStream({ pull: () => begun.resolve() });
		return new Response(body, { headers });
	});
	const client = await new RawClient(site.port).connected();
	await client.send(GET);
	await begun.promise;
	client.destroy();
	expect((await discarded.promise).reason).toBe('ended');
});

test('ESC-24: the client disconnects after the decision', async () => {
	const running = Promise.withResolvers<void>();
	const closed = Promise.withResolvers<string>();
	const app = rich((exchange) => {
		exchange.respond(200);
		exchange.write(utf8('x'));
		running.resolve();
		return { closed: ({ reason }) => closed.resolve(reason) };
	});
	const site = await fetched((request) => escape(request, app));
	const client = await new RawClient(site.port).connected();
	await client.send(GET);
	await running.promise;
	client.destroy();
	expect(await closed.promise).toBe('lost');
});

test('ESC-26, RICH-44: middleware that never answers', async () => {
	const discarded = Promise.withResolvers<Discarded>();
	const site = await fetched(
		(request) => {
			escape(request, answer, { discarded: discarded.resolve });
			return new Promise<never>(() => {});
		},
		{ timeouts: { response: 50 } },
	);
	expect((await fetch(site.url)).status).toBe(503);
	expect(await discarded.promise).toMatchObject({ reason: 'ended', outcome: { reason: 'timeout' } });
});

test('ESC-12: a placeholder forged by an upstream that is proxied with fetch', async () => {
	const type = 'application/vnd.rsgi.escape; id=x';
	const upstream = createServer((_req, res) => res.setHeader('content-type', type).end('x'));
	await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
	const { port } = upstream.address() as { port: number };
	const site = await fetched((request) => {
		escape(request, answer);
		return fetch(`http://127.0.0.1:${port}/`);
	});
	// The upstream is watched as a server too: what it forges is found once, and there.
	let status = 0;
	const found = await foundIn(async () => {
		status = (await fetch(site.url)).status;
	});
	expect([status, found.length]).toEqual([500, 1]);
	expect(inspect(site.log, { depth: 8 })).toContain('ESC-12');
	upstream.closeAllConnections();
	upstream.close();
});

test('ESC-14: user content that looks like a tag is content', async () => {
	const site = await fetched(async (request) => {
		escape(request, answer);
		return new Response(await request.text(), { headers: { 'content-type': 'text/plain' } });
	});
	const body = `rsgi-${'escape'}x-${'0'.repeat(32)}`;
	expect(await (await fetch(site.url, { method: 'POST', body })).text()).toBe(body);
});

test('ESC-25: the application fails after its response began', async () => {
	const broken = rich((exchange) => {
		exchange.respond(200, ['content-length', '9']);
		exchange.write(utf8('x'));
		throw new Error('boom');
	});
	const site = await fetched((request) => escape(request, broken));
	await expect(fetch(site.url).then((response) => response.text())).rejects.toThrow();
	expect(inspect(site.log, { depth: 8 })).toContain('boom');
});
