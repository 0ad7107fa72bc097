/** Node applications, asked by clients that we did not write: spec/node.md over real connections. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:http2';
import { finished } from 'node:stream/promises';
import { nodeToRich } from 'rsgi/adapters';
import { type NodeFunction, node } from 'rsgi/node';
import { expect, onTestFinished, test } from 'vitest';
import { command } from '../support/command.ts';
import { served, servedTls } from '../support/served.ts';

/** Serves a listener. */
async function listener(run: NodeFunction): Promise<{ url: string; port: number; log: unknown[] }> {
	return await served(nodeToRich(node(run)));
}

/** What curl prints. */
async function curl(...args: string[]): Promise<string> {
	const { code, stdout, stderr } = await command('curl', ['-sS', ...args]);
	expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
	return stdout;
}

const echo: NodeFunction = (req, res) => {
	res.setHeader('X-Version', req.httpVersion);
	req.pipe(res);
};

test.each([
	['--http1.1', '1.1'],
	['--http1.0', '1.0'],
	['--http2-prior-knowledge', '2.0'],
])('NODE-5, NODE-8, NODE-11: curl %s uploads and downloads', async (version, seen) => {
	const { url } = await listener(echo);
	const { stdout } = await command(
		'curl',
		['-sSi', version, '-H', 'Expect: 100-continue', '--data-binary', '@-', url],
		'x'.repeat(500_000),
	);
	expect(stdout).toMatch(new RegExp(`^x-version: ${seen}\r$`, 'im'));
	expect(stdout.endsWith('x'.repeat(500_000))).toBe(true);
});

test('NODE-12, NODE-18: curl is told early hints, and nghttp trailer fields', async () => {
	const { url } = await listener((_req, res) => {
		res.writeEarlyHints({ link: '</a>; rel=preload' });
		res.write('hello');
		res.addTrailers({ 'X-Sum': '1' });
		res.end();
	});
	for (const version of ['--http1.1', '--http2-prior-knowledge']) {
		const text = await curl('-i', version, url);
		expect(text).toMatch(/^HTTP\/\S+ 103.*\r\nlink: <\/a>; rel=preload\r\n\r\nHTTP\/\S+ 200/i);
		expect(text).toMatch(/hello/);
	}
	const { stdout } = await command('nghttp', ['-v', url]);
	expect(stdout).toMatch(/:status: 103/);
	expect(stdout).toMatch(/x-sum: 1/);
});

test('NODE-6, NODE-23: over TLS a request says so, and HTTP/2 has a Host', async () => {
	const { url, port } = await servedTls(
		nodeToRich(
			node((req, res) => {
				const { encrypted } = req.socket as unknown as { encrypted?: boolean };
				res.end(`${req.httpVersion} ${encrypted} ${req.headers.host} ${req.socket.remoteAddress}`);
			}),
		),
	);
	expect(await curl('-k', '--http2', url)).toBe(`2.0 true 127.0.0.1:${port} 127.0.0.1`);
	expect(await curl('-k', '--http1.1', url)).toBe(`1.1 true 127.0.0.1:${port} 127.0.0.1`);
});

test('NODE-13: an agent keeps its connection, until the application says close', async () => {
	const { port } = await listener((req, res) => {
		if (req.url === '/close') res.setHeader('Connection', 'close');
		res.end(String(req.socket.remotePort));
	});
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	onTestFinished(() => agent.destroy());
	const ask = async (path: string): Promise<string> => {
		const asked = request({ port, path, agent }).end();
		const [response] = await once(asked, 'response');
		return (await response.setEncoding('utf8').toArray()).join('');
	};
	const [first, second, third] = [await ask('/'), await ask('/close'), await ask('/')];
	expect(second).toBe(first);
	expect(third).not.toBe(first);
});

test('NODE-14, NODE-15: a client that reads slowly gets all of it, from whoever heeds it and whoever does not', async () => {
	const size = 20_000_000;
	const { url } = await listener((req, res) => {
		const chunk = Buffer.alloc(100_000, 'x');
		if (req.url === '/heedless') {
			for (let sent = 0; sent < size; sent += chunk.length) res.write(chunk);
			res.end();
			return;
		}
		let sent = 0;
		const go = (): void => {
			while (sent < size) {
				sent += chunk.length;
				if (!res.write(chunk)) {
					res.once('drain', go);
					return;
				}
			}
			res.end();
		};
		go();
	});
	const session = connect(url);
	onTestFinished(() => session.close());
	for (const path of ['/', '/heedless']) {
		const stream = session.request({ ':path': path });
		let got = 0;
		for await (const chunk of stream) {
			got += chunk.length;
			if (got % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
		}
		expect(got).toBe(size);
	}
	for (const path of ['/', '/heedless']) {
		expect((await curl('--http1.1', `${url}${path}`)).length).toBe(size);
	}
});

test('NODE-10: a stream that is reset is told, and its neighbours go on', async () => {
	const events: string[] = [];
	let told!: () => void;
	const over = new Promise<void>((resolve) => {
		told = resolve;
	});
	const { url, log } = await listener((req, res) => {
		if (req.url === '/other') {
			res.end('other');
			return;
		}
		req.on('aborted', () => events.push('aborted'));
		req.on('error', (error: NodeJS.ErrnoException) => events.push(`error ${error.code}`));
		res.on('close', () => events.push('close'));
		req.on('close', told);
		res.write('first');
	});
	const session = connect(url);
	onTestFinished(() => session.close());
	const stream = session.request({ ':path': '/', ':method': 'POST' });
	stream.on('error', () => {});
	await once(stream, 'data');
	stream.close(8);
	await over;
	expect(events).toEqual(['aborted', 'close', 'error ECONNRESET']);
	const other = session.request({ ':path': '/other' });
	expect((await other.setEncoding('utf8').toArray()).join('')).toBe('other');
	expect(log).toEqual([]);
});

test('NODE-20: a destroyed response is a reset on HTTP/2, and a closed connection on HTTP/1', async () => {
	const { url, port } = await listener((_req, res) => {
		res.write('first');
		setImmediate(() => res.destroy(new Error('mine')));
	});
	const session = connect(url);
	onTestFinished(() => session.close());
	const stream = session.request({ ':path': '/' });
	stream.resume();
	await expect(finished(stream)).rejects.toThrow();
	expect(stream.rstCode).toBe(2);
	const asked = request({ port }).end();
	const [response] = await once(asked, 'response');
	await expect(response.toArray()).rejects.toThrow('aborted');
});

test('NODE-31: what one request enters is not there for the next', async () => {
	const identity = new AsyncLocalStorage<string>();
	const { url } = await listener(async (req, res) => {
		const before = identity.getStore();
		identity.enterWith(`that of ${req.url}`);
		await Promise.resolve();
		res.end(`${before} ${identity.getStore()}`);
	});
	const session = connect(url);
	onTestFinished(() => session.close());
	const ask = async (path: string, method: string): Promise<string> => {
		const stream = session.request({ ':path': path, ':method': method });
		stream.end();
		return (await stream.setEncoding('utf8').toArray()).join('');
	};
	// In one packet: they are all in one read of the server's.
	const paths = ['/1', '/2', '/3'];
	for (const method of ['GET', 'POST']) {
		const answers = await Promise.all(paths.map((path) => ask(path, method)));
		expect(answers).toEqual(paths.map((path) => `undefined that of ${path}`));
		expect(await ask('/4', method)).toBe('undefined that of /4');
	}
});
