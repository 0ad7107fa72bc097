/** Fetch applications behind real sockets: curl, undici and node:http2. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { Readable } from 'node:stream';
import { ExchangeEnded, utf8 } from 'rsgi';
import { adapt, fetchToRich } from 'rsgi/adapters';
import { type FetchFunction, fetch as fetchApp } from 'rsgi/fetch';
import { Client } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command } from '../support/command.ts';
import { RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

const QUIET = ['--silent', '--show-error', '--max-time', '20'];
const CURL = [
	['HTTP/1.0', '--http1.0'],
	['HTTP/1.1', '--http1.1'],
	['HTTP/2', '--http2-prior-knowledge'],
] as const;

function serving(run: FetchFunction, protocols: readonly string[] = []) {
	return served(fetchToRich(fetchApp(run, { protocols })));
}

function session(url: string): ClientHttp2Session {
	const client = connect(url);
	client.on('error', () => {});
	onTestFinished(() => client.destroy());
	return client;
}

/** Answers with what it was asked. */
const mirror: FetchFunction = async (request, { target, connection, httpVersion }) => {
	const { method, url, headers } = request;
	const text = await request.text();
	const seen = {
		method,
		url,
		target,
		httpVersion,
		two: headers.get('x-two'),
		peer: connection.peer,
		length: text.length,
	};
	return Response.json(seen, {
		status: 201,
		headers: [
			['set-cookie', 'a=1'],
			['set-cookie', 'b=2'],
		],
	});
};

describe.each(CURL)('curl, %s', (_name, version) => {
	const curl = (...args: string[]) => command('curl', [...QUIET, version, ...args]);

	test('FETCH-4, FETCH-5, FETCH-7, FETCH-23: the request, and the response', async () => {
		const { url } = await serving(mirror);
		const args = [
			'--include',
			'--path-as-is',
			'-H',
			'X-Two: 1',
			'-H',
			'X-Two: 2',
			'--data',
			'abc',
			`${url}/a/../b%zz?c='d`,
		];
		const { stdout } = await curl(...args);
		const [head, content] = stdout.split('\r\n\r\n') as [string, string];
		expect(JSON.parse(content)).toMatchObject({
			method: 'POST',
			url: `${url}/b%zz?c=%27d`,
			target: "/a/../b%zz?c='d",
			two: '1, 2',
			peer: { address: '127.0.0.1' },
			length: 3,
		});
		expect(head.toLowerCase()).toContain('set-cookie: a=1\r\nset-cookie: b=2');
	});

	test('FETCH-26, FETCH-27, FETCH-31: HEAD, lengths, failures', async () => {
		const { url, log } = await serving((request) => {
			const { pathname } = new URL(request.url);
			if (pathname === '/throw') throw new Error('broken');
			return new Response('hello', { headers: { 'content-length': pathname === '/short' ? '6' : '5' } });
		});
		expect(await curl(url)).toMatchObject({ code: 0, stdout: 'hello' });
		const { stdout } = await curl('--head', url);
		expect(stdout.toLowerCase()).toContain('content-length: 5\r\n');
		expect((await curl(`${url}/short`)).code).not.toBe(0);
		expect((await curl('--write-out', ' %{http_code}', `${url}/throw`)).stdout).toBe('Internal Server Error\n 500');
		expect(log.map(({ error }) => (error as Error).message)).toEqual([expect.stringContaining('RICH-19'), 'broken']);
	});

	test('FETCH-12, FETCH-25, FETCH-29: a large content goes both ways', async () => {
		const { url, log } = await serving((request) => new Response(request.body));
		const content = new Uint8Array(3_000_000).fill(0x61);
		const { bytes } = await command(
			'curl',
			[...QUIET, version, '-H', 'Expect:', '--data-binary', '@-', '--limit-rate', '20M', url],
			content,
		);
		expect(bytes.length).toBe(content.length);
		expect(log).toEqual([]);
	});
});

test('FETCH-25: a body that is there as a whole goes in one piece, with its length', async () => {
	const { url, port } = await serving(() => new Response('hello'));
	const client = await new RawClient(port).connected();
	const pieces: string[] = [];
	client.socket.on('data', (piece: Buffer) => pieces.push(String(piece)));
	await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
	await expect.poll(() => client.received).toMatch(/\r\nContent-Length: 5\r\n\r\nhello$/i);
	expect(pieces.length).toBe(1);
	client.destroy();
	const { stdout } = await command('curl', [...QUIET, '--http1.1', '--include', url]);
	expect(stdout).toMatch(/content-length: 5/i);
});

test('FETCH-12: 100 (Continue) comes with the first read', async () => {
	let read: () => void = () => {};
	const wanted = new Promise<void>((resolve) => {
		read = resolve;
	});
	const { port } = await serving(async (request) => {
		await wanted;
		return new Response(await request.text());
	});
	const client = await new RawClient(port).connected();
	await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
	await client.send('');
	expect(client.received).toBe('');
	read();
	await expect.poll(() => client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
	await client.send('abc');
	await expect.poll(() => client.received).toMatch(/200 OK\r\n[\s\S]*abc$/);
	client.destroy();
});

describe('FETCH-15, FETCH-30: a client that goes away', () => {
	const watched =
		(log: unknown[]): FetchFunction =>
		(request) => {
			request.signal.addEventListener('abort', () => log.push(request.signal.reason));
			return new Response(
				new ReadableStream({
					start: (controller) => controller.enqueue(utf8('first')),
					cancel: (reason) => void log.push(reason),
				}),
			);
		};

	test('over HTTP/1.1', async () => {
		const told: unknown[] = [];
		const { port, log } = await serving(watched(told));
		const client = await new RawClient(port).connected();
		await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await expect.poll(() => client.received).toContain('first');
		client.reset();
		await expect.poll(() => told.length).toBe(2);
		for (const one of told) expect((one as ExchangeEnded).outcome.reason).toBe('lost');
		expect(log).toEqual([]);
	});

	test('over HTTP/2, with its code', async () => {
		const told: unknown[] = [];
		const { url, log } = await serving(watched(told));
		const stream = session(url).request({ ':path': '/' });
		stream.on('error', () => {});
		await once(stream, 'data');
		stream.close(8);
		await expect.poll(() => told.length).toBe(2);
		for (const one of told) expect(one).toBeInstanceOf(ExchangeEnded);
		expect((told[0] as ExchangeEnded).outcome).toEqual({ reason: 'reset', code: 8 });
		expect(log).toEqual([]);
	});
});

test('FETCH-29: full duplex by node:http2', async () => {
	const { url } = await serving((request) => new Response(request.body));
	const stream = session(url).request({ ':method': 'POST', ':path': '/' });
	const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
	expect(head[':status']).toBe(200);
	for (const text of ['one', 'two']) {
		stream.write(text);
		expect(String((await once(stream, 'data'))[0])).toBe(text);
	}
	stream.end();
	await once(stream, 'close');
});

test('FETCH-16, FETCH-28: extended CONNECT by node:http2', async () => {
	const { url } = await serving(
		(request) => {
			const refused = request.url.endsWith('/no');
			return new Response(`${request.method} ${request.headers.get('upgrade')}`, { status: refused ? 403 : 200 });
		},
		['websocket'],
	);
	const client = session(url);
	await once(client, 'remoteSettings');
	const ask = async (path: string) => {
		const stream = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': path });
		const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
		let text = '';
		for await (const chunk of stream) text += String(chunk);
		return [head[':status'], text];
	};
	expect(await ask('/no')).toEqual([403, 'GET websocket']);
	expect(await ask('/yes')).toEqual([501, 'Not Implemented: the application opens no tunnels\n']);
});

test('FETCH-12, FETCH-23: undici uploads from a stream, and keeps its connection', async () => {
	const { url } = await served(adapt(adapt(fetchToRich(fetchApp(mirror)), 'fetch'), 'rich'));
	const client = new Client(url);
	onTestFinished(() => client.destroy());
	for (let round = 0; round < 3; round++) {
		const { statusCode, headers, body } = await client.request({
			method: 'POST',
			path: '/up',
			body: Readable.from(Array.from({ length: 10 }, () => utf8('x'.repeat(1000)))),
		});
		expect([statusCode, headers['set-cookie']]).toEqual([201, ['a=1', 'b=2']]);
		expect(await body.json()).toMatchObject({ length: 10_000, target: '/up' });
	}
});

test('FETCH-3, FETCH-24: what another server answers can be returned', async () => {
	const { gzipSync } = await import('node:zlib');
	const { url: origin } = await serving((request) =>
		request.headers.get('x-by') === 'proxy'
			? new Response(gzipSync('coded'), { headers: { 'content-encoding': 'gzip' } })
			: new Response('unreached', { status: 500 }),
	);
	const { url } = await serving((request) => {
		const target = new URL(new URL(request.url).pathname, origin);
		const onward = new Request(target, request);
		onward.headers.set('x-by', 'proxy');
		return fetch(onward);
	});
	const { stdout } = await command('curl', [...QUIET, '--include', `${url}/x`]);
	expect(stdout).toMatch(/200[\s\S]*\r\n\r\ncoded$/);
	expect(stdout.toLowerCase()).not.toContain('content-encoding');
});

test('FETCH-10: a graceful stop waits for waitUntil', async () => {
	const log: string[] = [];
	let done: () => void = () => {};
	const { server, url } = await serving((_request, { waitUntil }) => {
		waitUntil(
			new Promise<void>((resolve) => {
				done = resolve;
			}).then(() => void log.push('done')),
		);
		return new Response('hello');
	});
	expect((await command('curl', [...QUIET, url])).stdout).toBe('hello');
	const closed = server.close().then(() => log.push('closed'));
	setTimeout(done, 50);
	await closed;
	expect(log).toEqual(['done', 'closed']);
});
