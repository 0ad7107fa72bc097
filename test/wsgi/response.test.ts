/** spec/wsgi.md §4: the response. */
import type { LogEntry } from 'rsgi';
import { describe, expect, test, vi } from 'vitest';
import { command } from '../support/command.ts';
import { RawClient } from '../support/raw-client.ts';
import { site, WAIT } from '../support/wsgi-site.ts';

const MIB = 1024 * 1024;

/** What curl sees of a response: the head, CR taken out, and how it ended. */
async function curl(url: string, ...args: string[]): Promise<{ head: string; body: string; code: number | null }> {
	const { stdout, code } = await command('curl', ['--silent', '--include', '--max-time', '20', ...args, url]);
	const text = stdout.replaceAll('\r', '');
	const end = text.indexOf('\n\n');
	return { head: text.slice(0, end), body: text.slice(end + 2), code };
}

/** The stack of the first failure that was logged. */
function stackOf(log: readonly LogEntry[]): string {
	const { stack = '' } = (log[0]?.error ?? {}) as Partial<Error>;
	return stack;
}

describe('start_response', () => {
	test('WSGI-12: in the first step of a generator', async () => {
		expect(await (await site()).text('/late_start')).toBe('late');
	});

	test('WSGI-12: exc_info replaces what was not sent', async () => {
		const { url } = await site();
		const response = await fetch(`${url}/replaced`);
		expect(response.status).toBe(409);
		expect(response.headers.has('x-first')).toBe(false);
		expect(await response.text()).toBe('replaced');
	});

	test('WSGI-12: exc_info is raised when the head was sent', async () => {
		const { url, log } = await site();
		const { body, code } = await curl(`${url}/replaced_late`);
		expect(body).toBe('begun ');
		expect(code).not.toBe(0);
		expect(stackOf(log)).toContain('LookupError: too late for another');
	});

	test.each([
		['/twice', 'start_response was called twice'],
		['/never', 'start_response was not called'],
	])('WSGI-12: %s is a 500', async (path, message) => {
		const { url, log } = await site();
		expect((await fetch(url + path)).status).toBe(500);
		expect(String(log[0]?.error)).toContain(message);
	});

	test.each([
		['status', 'ValueError', '200 to 599, a space and a reason'],
		['status-type', 'TypeError', 'the status must be a str'],
		['status-range', 'ValueError', '200 to 599'],
		['headers', 'TypeError', 'a list of (name, value) tuples, not tuple'],
		['pair', 'TypeError', 'a (name, value) tuple'],
		['value-type', 'TypeError', "'Content-Length' must be of two str, not int"],
		['name', 'ValueError', "'X A' is not the name of a header"],
		['value', 'ValueError', 'X-A holds what cannot be sent'],
		['unicode', 'ValueError', 'X-A holds what cannot be sent'],
		['hop', 'ValueError', 'Connection belongs to the connection'],
		['length', 'ValueError', 'a decimal number'],
		['lengths', 'ValueError', 'given twice'],
	])('WSGI-13: raises for a bad %s', async (what, type, message) => {
		const answer = await (await site()).text(`/bad?${what}`);
		expect(answer).toContain(`${type}: `);
		expect(answer).toContain(message);
		expect(answer).toContain('(WSGI-13)');
	});

	test.each(['one', 'iterator'])('WSGI-13: a block that is text is a 500 (%s)', async (kind) => {
		const { url, log } = await site();
		expect((await fetch(`${url}/bad_block?${kind}`)).status).toBe(500);
		expect(String(log[0]?.error)).toContain('must be bytes, not str (WSGI-13)');
	});
});

describe('WSGI-14: Content-Length', () => {
	test('is added to one block, and to none', async () => {
		const { url } = await site();
		const one = await curl(`${url}/one_block`);
		expect(one.head).toContain('Content-Length: 10');
		expect(one.body).toBe('0123456789');
	});

	test('of another length than one block is a 500', async () => {
		const { url, log } = await site();
		for (const length of ['9', '11']) expect((await fetch(`${url}/one_block?${length}`)).status).toBe(500);
		expect(String(log[0]?.error)).toContain('the body has 10 octets, and Content-Length says 9');
	});

	test('bounds what is sent of a longer body, which is told once', async () => {
		const { url, told, errors } = await site({ threads: 1 });
		for (let time = 0; time < 2; time++) expect((await curl(`${url}/stream_of?7`)).body).toBe('0123456');
		await vi.waitUntil(() => errors.length > 0, WAIT);
		expect(errors.filter((line) => line.includes('beyond its Content-Length'))).toHaveLength(1);
		expect(told.read('closed')).toBe('closed\nclosed\n');
	});

	test('of a shorter body is seen as truncated', async () => {
		const { url, log } = await site();
		const { body, code } = await curl(`${url}/stream_of?12`);
		expect(body).toBe('0123456789');
		expect(code).not.toBe(0);
		expect(String(log[0]?.error)).toContain('2 octets short of its Content-Length');
	});
});

describe('the body', () => {
	test('WSGI-16: is sent block by block, and closed', async () => {
		const { text, told } = await site();
		expect(await text('/blocks')).toBe('one two three');
		expect(await told.until('closed', /./)).toBe('closed\n');
	});

	test('WSGI-15: each block is sent before the next is asked for', async () => {
		const { port, told } = await site();
		const client = new RawClient(port);
		await client.send('GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n');
		await vi.waitUntil(() => client.received.includes('tick'), WAIT);
		expect(client.received).not.toContain('tock');
		told.tell('go');
		await vi.waitUntil(() => client.received.includes('tock'), WAIT);
	});

	test('WSGI-15: write() is sent at once, before the blocks', async () => {
		const { port, told, text } = await site();
		expect(await text('/writes')).toBe('written, returned');
		const client = new RawClient(port);
		await client.send('GET /writes?wait HTTP/1.1\r\nHost: a\r\n\r\n');
		await vi.waitUntil(() => client.received.includes('written, '), WAIT);
		told.tell('go');
		await vi.waitUntil(() => client.received.includes('returned'), WAIT);
	});

	test('WSGI-15, CHANNEL-11: a client that takes nothing stops the iterable', async () => {
		const { port, told } = await site();
		const client = new RawClient(port, false);
		await client.send('GET /endless HTTP/1.1\r\nHost: a\r\n\r\n');
		let before = '';
		await vi.waitUntil(
			() => {
				const now = told.read('given');
				const rests = now !== '' && now === before;
				before = now;
				return rests;
			},
			{ timeout: 20_000, interval: 300 },
		);
		// What the sockets and the buffers on the way hold, and not more: on the same machine that is some MiB.
		expect(Number(before) * 65536).toBeLessThan(24 * MIB);
		client.destroy();
		await told.until('closed', /./);
	});

	test.each([
		['HTTP/1.1', '--http1.1'],
		['HTTP/2', '--http2-prior-knowledge'],
	])('WSGI-16, CHANNEL-10: is closed when the client has gone, and the thread is free (%s)', async (_name, version) => {
		const { url, told, text } = await site({ threads: 1 });
		// It is ended by a signal in the middle of what it reads.
		const client = command('curl', ['--silent', version, '--max-filesize', '1', '--max-time', '1', `${url}/endless`]);
		await client;
		expect(await told.until('closed', /./)).toBe('closed\n');
		expect(await text('/')).toBe('hello\n');
	});

	test('WSGI-19: a file', async () => {
		const { url, told } = await site();
		const content = new Uint8Array(3 * MIB + 17).map((_, at) => at % 251);
		told.tell('file', content);
		const response = new Uint8Array(await (await fetch(`${url}/file`)).arrayBuffer());
		expect(Buffer.compare(response, content)).toBe(0);
		await told.until('file-closed');
	});
});

describe('WSGI-17: no content', () => {
	test.each(['/blocks', '/one_block', '/writes', '/endless', '/stream_of?10'])('to HEAD %s', async (path) => {
		const { url, errors, text } = await site({ threads: 1 });
		const response = await fetch(url + path, { method: 'HEAD' });
		expect(response.status).toBe(200);
		expect(await response.text()).toBe('');
		expect(response.headers.get('content-length')).toBe(/one_block|stream_of/.test(path) ? '10' : null);
		expect(await text('/')).toBe('hello\n');
		expect(errors).toEqual([]);
	});

	test.each([
		['204', 'list'],
		['204', 'two'],
		['304', 'list'],
		['205', 'list'],
	])('with %s, of a body of %s', async (code, kind) => {
		const { url, errors } = await site({ threads: 1 });
		const response = await fetch(`${url}/status?${code}`, { headers: { 'x-kind': kind } });
		expect(response.status).toBe(Number(code));
		expect(await response.text()).toBe('');
		await vi.waitUntil(() => errors.length === 1, WAIT);
	});
});

describe('WSGI-18: failures', () => {
	test.each([
		['HTTP/1.1', '--http1.1'],
		['HTTP/2', '--http2-prior-knowledge'],
	])('before the head: a 500, with the traceback in the log (%s)', async (_name, version) => {
		const { url, log } = await site();
		const { head, body } = await curl(`${url}/fails`, version);
		expect(head).toMatch(/^HTTP\/\S+ 500/);
		expect(head + body).not.toMatch(/secret|Traceback|probe\.py/);
		const stack = stackOf(log);
		expect(stack).toMatch(
			/^PythonError: RuntimeError: a secret of the application\nTraceback \(most recent call last\):\n {2}File ".*probe\.py"/,
		);
		expect(log[0]?.message).toContain('GET /fails');
	});

	test.each([
		['HTTP/1.1', '--http1.1'],
		['HTTP/2', '--http2-prior-knowledge'],
	])('after the head: a truncated response (%s)', async (_name, version) => {
		const { url, log, told, text } = await site({ threads: 1 });
		const { body, code } = await curl(`${url}/fails_late`, version);
		// A reset may overtake what was sent before it.
		expect(['begun ', '']).toContain(body);
		expect(code).not.toBe(0);
		expect(stackOf(log)).toContain('RuntimeError: a secret after the head');
		expect(told.read('closed')).toBe('closed\n');
		expect(await text('/')).toBe('hello\n');
	});

	test('of close(): in the log', async () => {
		const { text, log, lines } = await site({ threads: 1 });
		expect(await text('/fails_closing')).toBe('all of it');
		await vi.waitUntil(() => lines.length + log.length > 0, WAIT);
		const told = [...lines, ...log.map(({ error }) => (error as Error).stack)].join('\n');
		expect(told).toContain('RuntimeError: a secret of close');
	});

	test('SystemExit is one of the application, not of the worker', async () => {
		const { url, text, log } = await site();
		const before = await text('/pid');
		expect((await fetch(`${url}/exits`)).status).toBe(500);
		expect(String(log[0]?.error)).toContain('SystemExit: leaving');
		expect((await text('/pid')).split(' ')[0]).toBe(before.split(' ')[0]);
	});
});
