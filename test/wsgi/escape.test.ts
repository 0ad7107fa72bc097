/** spec/wsgi.md §6: Python applications that escape, by clients over sockets. */
import { connect as connectH2 } from 'node:http2';
import { connect } from 'node:net';
import { rich, utf8 } from 'rsgi';
import { gateway } from 'rsgi/gateway';
import { websocket } from 'rsgi/websocket';
import { wsgi } from 'rsgi/wsgi';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { command } from '../support/command.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { APPS, PYTHON, type Site, site, WAIT } from '../support/wsgi-site.ts';

const started = (more: Parameters<typeof site>[0] = {}, wrap?: Parameters<typeof site>[2]): Promise<Site> =>
	site({ workers: 1, threads: 1, ...more }, 'escaping:app', wrap);

interface Client {
	readonly socket: WebSocket;
	readonly messages: (string | Uint8Array)[];
	readonly closed: Promise<string>;
	until(message: string): Promise<void>;
}

async function client(url: string, protocols: string[] = []): Promise<Client> {
	const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols);
	socket.binaryType = 'arraybuffer';
	const messages: (string | Uint8Array)[] = [];
	socket.onmessage = ({ data }) => messages.push(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
	const closed = new Promise<string>((resolve) => {
		socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
	});
	await new Promise((resolve, reject) => {
		socket.onopen = resolve;
		socket.onerror = reject;
	});
	return { socket, messages, closed, until: (message) => vi.waitUntil(() => messages.includes(message), WAIT).then() };
}

test('WSGI-30: a WebSocket has messages, both ways and of both kinds, and the cookie of middleware', async () => {
	const at = await started();
	const a = await client(`${at.url}/chat?x=1`, ['chat']);
	await a.until('welcome chat /chat?x=1');
	a.socket.send('hello');
	await a.until('echo hello');
	a.socket.send(Uint8Array.of(1, 2, 3));
	await vi.waitUntil(() => a.messages.some((each) => typeof each !== 'string' && each.join() === '3,2,1'), WAIT);
	a.socket.send('later on');
	await a.until('later on');
	a.socket.close(1000, 'bye');
	expect(await at.told.until('closed', 'bye')).toBe('1000 bye\n');
	const { stdout } = await command('curl', [
		...['-si', '--http1.1', '--max-time', '1', '-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket'],
		...['-H', 'Sec-WebSocket-Version: 13', '-H', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `${at.url}/chat`],
	]);
	expect(stdout).toMatch(/^HTTP\/1.1 101/);
	expect(stdout).toMatch(/set-cookie: seen=1/i);
	expect(stdout).not.toContain('rsgi-escape');
});

test('WSGI-31: open sockets cost no thread of those that answer requests', async () => {
	const at = await started({ threads: 1 });
	const sockets = await Promise.all(Array.from({ length: 20 }, () => client(`${at.url}/chat`)));
	expect(await at.text('/has')).toBe('yes');
	sockets[0]?.socket.send('all at once');
	await Promise.all(sockets.map((each) => each.until('at once')));
});

test('WSGI-32: a publication reaches the sockets of all workers', async () => {
	const at = await started({ workers: 2 });
	const sockets = await Promise.all(Array.from({ length: 8 }, () => client(`${at.url}/chat`)));
	sockets[0]?.socket.send('all of you');
	await Promise.all(sockets.map((each) => each.until('of you')));
});

test('WSGI-37, CHANNEL-17, CHANNEL-18: a client that does not read stops its sender and nobody else, and loses nothing', async () => {
	const at = await started({ threads: 2 });
	const total = 64 * 1024 * 1024;
	const { hostname, port } = new URL(at.url);
	const stalled = connect(Number(port), hostname);
	onTestFinished(() => void stalled.destroy());
	stalled.write(
		`GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
	);
	let received = '';
	await new Promise<void>((resolve) => {
		stalled.on('data', (octets: Buffer) => {
			received += octets.toString('latin1');
			if (received.includes('welcome')) resolve();
		});
	});
	stalled.removeAllListeners('data').pause();
	const text = Buffer.from(`flood ${total}`);
	stalled.write(Buffer.concat([Uint8Array.of(0x81, 0x80 | text.length, 0, 0, 0, 0), text]));
	await at.told.until('flooding', 'yes');
	const other = await client(`${at.url}/chat`);
	for (let round = 0; round < 100; round++) {
		other.socket.send(`round ${round}`);
		await other.until(`echo round ${round}`);
	}
	expect(at.told.read('flooding')).not.toContain('done');
	let length = 0;
	stalled.on('data', (octets: Buffer) => {
		length += octets.length;
	});
	stalled.resume();
	await at.told.until('flooding', 'done');
	await vi.waitUntil(() => length > total, WAIT);
});

test('WSGI-34: a denial, a changed response and a failure', async () => {
	const at = await started();
	const refused = await fetch(`${at.url}/echo?refused`);
	expect([refused.status, await refused.text()]).toEqual([401, 'no']);
	const denied = await fetch(`${at.url}/echo?intercept=deny`);
	expect(denied.status).toBe(500);
	const failed = await fetch(`${at.url}/failing`);
	expect([failed.status, await failed.text()]).toEqual([500, 'Internal Server Error\n']);
	const page = await fetch(`${at.url}/page?intercept=wrap`);
	expect([page.status, page.headers.get('x-intercepted'), page.headers.get('set-cookie')]).toEqual([
		200,
		'python',
		'seen=1',
	]);
	expect(await at.text('/discarded')).toBe('another response');
	expect(await at.told.until('discarded', 'replaced')).toBe('replaced\n');
});

test('WSGI-33: middleware of TypeScript above intercepts the escapes of Python, outermost', async () => {
	const seen: string[] = [];
	const at = await started({}, (inner) =>
		gateway((environ, startResponse) => {
			const upgrade = environ['rsgi.upgrade'];
			if (upgrade === undefined) return inner(environ, startResponse);
			return inner(
				{
					...environ,
					'rsgi.upgrade': (app, start, options) => {
						if (String(environ.QUERY_STRING).includes('no')) throw new Error('denied above');
						return upgrade(
							rich((exchange) => {
								seen.push(exchange.target);
								return app(exchange);
							}, app),
							start,
							options,
						);
					},
				},
				startResponse,
			);
		}, inner),
	);
	expect((await fetch(`${at.url}/page?intercept=wrap`)).headers.get('x-intercepted')).toBe('python');
	expect(seen).toEqual(['/page?intercept=wrap']);
	expect((await fetch(`${at.url}/page?no`)).status).toBe(500);
	const bare = await started({}, (inner) =>
		gateway(({ 'rsgi.upgrade': _, ...environ }, startResponse) => inner(environ as never, startResponse), inner),
	);
	expect(await bare.text('/has')).toBe('no');
});

test('WSGI-35: content that came with the request is for the application, as far as it was not read', async () => {
	const at = await started();
	const post = async (path: string): Promise<string> =>
		await (await fetch(at.url + path, { method: 'POST', body: 'content' })).text();
	expect(await post('/echo')).toBe('content');
	expect(await post('/read')).toBe('ntent');
	expect(await post('/echo?whole')).toBe('content');
	expect(await post('/read?whole')).toBe('Internal Server Error\n');
});

test('WSGI-36, CHANNEL-16: a placeholder of another exchange, and an escape of one that is over, run nothing', async () => {
	const at = await started();
	expect(await at.text('/steal')).toBe('kept');
	expect((await fetch(`${at.url}/steal`)).status).toBe(500);
	expect((await fetch(`${at.url}/steal?late`)).status).toBe(500);
});

test('WSGI-39: server-sent events, and their end when the client goes', async () => {
	const at = await started();
	const { stdout } = await command('curl', ['-sN', '--max-time', '1', `${at.url}/ticks`]);
	expect(stdout).toMatch(/^retry: 500\n\nevent: tick\nid: 0\ndata: tick 0\n\nevent: tick\nid: 1\n/);
	await at.told.until('gone', /\d/);
});

test('trailer fields, a pushed response, and 103', async () => {
	const at = await started();
	const trailers = await command('curl', ['-s', '--raw', '--http1.1', `${at.url}/counted`]);
	expect(trailers.stdout).toMatch(/0\r\nx-count: 2\r\n\r\n$/);
	const session = connectH2(at.url);
	const told = await new Promise<string>((resolve, reject) => {
		const stream = session.request({ ':path': '/counted' });
		stream.on('trailers', (fields) => resolve(String(fields['x-count'])));
		stream.on('error', reject);
		stream.resume();
	});
	expect(told).toBe('2');
	session.close();
	const pushed = await command('nghttp', ['-v', `${at.url}/page`]);
	expect(pushed.stdout).toMatch(/PUSH_PROMISE/);
	expect(pushed.stdout).toMatch(/content-type: text\/css/);
	const hinted = await command('nghttp', ['-v', '--no-push', `${at.url}/page`]);
	expect(hinted.stdout).toMatch(/:status: 103/);
});

test('WSGI-40: a rich application of TypeScript, by its name', async () => {
	const at = await started({
		remotes: {
			chat: (data) =>
				websocket({
					open: (socket) => void socket.send(JSON.stringify(data)),
					message: (socket, message) => void socket.send(message),
				}),
			octets: (data) =>
				rich((exchange) => {
					exchange.respond(200);
					exchange.end(utf8((data as Uint8Array).join()));
				}),
		},
	});
	for (const query of ['', '?intercept=wrap']) {
		const a = await client(`${at.url}/remote${query}`);
		await a.until('{"user":"ann"}');
		a.socket.send('from TypeScript');
		await a.until('from TypeScript');
	}
	expect(await at.text('/remote-octets')).toBe('0,255');
	expect((await fetch(`${at.url}/remote-missing`)).status).toBe(500);
});

describe('WSGI-40: remotes that are rich applications', () => {
	const told: string[] = [];
	const plain = (name: string) =>
		rich(
			(exchange) => {
				exchange.respond(200);
				exchange.end(utf8(`${name} of TypeScript`));
			},
			{ start: () => void told.push(`${name} starts`), stop: () => void told.push(`${name} stops`) },
		);

	test('are started before the workers and stopped after them, once', async () => {
		told.length = 0;
		const one = plain('one');
		const at = await started({ remotes: { plain: one, again: one, other: plain('two') } });
		await at.app.start?.();
		await at.app.stop?.();
		expect(told).toEqual(['one starts', 'two starts']);
		expect(await at.text('/remote-plain')).toBe('one of TypeScript');
		await at.app.reload();
		expect(await at.text('/remote-plain')).toBe('one of TypeScript');
		await at.server.close({ graceful: false });
		expect(told).toEqual(['one starts', 'two starts', 'two stops', 'one stops']);
	});

	test('take no data, which is said', async () => {
		const at = await started({ remotes: { plain: plain('one') } });
		expect((await fetch(`${at.url}/remote-plain?data`)).status).toBe(500);
		expect(String(at.log[0]?.error)).toMatch(/"plain" is a rich application, which takes no data.*WSGI-40/);
	});

	test('one that does not start keeps the workers from it, and those before are stopped', async () => {
		told.length = 0;
		const bad = rich(() => {}, { start: () => Promise.reject(new Error('no database')) });
		const app = wsgi('no_such', { python: PYTHON, chdir: APPS, remotes: { plain: plain('one'), bad }, log: () => {} });
		await expect(app.start?.()).rejects.toThrow('no database');
		expect(told).toEqual(['one starts', 'one stops']);
		// And when the workers do not start, all remotes are stopped.
		const alone = wsgi('no_such', { python: PYTHON, chdir: APPS, remotes: { plain: plain('two') }, log: () => {} });
		await expect(alone.start?.()).rejects.toThrow('no_such');
		expect(told.slice(2)).toEqual(['two starts', 'two stops']);
	});

	test('of another layer are refused', () => {
		const lower = gateway(() => []) as never;
		expect(() => wsgi('a:b', { remotes: { lower } })).toThrow(/remotes of wsgi\(\) is .*rich application.*WSGI-1/);
	});
});

test('WSGI-32: publish() raises in Python for what names no topic', async () => {
	const at = await started();
	expect((await at.text('/topics')).split('\n')).toEqual([
		...[
			'ValueError WS-25)',
			'ValueError WS-25)',
			'ValueError WS-25)',
			'ValueError WS-25)',
			'TypeError WS-25)',
			'TypeError WS-25)',
		],
		'a message is str or bytes, not int',
	]);
	// The server has the same rule: what Python lets through is taken there, too.
	expect(at.lines).toEqual([]);
	await fetch(`${at.url}/has`);
	expect(at.lines).toEqual([]);
});

test('WSGI-38: sockets are closed with 1012 at a reload and after a crash, and with 1011 by a failure', async () => {
	const at = await started();
	const failing = await client(`${at.url}/chat`);
	failing.socket.send('fail');
	expect(await failing.closed).toMatch(/^1011/);
	const crashing = await client(`${at.url}/chat`);
	crashing.socket.send('crash');
	expect(await crashing.closed).toMatch(/^1012/);
	const again = await client(`${at.url}/chat`);
	const [, closed] = await Promise.all([at.app.reload(), again.closed]);
	expect(closed).toMatch(/^1012/);
	expect(await at.text('/has')).toBe('yes');
});

test('WSGI-38, CHANNEL-15: sockets are closed with 1001 at a graceful stop, on HTTP/2 too, and Python is told so', async () => {
	const at = await started();
	const one = await client(`${at.url}/chat`);
	const other = await client(await overHttp2(at.url).then((url) => `${url}/chat`));
	await at.server.close();
	expect([await one.closed, await other.closed]).toEqual(['1001 ', '1001 ']);
	expect(await at.told.until('closed', '1001')).toContain('1001');
});
