/** `rsgi serve` as it is operated, and as strangers try to get at who operates it: signals, modes of sockets, colours, proxies, the log. */
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { command, succeed } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { RawClient } from '../support/raw-client.ts';
import { Running } from '../support/running.ts';
import { alive, answering, serving, until } from '../support/serving.ts';

function log(cwd: string, name = 'a.log'): string {
	return existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), 'utf8') : '';
}

describe('signals', () => {
	test.each([[[]], [['--workers', '2']]])('SIGUSR1 opens the log again, and starts no debugger (%s)', async (more) => {
		const { run, url, cwd } = await serving(['--access-log-file', 'a.log', ...more]);
		await (await fetch(`${url}/one`)).text();
		await until(async () => log(cwd).includes('GET /one'));
		renameSync(join(cwd, 'a.log'), join(cwd, 'b.log'));
		run.signal('SIGUSR1');
		await until(async () => {
			await (await fetch(`${url}/two`)).text();
			return log(cwd).includes('GET /two');
		});
		expect(log(cwd, 'b.log')).toContain('GET /one');
		run.signal('SIGTERM');
		const { code, stderr } = await run.ended;
		expect([code, stderr]).toEqual([0, expect.not.stringContaining('Debugger listening')]);
	});

	test.each(['SIGINT', 'SIGTERM'] as const)('%s ends all workers, with exit code 0', async (signal) => {
		const { run, url } = await serving(['--workers', '2']);
		const workers = await answering(url, 2);
		run.signal(signal);
		expect((await run.ended).code).toBe(0);
		expect([...workers].filter(alive)).toEqual([]);
	});

	test('signals that a terminal sends to all processes do not end a worker by itself', async () => {
		const { url } = await serving(['--workers', '1']);
		const [pid = ''] = await answering(url, 1);
		for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1'] as const) process.kill(Number(pid), signal);
		expect(await answering(url, 1)).toEqual(new Set([pid]));
	});

	test('SIGHUP on one process says what it cannot do', async () => {
		const { run, url } = await serving([]);
		run.signal('SIGHUP');
		await run.prints(/SIGHUP: one process cannot load its application again: start with --workers 1, or more/);
		expect((await fetch(url)).status).toBe(200);
	});
});

test.each([[[]], [['--workers', '2']]])('--unix-mode is that of the socket (%s)', async (more) => {
	const { cwd } = await serving([]);
	const path = join(cwd, 'app.sock');
	const run = new Running('src/cli/main.ts', ['serve', 'app.ts', '--unix', path, '--unix-mode', '600', ...more], {
		cwd,
	});
	await run.prints(/^Listening on unix:/m);
	expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
	expect(await succeed('curl', ['-s', '--unix-socket', path, 'http://localhost/'])).toBe('old -');
});

describe('colours of errors', () => {
	const failing = async (env: Record<string, string>): Promise<string> => {
		const cwd = folder({ 'app.ts': 'export default 7;' });
		return (await new Running('src/cli/main.ts', ['serve', 'app.ts'], { cwd, env }).ended).stderr;
	};
	test.each<[string, Record<string, string>, boolean]>([
		['none where it is no terminal', { NO_COLOR: '' }, false],
		['by FORCE_COLOR', { NO_COLOR: '', FORCE_COLOR: '1' }, true],
		['none by FORCE_COLOR=0', { NO_COLOR: '', FORCE_COLOR: '0' }, false],
		['none by NO_COLOR, which wins', { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
	])('%s', async (_what, env, coloured) => {
		const said = await failing(env);
		expect(said).toContain('exports 7, a number');
		expect(said.includes('\x1b[31m')).toBe(coloured);
		if (!coloured) expect(said).not.toContain('\x1b');
	});

	test('on a terminal, unless it is a dumb one', async () => {
		const cwd = folder({ 'app.ts': 'export default 7;' });
		const line = [process.execPath, '--import', join(import.meta.dirname, '../../scripts/from-source.ts')];
		const main = join(import.meta.dirname, '../../src/cli/main.ts');
		const onTerminal = async (term: string): Promise<string> => {
			const shell = `cd ${cwd} && env -u NO_COLOR -u FORCE_COLOR TERM=${term} ${line.join(' ')} ${main} serve app.ts`;
			return (await command('script', ['-qec', shell, '/dev/null'])).stdout;
		};
		expect(await onTerminal('xterm')).toContain('\x1b[31m');
		expect(await onTerminal('dumb')).not.toContain('\x1b[31m');
	});
});

describe('PROXY protocol before TLS', () => {
	test('SERVE-2: the header first, the handshake behind it; and nothing without it', async () => {
		const pair = await makeCertificate('localhost');
		const files = { 'c.pem': pair.cert, 'k.pem': pair.key };
		for (const more of [[], ['--workers', '1']]) {
			const args = ['--cert', 'c.pem', '--key', 'k.pem', '--proxy-protocol', '127.0.0.1', ...more];
			const { url } = await serving(args, files);
			for (const version of ['--http1.1', '--http2']) {
				expect(await succeed('curl', ['-sk', version, '--haproxy-protocol', url])).toBe('old 127.0.0.1');
			}
			expect((await command('curl', ['-sk', url])).code).not.toBe(0);
			// Who the header says, by a client that writes it and then begins TLS on the same socket.
			const socket = connect(Number(new URL(url).port), '127.0.0.1');
			socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 5 443\r\n');
			const secure = connectTls({ socket, rejectUnauthorized: false });
			secure.end('GET / HTTP/1.0\r\n\r\n');
			let told = '';
			for await (const chunk of secure) told += String(chunk);
			expect(told).toMatch(/old 192\.0\.2\.7$/);
		}
	});

	test('SERVE-2, SERVE-3: version 2 by TLV lengths that lie, and headers that never end', async () => {
		const { url } = await serving(['--proxy-protocol', '127.0.0.1']);
		const { port } = new URL(url);
		const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
		const ends = [192, 0, 2, 1, 192, 0, 2, 2, 0, 5, 0, 80];
		const header = (length: number, body: readonly number[]): Uint8Array =>
			Uint8Array.from([...signature, 0x21, 0x11, length >> 8, length & 0xff, ...body]);
		const get = new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n');
		const said = async (bytes: Uint8Array): Promise<string> => {
			const client = await new RawClient(Number(port)).connected();
			await client.send(bytes);
			await client.send(get);
			await client.closed();
			client.destroy();
			return client.received;
		};
		// A TLV that ends where the header does; one of no length; then those that say more than there is.
		expect(await said(header(17, [...ends, 4, 0, 2, 1, 1]))).toMatch(/old 192\.0\.2\.1$/);
		expect(await said(header(15, [...ends, 4, 0, 0]))).toMatch(/old 192\.0\.2\.1$/);
		for (const wrong of [
			header(17, [...ends, 4, 0, 3, 1, 1]),
			header(17, [...ends, 4, 0xff, 0xff, 1, 1]),
			header(14, [...ends, 4, 0]),
			header(13, [...ends, 4]),
			header(0xffff, ends),
			header(4, ends),
		]) {
			expect(await said(wrong)).toBe('');
		}
		// The bytes behind a header that says less than it has are the request, and no request begins so.
		expect(await said(header(12, [...ends, 4, 0, 2, 1, 1]))).not.toContain('old');
	});
});

describe('the access log', () => {
	test.each(['common', 'combined', 'json'])(
		'%s: what clients say stays in its place, and steers no terminal',
		async (format) => {
			const { run, url, cwd } = await serving(['--access-log', format, '--access-log-file', 'a.log']);
			const { port, hostname } = new URL(url);
			const ask = async (head: string): Promise<void> => {
				const socket = connect(Number(port), hostname);
				socket.end(head, 'latin1');
				for await (const _chunk of socket);
			};
			await ask('GET /"x" HTTP/1.0\r\nUser-Agent: a" 200 1 "-" "b\\\r\nReferer: \x9b2J\xe9\t"\r\n\r\n');
			// These are no requests, and have no lines.
			await ask('GET /\x1b[2J HTTP/1.0\r\n\r\n');
			await ask('GET /a\rb HTTP/1.0\r\n\r\n');
			await ask('GET / HTTP/1.0\r\nUser-Agent: a\rb\x1b[31m\r\n\r\n');
			run.signal('SIGTERM');
			await run.ended;
			const lines = log(cwd).split('\n');
			expect(lines).toHaveLength(2);
			// biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested.
			expect(lines[0]).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
			if (format === 'json')
				expect(JSON.parse(lines[0] ?? '')).toMatchObject({ target: '/"x"', agent: 'a" 200 1 "-" "b\\' });
			else expect(lines[0]).toContain(String.raw`"GET /\"x\" HTTP/1.0" 200`);
		},
	);
});
