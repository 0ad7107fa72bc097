/** Gateway applications behind real sockets: curl, nghttp and node:http2. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Misuse, utf8 } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { type Body, bytes, type GatewayFunction, gateway, latin1, octets, withClose } from 'rsgi/gateway';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command, succeed } from '../support/command.ts';
import { answering, blocks } from '../support/gateway-request.ts';
import { RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

const QUIET = ['--silent', '--show-error', '--max-time', '20'];

const CURL = [
	['HTTP/1.0', '--http1.0'],
	['HTTP/1.1', '--http1.1'],
	['HTTP/2', '--http2-prior-knowledge'],
] as const;

function serving(run: GatewayFunction, protocols: readonly string[] = []) {
	return served(gatewayToRich(gateway(run, { protocols })));
}

function session(url: string): ClientHttp2Session {
	const client = connect(url);
	client.on('error', () => {});
	onTestFinished(() => client.destroy());
	return client;
}

/** Something that a test waits for, and says when. */
function gate(): { opened: Promise<void>; open: () => void } {
	let open: () => void = () => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open: () => open() };
}

/** Answers with what it was asked, a line each. */
const mirror: GatewayFunction = async (environ, startResponse) => {
	const content = await environ['wsgi.input'].read();
	const lines = [
		latin1(environ.REQUEST_METHOD),
		latin1(environ.PATH_INFO),
		latin1(environ.QUERY_STRING),
		latin1(environ.SERVER_PROTOCOL),
		`${environ.HTTP_X_TWO}`,
		`${environ.CONTENT_TYPE}`,
		`${environ.REMOTE_ADDR}`,
		`${environ.SERVER_NAME}:${environ.SERVER_PORT}`,
		String(content.length),
	];
	startResponse(bytes('201 Made It'), [[bytes('Content-Type'), bytes('text/plain')]]);
	return [octets(bytes(lines.join('\n')))];
};

/** Reads its content by lines, and answers each at once with its length. */
const lineLengths: GatewayFunction = (environ, startResponse) => {
	startResponse(bytes('200 OK'), [[bytes('content-type'), bytes('text/plain')]]);
	return (async function* () {
		for await (const line of environ['wsgi.input']) yield utf8(`${line.length}\n`);
	})();
};

describe.each(CURL)('curl, %s', (name, version) => {
	const curl = (...args: string[]) => command('curl', [...QUIET, version, ...args]);

	test('GATE-36, GATE-38, GATE-39, GATE-40: the request', async () => {
		const { url, port } = await serving(mirror);
		const target = `${url}/caf%C3%A9/%zz?a=%20b`;
		const { stdout } = await curl('--path-as-is', '-H', 'X-Two: 1', '-H', 'X-Two: 2', '--data', 'abc', target);
		expect(stdout.split('\n')).toEqual([
			'POST',
			'/caf\u00c3\u00a9/%zz',
			'a=%20b',
			name === 'HTTP/2' ? 'HTTP/2.0' : name,
			'1, 2',
			'application/x-www-form-urlencoded',
			'127.0.0.1',
			`127.0.0.1:${port}`,
			'3',
		]);
	});

	test('GATE-51, GATE-57: the response, with its length', async () => {
		const { url } = await serving(answering(blocks('hello'), [[bytes('X-A'), bytes('1')]]));
		const { stdout } = await curl('--include', url);
		expect(stdout.toLowerCase()).toContain('x-a: 1\r\ncontent-length: 5\r\n');
		expect(stdout.endsWith('\r\n\r\nhello')).toBe(true);
		const made = await serving(mirror);
		const { stdout: head } = await curl('--include', made.url);
		expect(head).toMatch(name === 'HTTP/2' ? /^HTTP\/2 201 \r\n/ : /^HTTP\/1\.1 201 Made It\r\n/);
	});

	test('GATE-55, GATE-57: content without a length is whole; content short of its length is not', async () => {
		const stream = await serving((_environ, startResponse) =>
			answering(
				(async function* () {
					yield* blocks('one', 'two');
				})(),
			)(_environ, startResponse),
		);
		expect(await curl(stream.url)).toMatchObject({ code: 0, stdout: 'onetwo' });
		const short = await serving((environ, startResponse) =>
			answering(new Set(blocks('one')), [[bytes('content-length'), bytes('5')]])(environ, startResponse),
		);
		expect((await curl(short.url)).code).not.toBe(0);
		expect(short.log.map((entry) => (entry.error as Misuse | undefined)?.rule)).toContain('RICH-19');
	});

	test('GATE-59: HEAD', async () => {
		const { url } = await serving(answering(blocks('hello')));
		const { stdout } = await curl('--head', url);
		expect(stdout.toLowerCase()).toContain('content-length: 5\r\n');
		expect(stdout).not.toContain('hello');
	});

	test('GATE-63: an error before the head is a 500, and one after it breaks off', async () => {
		const before = await serving(() => {
			throw new Error('broken');
		});
		expect((await curl('--write-out', ' %{http_code}', before.url)).stdout).toBe('Internal Server Error\n 500');
		const after = await serving((environ, startResponse) =>
			answering(
				(function* () {
					yield utf8('begun');
					throw new Error('broken');
				})(),
			)(environ, startResponse),
		);
		const { code } = await curl(after.url);
		expect(code).not.toBe(0);
		expect(after.log.map((entry) => String(entry.error))).toEqual(['Error: broken']);
	});
});

test.each(CURL.slice(1))(
	'GATE-41, GATE-43: an upload of unknown length is read by line, %s',
	async (_name, version) => {
		const { url } = await serving(lineLengths);
		const lines = Array.from({ length: 2000 }, (_, at) => 'x'.repeat(at % 97));
		// From standard input curl sends what it has, in chunks.
		const { stdout } = await command('curl', [...QUIET, version, '--upload-file', '-', url], lines.join('\n'));
		const last = (lines.at(-1) as string).length;
		expect(stdout).toBe(
			[...lines.slice(0, -1).map((line) => `${line.length + 1}\n`), last > 0 ? `${last}\n` : ''].join(''),
		);
	},
);

describe('GATE-43: 100 (Continue)', () => {
	test('comes with the first read, over HTTP/1.1', async () => {
		const read = gate();
		const { port } = await serving(async (environ, startResponse) => {
			await read.opened;
			return mirror(environ, startResponse);
		});
		const client = await new RawClient(port).connected();
		await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
		await client.send('');
		expect(client.received).toBe('');
		read.open();
		await expect.poll(() => client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
		await client.send('abc');
		await expect.poll(() => client.received).toMatch(/HTTP\/1\.1 201 Made It\r\n[\s\S]*\n3$/);
		client.destroy();
	});

	test('curl waits for it, and goes without content where nobody reads', async () => {
		const content = 'x'.repeat(10_000);
		const args = [...QUIET, '--http1.1', '-H', 'Expect: 100-continue', '--verbose', '--data', content];
		const reading = await serving(mirror);
		const read = await command('curl', [...args, reading.url]);
		expect(read.stderr).toContain('100 Continue');
		expect(read.stdout).toMatch(/\n10000$/);
		const answering_ = await serving(answering(blocks('no')));
		const unread = await command('curl', [...args, answering_.url]);
		expect(unread.stderr).not.toContain('100 Continue');
		expect(unread.stdout).toBe('no');
	});
});

describe('GATE-49: nothing is delayed between blocks', () => {
	/** Gives a block, and the next when the client has seen it. */
	const stepwise = (gates: { opened: Promise<void> }[]): GatewayFunction =>
		answering(
			(async function* () {
				for (const [at, { opened }] of gates.entries()) {
					yield utf8(`block ${at};`);
					await opened;
				}
			})(),
		);

	test('over HTTP/1.1', async () => {
		const gates = [gate(), gate(), gate()];
		const { port } = await serving(stepwise(gates));
		const client = await new RawClient(port).connected();
		await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		for (const [at, { open }] of gates.entries()) {
			await expect.poll(() => client.received).toContain(`block ${at};`);
			expect(client.received).not.toContain(`block ${at + 1};`);
			open();
		}
		await expect.poll(() => client.received.endsWith('0\r\n\r\n')).toBe(true);
		client.destroy();
	});

	test('over HTTP/2', async () => {
		const gates = [gate(), gate(), gate()];
		const { url } = await serving(stepwise(gates));
		const stream = session(url).request({ ':path': '/' });
		for (const [at, { open }] of gates.entries()) {
			const [chunk] = (await once(stream, 'data')) as [Buffer];
			expect(String(chunk)).toBe(`block ${at};`);
			open();
		}
		await once(stream, 'end');
	});

	test('a sync generator that keeps the processor busy', async () => {
		const order: string[] = [];
		const { port } = await serving((environ, startResponse) =>
			answering(
				(function* () {
					for (const text of ['first;', 'second;', 'third;']) {
						order.push(`asked for ${text}`);
						yield utf8(text);
					}
				})(),
			)(environ, startResponse),
		);
		const client = await new RawClient(port).connected();
		client.socket.on('data', (chunk: Buffer) => order.push(...(String(chunk).match(/\w+;/g) ?? [])));
		await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await expect.poll(() => client.received.endsWith('0\r\n\r\n')).toBe(true);
		// Each was sent by itself: the client has had three pieces, though nothing was waited for by the application.
		expect(order.filter((line) => line.endsWith('first;')).length).toBe(2);
		expect(client.received.match(/\w+;/g)).toEqual(['first;', 'second;', 'third;']);
		client.destroy();
	});
});

describe('GATE-62: a client that goes away', () => {
	const watched = (closed: string[]): GatewayFunction =>
		answering(
			withClose(
				(async function* () {
					yield utf8('first');
					await new Promise(() => {});
				})(),
				() => closed.push('close'),
			),
		);

	test('over HTTP/1.1 the body is closed', async () => {
		const closed: string[] = [];
		const { port, log } = await serving(watched(closed));
		const client = await new RawClient(port).connected();
		await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await expect.poll(() => client.received).toContain('first');
		client.reset();
		await expect.poll(() => closed).toEqual(['close']);
		expect(log).toEqual([]);
	});

	test('over HTTP/2 the body is closed, and its neighbour goes on', async () => {
		const closed: string[] = [];
		const { url, log } = await serving((environ, startResponse) =>
			latin1(environ.PATH_INFO) === '/hello'
				? answering(blocks('hello'))(environ, startResponse)
				: watched(closed)(environ, startResponse),
		);
		const client = session(url);
		const stream = client.request({ ':path': '/' });
		stream.on('error', () => {});
		await once(stream, 'data');
		stream.close(8);
		await expect.poll(() => closed).toEqual(['close']);
		const hello = client.request({ ':path': '/hello' });
		expect(String((await once(hello, 'data'))[0])).toBe('hello');
		expect(log).toEqual([]);
	});
});

test('GATE-45, GATE-60: extended CONNECT by node:http2', async () => {
	const { url } = await serving(
		(environ, startResponse) => {
			const line = [environ.REQUEST_METHOD, environ.PATH_INFO, environ.HTTP_UPGRADE, environ['rsgi.connect']].join(' ');
			const refused = latin1(environ.PATH_INFO) === '/no';
			startResponse(bytes(refused ? '403 Forbidden' : '200 OK'), []);
			return blocks(line);
		},
		['websocket'],
	);
	const client = session(url);
	await once(client, 'remoteSettings');
	const ask = async (path: string) => {
		const stream: ClientHttp2Stream = client.request({
			':method': 'CONNECT',
			':protocol': 'websocket',
			':scheme': 'http',
			':path': path,
		});
		const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
		let text = '';
		for await (const chunk of stream) text += String(chunk);
		return [head[':status'], text];
	};
	expect(await ask('/no')).toEqual([403, 'GET /no websocket websocket']);
	expect(await ask('/yes')).toEqual([501, 'Not Implemented: the application opens no tunnels\n']);
});

test('GATE-41: nghttp uploads, and is answered line by line', async () => {
	const { url } = await serving(lineLengths);
	const folder = mkdtempSync(join(tmpdir(), 'rsgi-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const path = join(folder, 'content');
	writeFileSync(path, 'one\nthree\nx');
	expect(await succeed('nghttp', ['--data', path, url])).toBe('4\n6\n1\n');
});

test('GATE-49: a large body arrives whole at a client that is slow', async () => {
	const block = new Uint8Array(50_000).fill(0x61);
	const bodies: Record<string, () => Body> = {
		array: () => Array.from({ length: 40 }, () => block),
		generator: function* () {
			for (let at = 0; at < 40; at++) yield block;
		},
	};
	const { url } = await serving((environ, startResponse) =>
		answering((bodies[latin1(environ.PATH_INFO).slice(1)] as () => Body)())(environ, startResponse),
	);
	for (const kind of Object.keys(bodies)) {
		for (const [, version] of CURL) {
			const args = [...QUIET, version, '--limit-rate', '8M', `${url}/${kind}`];
			expect((await command('curl', args)).bytes.length).toBe(2_000_000);
		}
	}
});
