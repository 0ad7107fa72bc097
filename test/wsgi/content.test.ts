/** spec/wsgi.md §3: request content and errors. */
import { request } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { command, succeed } from '../support/command.ts';
import { RawClient } from '../support/raw-client.ts';
import { site, WAIT } from '../support/wsgi-site.ts';

const LINES = 'one\ntwo\n\nthree';
const MIB = 1024 * 1024;

/** Ways in which the same content comes: whole before its request, streamed, and streamed without a length. */
const WAYS = [
	['with a length, HTTP/1.1', ['--http1.1']],
	['chunked, HTTP/1.1', ['--http1.1', '-H', 'Transfer-Encoding: chunked']],
	['after 100 (Continue)', ['--http1.1', '-H', 'Expect: 100-continue']],
	['HTTP/2', ['--http2-prior-knowledge']],
	['without a length, HTTP/2', ['--http2-prior-knowledge', '-H', 'Content-Length:']],
] as const;

describe.each(WAYS)('content %s', (name, args) => {
	const post = (url: string, content: string | Uint8Array) =>
		succeed('curl', ['--silent', '--show-error', '--max-time', '25', ...args, '--data-binary', '@-', url], content);

	test('WSGI-9: reads, lines, and the end', async () => {
		const { url } = await site();
		const reads = 'read:2,read:3,readline,readline:1,readline,read:0,read,read,read:5,readline';
		expect(JSON.parse(await post(`${url}/reads?${reads}`, LINES))).toEqual([
			...['on', 'e\nt', 'wo\n', '\n', 'three', '', '', '', '', ''],
		]);
		expect(JSON.parse(await post(`${url}/reads?readlines,read`, LINES))).toEqual([
			['one\n', 'two\n', '\n', 'three'],
			'',
		]);
		expect(JSON.parse(await post(`${url}/reads?readlines:5,iter`, LINES))).toEqual([
			['one\n', 'two\n'],
			['\n', 'three'],
		]);
	});

	test('WSGI-9: content of 3 MiB, and the next request of the same thread', async () => {
		const { url } = await site({ threads: 1 });
		expect(await post(`${url}/count`, new Uint8Array(3 * MIB))).toBe(String(3 * MIB));
		// What nobody reads is dropped; curl does not like that over HTTP/2.
		if (!name.includes('HTTP/2')) expect(await post(`${url}/unread`, new Uint8Array(3 * MIB))).toBe('not read');
		expect(await post(`${url}/count`, 'abc')).toBe('3');
	});
});

test('WSGI-9: a request without content has an input that is at its end', async () => {
	const { text } = await site();
	expect(JSON.parse(await text('/reads?read,readline,readlines'))).toEqual(['', '', []]);
});

test('WSGI-9: a read whose client has gone raises, and the thread goes on', async () => {
	const { port, told, text, log } = await site({ threads: 1 });
	const client = new RawClient(port);
	client.send('POST /read_gone HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc');
	await told.until('reading');
	client.destroy();
	expect(await told.until('gone', /./)).toBe('ConnectionResetError');
	expect(await text('/')).toBe('hello\n');
	expect(log).toEqual([]);
});

test('WSGI-10: content comes no faster than it is read', async () => {
	const { port, told } = await site();
	const size = 64 * MIB;
	const upload = request({ port, method: 'POST', path: '/slow_reader', headers: { 'content-length': size } });
	const answered = new Promise<string>((resolve, reject) => {
		upload.on('error', reject);
		upload.on('response', (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (part: string) => {
				text += part;
			});
			response.on('end', () => resolve(text));
		});
	});
	let sent = 0;
	let stalled = 0;
	const part = new Uint8Array(MIB);
	const send = (): void => {
		while (sent < size) {
			sent += part.length;
			if (!upload.write(part)) {
				upload.once('drain', send);
				return;
			}
		}
		upload.end();
	};
	send();
	await told.until('read');
	// The application reads nothing: what is sent comes to a rest, far from the end.
	await vi.waitUntil(
		() => {
			const before = stalled;
			stalled = sent;
			return before === sent;
		},
		{ timeout: 20_000, interval: 300 },
	);
	expect(stalled).toBeLessThan(size / 2);
	told.tell('go');
	expect(await answered).toBe(String(size));
});

describe('100 (Continue)', () => {
	test('WSGI-10: comes with the first read', async () => {
		const { port, told } = await site();
		const client = new RawClient(port);
		client.send('POST /waits HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
		await told.until('waiting');
		expect(client.received).toBe('');
		told.tell('go');
		await heard(client, /HTTP\/1.1 200 OK/);
		expect(client.received).not.toContain('100 Continue');
		const reader = new RawClient(port);
		reader.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
		await heard(reader, /HTTP\/1.1 100 Continue\r\n\r\n/);
		reader.send('abc');
		await heard(reader, /abc$/);
	});
});

describe('CHANNEL-7: content that is short', () => {
	test('costs no thread before it is there', async () => {
		const { port, text } = await site({ threads: 1 });
		const client = new RawClient(port);
		client.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
		// The one thread is free meanwhile.
		for (let count = 0; count < 5; count++) expect(await text('/')).toBe('hello\n');
		client.send('def');
		await heard(client, /abcdef$/);
	});

	test('of a client that goes away never comes to the application', async () => {
		const { port, text, told } = await site({ threads: 1 });
		const client = new RawClient(port);
		client.send('POST /waits HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
		await text('/');
		client.destroy();
		await text('/');
		expect(told.read('waiting')).toBe('');
	});
});

describe('wsgi.errors', () => {
	test('WSGI-11, CHANNEL-14: a line each, and the rest at the end of the request', async () => {
		const { text, errors } = await site();
		expect(await text('/errors')).toBe('told');
		await vi.waitUntil(() => errors.length === 3, WAIT);
		expect(errors).toEqual(['a line', 'and another', 'and a rest']);
	});

	test('WSGI-11: what comes when no request is under way goes to the log', async () => {
		const { text, told, lines, errors } = await site({ threads: 1 });
		await text('/errors_later');
		await text('/');
		told.tell('go');
		await vi.waitUntil(() => lines.length + errors.length > 0, WAIT);
		expect([...lines, ...errors]).toEqual(['from a thread']);
	});
});

/** Waits until a client has heard something. */
async function heard(client: RawClient, pattern: RegExp): Promise<void> {
	await vi.waitUntil(() => pattern.test(client.received), WAIT);
}

test('curl sends a form and a file', async () => {
	const { url } = await site();
	const { stdout } = await command(
		'curl',
		['--silent', '-F', 'a=b', '-F', 'file=@-;filename=x.txt', `${url}/echo`],
		'content of the file',
	);
	expect(stdout).toContain('content of the file');
});
