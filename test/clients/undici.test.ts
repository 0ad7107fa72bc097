/** undici: the fetch of the ecosystem, over HTTP/1.1 and HTTP/2. */
import { Agent, Client, fetch, request } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { patterned, routesApp } from '../support/routes-app.ts';
import { served, servedTls } from '../support/served.ts';

describe.each([
	{ name: 'HTTP/1.1', allowH2: false },
	{ name: 'HTTP/2', allowH2: true },
])('undici, $name', ({ allowH2 }) => {
	async function start() {
		const { app, seen } = routesApp();
		const { url, log } = await servedTls(app);
		const dispatcher = new Agent({ allowH2, connect: { rejectUnauthorized: false } });
		onTestFinished(() => dispatcher.destroy());
		return { url, log, seen, dispatcher };
	}

	test('fetch: a response, and the protocol', async () => {
		const { url, dispatcher } = await start();
		const response = await fetch(`${url}/head`, { dispatcher });
		const head = (await response.json()) as { httpVersion: string };
		expect(head.httpVersion).toBe(allowH2 ? '2' : '1.1');
	});

	test('fetch: a streamed upload and a streamed response', async () => {
		const { url, dispatcher } = await start();
		const content = patterned(500_000);
		const body = new ReadableStream<Uint8Array>({
			start(controller) {
				for (let at = 0; at < content.length; at += 50_000) controller.enqueue(content.subarray(at, at + 50_000));
				controller.close();
			},
		});
		const response = await fetch(`${url}/echo`, { method: 'POST', body, duplex: 'half', dispatcher });
		expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), content)).toBe(0);
	});

	test('fetch: an abort is seen by the application', async () => {
		const { url, dispatcher, seen } = await start();
		const abort = new AbortController();
		const response = await fetch(`${url}/large?bytes=100000000`, { dispatcher, signal: abort.signal });
		await (response.body as ReadableStream).getReader().read();
		abort.abort();
		await expect.poll(() => seen.outcomes).toHaveLength(1);
		expect(seen.outcomes[0]).toMatch(/^\/large (reset|lost)$/);
	});

	test('request: trailer fields', async () => {
		const { url, dispatcher } = await start();
		const { body, trailers } = await request(`${url}/trailers`, { dispatcher });
		expect(await body.text()).toBe('content, then trailers\n');
		// undici tells trailers on HTTP/1.1 only.
		if (!allowH2) expect(trailers['x-sum']).toEqual(['abc', 'def']);
	});
});

describe('undici, pipelining', () => {
	test('answers come in the order of the requests', async () => {
		const { app } = routesApp();
		const { url } = await served(app);
		const client = new Client(url, { pipelining: 10 });
		onTestFinished(() => client.destroy());
		const paths = Array.from({ length: 40 }, (_, at) => (at % 3 === 0 ? '/async' : `/large?bytes=${at + 1}`));
		const answers = await Promise.all(
			paths.map(async (path) => (await client.request({ path, method: 'GET' })).body.text()),
		);
		answers.forEach((answer, at) => {
			if (at % 3 === 0) expect(answer).toBe('later\n');
			else expect(answer.length).toBeGreaterThan(0);
		});
	});

	test('Upgrade opens a tunnel', async () => {
		const { app } = routesApp();
		const { url } = await served(app);
		const client = new Client(url);
		onTestFinished(() => client.destroy());
		const { socket, headers } = await client.upgrade({ path: '/upgrade', protocol: 'echo' });
		expect(headers.upgrade).toBe('echo');
		socket.write('through');
		const chunk = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
		expect(String(chunk)).toBe('through');
		const ended = new Promise((resolve) => socket.once('end', resolve));
		socket.end();
		await ended;
	});

	test('CONNECT opens a tunnel', async () => {
		const { app } = routesApp();
		const { url } = await served(app);
		const client = new Client(url);
		onTestFinished(() => client.destroy());
		const { socket, statusCode } = await client.connect({ path: 'example.org:443' });
		expect(statusCode).toBe(200);
		socket.write('bytes');
		const chunk = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
		expect(String(chunk)).toBe('bytes');
		socket.destroy();
	});
});
