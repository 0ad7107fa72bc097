/** spec/wsgi.md: each CPython from 3.9 on that the machine has. `test/long/pythons.test.ts` runs all of `test/wsgi` with each. */
import { rich, utf8 } from 'rsgi';
import { expect, test, vi } from 'vitest';
import { pythons, SYSTEM_PYTHON } from '../../scripts/pythons.ts';
import { succeed } from '../support/command.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { site, WAIT } from '../support/wsgi-site.ts';

const FOUND = pythons();

test('the system has a Python that workers run on', () => {
	expect(FOUND.map(({ path }) => path)).toContain(SYSTEM_PYTHON);
});

test.each(FOUND)('requests, by Python $version', async ({ version, path }) => {
	const at = await site({ python: path, workers: 1, threads: 2 });
	expect(await at.text('/python')).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`));
	for (const way of [['--http1.1'], ['--http1.1', '-H', 'Transfer-Encoding: chunked'], ['--http2-prior-knowledge']]) {
		const curl = (target: string, ...args: string[]) => succeed('curl', ['-sS', ...way, ...args, at.url + target]);
		const environ = JSON.parse(await curl('/environ_of?a=%20b', '-H', 'X-Two: 1', '-H', 'X-Two: 2'));
		expect(environ).toMatchObject({ QUERY_STRING: 'a=%20b', HTTP_X_TWO: '1, 2', 'wsgi.version': [1, 0] });
		const content = new Uint8Array(3 * 1024 * 1024);
		expect(await succeed('curl', ['-sS', ...way, '--data-binary', '@-', `${at.url}/count`], content)).toBe('3145728');
		const lines = await succeed(
			'curl',
			['-sS', ...way, '--data-binary', '@-', `${at.url}/reads?readline,readlines`],
			'a\nb\nc',
		);
		expect(JSON.parse(lines)).toEqual(['a\n', ['b\n', 'c']]);
		expect(await curl('/blocks')).toBe('one two three');
		expect(await curl('/writes')).toBe('written, returned');
		expect(await curl('/replaced', '-o', '/dev/null', '-w', '%{http_code}')).toBe('409');
	}
	at.told.tell('file', new Uint8Array(300_000));
	expect((await (await fetch(`${at.url}/file`)).arrayBuffer()).byteLength).toBe(300_000);
	expect(await at.text('/bad?value')).toContain('WSGI-13');
	expect((await fetch(`${at.url}/fails`)).status).toBe(500);
	expect(String(at.log[0]?.error)).toContain('RuntimeError: a secret of the application');
	expect(await at.text('/errors')).toBe('told');
	await vi.waitUntil(() => at.errors.length === 3, WAIT);
	expect(await at.text('/inherited')).toBe('no sockets');
});

test.each(FOUND)('the life of a worker, by Python $version', async ({ path }) => {
	const at = await site({ python: path, workers: 1, threads: 2 });
	const pid = Number.parseInt(await at.text('/pid'), 10);
	expect((await fetch(`${at.url}/crash`)).status).toBe(502);
	const next = Number.parseInt(await at.text('/pid'), 10);
	expect(next).not.toBe(pid);
	process.kill(next, 'SIGTERM');
	await vi.waitUntil(async () => Number.parseInt(await at.text('/pid'), 10) !== next, WAIT);
	await at.app.reload();
	expect(await at.text('/')).toBe('hello\n');
});

test.each(FOUND)('escapes, by Python $version', async ({ path }) => {
	const remotes = {
		octets: (data: unknown) =>
			rich((exchange) => {
				exchange.respond(200);
				exchange.end(utf8((data as Uint8Array).join()));
			}),
	};
	const at = await site({ python: path, workers: 2, threads: 1, remotes }, 'escaping:app');
	const sockets = await Promise.all(
		[at.url, await overHttp2(at.url)].map(async (url) => {
			const socket = new WebSocket(`${url.replace('http', 'ws')}/chat`, ['chat']);
			const messages: string[] = [];
			socket.onmessage = ({ data }) => messages.push(String(data));
			await vi.waitUntil(() => messages.includes('welcome chat /chat'), WAIT);
			return { socket, messages };
		}),
	);
	sockets[0]?.socket.send('all of you');
	for (const { messages } of sockets) await vi.waitUntil(() => messages.includes('of you'), WAIT);
	expect(await succeed('curl', ['-s', '--raw', '--http1.1', `${at.url}/counted`])).toMatch(/0\r\nx-count: 2\r\n\r\n$/);
	expect(await succeed('curl', ['-sN', '--max-time', '1', `${at.url}/ticks`]).catch(String)).toMatch(/data: tick 1\n/);
	expect(await at.text('/remote-octets')).toBe('0,255');
	expect(await (await fetch(`${at.url}/echo`, { method: 'POST', body: 'content' })).text()).toBe('content');
	expect((await fetch(`${at.url}/failing`)).status).toBe(500);
	for (const { socket } of sockets) socket.close();
});
