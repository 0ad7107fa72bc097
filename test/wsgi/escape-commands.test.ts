/** spec/wsgi.md §6: what an escaped exchange can do in Python, over both HTTP versions, and what is said of misuse. */
import { connect as connectH2 } from 'node:http2';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { command, succeed } from '../support/command.ts';
import { type Site, site, WAIT } from '../support/wsgi-site.ts';

const started = (more: Parameters<typeof site>[0] = {}): Promise<Site> =>
	site({ workers: 1, threads: 1, ...more }, 'commanding:app');

interface Client {
	readonly socket: WebSocket;
	readonly messages: string[];
	until(message: string): Promise<void>;
}

async function client(url: string): Promise<Client> {
	const socket = new WebSocket(url.replace(/^http/, 'ws'));
	const messages: string[] = [];
	socket.on('message', (data) => messages.push(String(data)));
	onTestFinished(() => socket.terminate());
	await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
	return { socket, messages, until: (message) => vi.waitUntil(() => messages.includes(message), WAIT).then() };
}

/** All that went to the server's log, and to that of the workers. */
const logged = (at: Site): string =>
	[...at.lines, ...at.log.map(({ message, error }) => `${message} ${(error as Error | undefined)?.stack ?? ''}`)].join(
		'\n',
	);

test('WSGI-32: topics are joined and left, by the client ws', async () => {
	const at = await started();
	const [a, b] = [await client(`${at.url}/rooms`), await client(`${at.url}/rooms`)];
	await a.until('open 1.1');
	a.socket.send('join red');
	await a.until('done join red');
	b.socket.send('join red');
	await b.until('done join red');
	b.socket.send('others red');
	await a.until('others of red');
	b.socket.send('leave red');
	await b.until('done leave red');
	a.socket.send('all red');
	await a.until('all of red');
	// What comes behind a publication has not overtaken it.
	b.socket.send('done');
	await b.until('done done');
	// That was a publication without a topic: it raises where it is made, and ends nothing.
	const refused = "a topic is named by a text of 1 to 1024 characters, without lone surrogates, not '' (WS-25)";
	expect(b.messages).toEqual(['open 1.1', 'done join red', 'done others red', 'done leave red', refused, 'done done']);
});

test('WSGI-30: a WebSocket over HTTP/2 (RFC 8441)', async () => {
	const at = await started();
	const session = connectH2(at.url);
	onTestFinished(() => session.destroy());
	await new Promise((resolve) => session.once('remoteSettings', resolve));
	const stream = session.request(
		{
			':method': 'CONNECT',
			':protocol': 'websocket',
			':path': '/rooms',
			':scheme': 'http',
			'sec-websocket-version': '13',
		},
		{ endStream: false },
	);
	const status = await new Promise((resolve) => stream.once('response', (fields) => resolve(fields[':status'])));
	expect(status).toBe(200);
	let received = Buffer.alloc(0);
	stream.on('data', (octets: Buffer) => {
		received = Buffer.concat([received, octets]);
	});
	const text = Buffer.from('join red');
	stream.write(Buffer.concat([Uint8Array.of(0x81, 0x80 | text.length, 0, 0, 0, 0), text]));
	await vi.waitUntil(() => received.includes('done join red'), WAIT);
	expect(received.subarray(0, 8).toString('latin1')).toBe('\x81\x06open 2');
});

test('WSGI-37: send() says False from 64 KiB on, and raises beyond 400 KiB', async () => {
	const at = await started();
	const { hostname, port } = new URL(at.url);
	const stalled = connect(Number(port), hostname);
	onTestFinished(() => void stalled.destroy());
	let received = '';
	stalled.on('data', (octets: Buffer) => {
		received += octets.toString('latin1');
	});
	stalled.write(
		'GET /overflowing HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
	);
	await vi.waitUntil(() => received.startsWith('HTTP/1.1 101'), WAIT);
	stalled.pause();
	const text = Buffer.from('65536');
	stalled.write(Buffer.concat([Uint8Array.of(0x81, 0x80 | text.length, 0, 0, 0, 0), text]));
	const [more, sent, message] = JSON.parse(await at.told.until('marks', /\n/)) as [number, number, string];
	expect(message).toMatch(/would be too many.*\(WSGI-37\)$/s);
	expect(sent).toBeGreaterThanOrEqual(6);
	expect(more).toBeLessThan(sent);
	stalled.resume();
	await vi.waitUntil(() => received.endsWith('\x81\x0astill here'), WAIT);
});

test('WSGI-30: a tunnel by CONNECT, octets both ways until both halves have ended', async () => {
	const at = await started();
	const session = connectH2(at.url);
	onTestFinished(() => session.destroy());
	await new Promise((resolve) => session.once('remoteSettings', resolve));
	const stream = session.request(
		{ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/tunnel', ':scheme': 'http' },
		{ endStream: false },
	);
	const tunnel = await new Promise((resolve) => stream.once('response', (fields) => resolve(fields['x-tunnel'])));
	expect(tunnel).toBe('yes');
	let received = '';
	stream.on('data', (octets: Buffer) => {
		received += octets;
	});
	stream.write('quiet words');
	await vi.waitUntil(() => received === 'QUIET WORDS', WAIT);
	stream.end();
	await vi.waitUntil(() => received === 'QUIET WORDS!', WAIT);
	expect(await at.told.until('tunnel', /\w/)).toBe('complete\n');
});

test.each(['--http1.1', '--http2-prior-knowledge'])(
	'WSGI-37: drain comes while the application is still called, and without a handler (%s)',
	async (version) => {
		const at = await started();
		const curl = (path: string, ...args: string[]) =>
			succeed('curl', ['-sS', '--max-time', '20', version, ...args, at.url + path]);
		expect((await curl('/at-once')).length).toBe(3_000_000);
		expect((await curl('/in-turn')).length).toBe(10_000_000);
		expect(await curl('/answering', '--data', 'content')).toMatch(/^x{200000}content\.$/);
		expect((await curl('/at-once', '--data', 'never read')).length).toBe(3_000_000);
		// A client that goes meanwhile ends the wait; what the application raises then is in the log.
		await command('curl', [
			'-sS',
			'--max-filesize',
			'1000',
			'--limit-rate',
			'1000',
			'--max-time',
			'1',
			version,
			`${at.url}/in-turn`,
		]);
		await at.told.until('gone', /\n/);
		expect(at.told.read('gone')).not.toContain('never drained');
		await vi.waitUntil(() => /LookupError: nobody takes it/.test(logged(at)), WAIT);
		expect(await curl('/hello')).toBe('hello');
	},
);

test('WSGI-38: a handler is told leave at a reload, and responds', async () => {
	const at = await started();
	const response = fetch(`${at.url}/waiting`);
	await at.told.until('waiting');
	await at.app.reload();
	expect(await (await response).text()).toBe('told to leave');
});

test('WSGI-34: Python middleware denies with a status of its own; one that changes the response is found out', async () => {
	const at = await started();
	const denied = await fetch(`${at.url}/hello?denied`);
	expect([denied.status, await denied.text()]).toEqual([403, 'members only']);
	const head = await fetch(`${at.url}/hello`, { method: 'HEAD' });
	expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, '"one"', '']);
	for (const query of ['status', 'layout']) {
		const changed = await fetch(`${at.url}/hello?${query}`);
		expect({ query, status: changed.status }).toEqual({ query, status: query === 'status' ? 404 : 500 });
		expect(await changed.text()).not.toContain('rsgi');
	}
});

test('WSGI-35: of content beyond 64 KiB what had gone to the worker is missing, which is said; whole is refused', async () => {
	const at = await started();
	const body = `${'x'.repeat(300_000)}end`;
	const [unread = '', size, last] = (await (await fetch(`${at.url}/size`, { method: 'POST', body })).text()).split(' ');
	expect([unread, last]).toEqual(['partial', 'end']);
	expect(Number(size)).toBeLessThan(body.length);
	expect(Number(size)).toBeGreaterThanOrEqual(body.length - 2 * 65536);
	const refused = await fetch(`${at.url}/size?whole`, { method: 'POST', body });
	expect(refused.status).toBe(500);
	expect(logged(at)).toMatch(/ESC-21/);
});

test('WSGI-34: what only the server finds wrong is in the log, with its rule', async () => {
	const at = await started();
	const session = connectH2(at.url);
	onTestFinished(() => session.destroy());
	const status = (path: string): Promise<unknown> =>
		new Promise((resolve, reject) => {
			const stream = session.request({ ':path': path });
			stream.once('response', (fields) => resolve(fields[':status'])).once('error', reject);
			stream.resume();
		});
	expect(await status('/bad-push')).toBe(500);
	await vi.waitUntil(() => /no target/.test(logged(at)), WAIT);
	expect(await status('/late')).toBe(500);
	await vi.waitUntil(() => /GET \/late escaped to has failed/.test(logged(at)), WAIT);
	const socket = new WebSocket(`${at.url.replace('http', 'ws')}/bad-origins`);
	await new Promise((resolve) => socket.once('error', resolve));
	await vi.waitUntil(() => /origins.*WS-1|WS-1.*origins/s.test(logged(at)), WAIT);
	await expect(fetch(`${at.url}/twice`).then((response) => response.text())).rejects.toThrow();
	await vi.waitUntil(() => /respond\(\) comes once/.test(logged(at)), WAIT);
	expect(await (await fetch(`${at.url}/hello`)).text()).toBe('hello');
});
