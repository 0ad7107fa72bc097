/** spec/serve.md: workers, as their operator sees them. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command, succeed } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { Running } from '../support/running.ts';
import { makeCertificate } from '../support/served.ts';
import { alive, answering, serving, until, wordApp } from '../support/serving.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('workers', () => {
	test('SERVE-5: a version that does not load keeps the old one, and says why', async () => {
		const { run, url, change } = await serving(['--workers', '2']);
		change('export default 7;');
		run.signal('SIGHUP');
		await run.prints(/exports 7, a number[\s\S]*What was served before is still served/);
		expect(await (await fetch(url)).text()).toMatch(/^old/);
	});

	test('SERVE-6: one that is killed is replaced, and nobody is turned away meanwhile', async () => {
		const { run, url } = await serving(['--workers', '1']);
		const [pid = ''] = await answering(url, 1);
		process.kill(Number(pid), 'SIGKILL');
		await until(async () => !alive(pid));
		expect(await (await fetch(url)).text()).toMatch(/^old/);
		await run.prints(/was ended by SIGKILL: another is started in 100 ms/);
	});

	test('SERVE-7: when the process above is killed, its workers end', async () => {
		const { run, url } = await serving(['--workers', '2']);
		const workers = await answering(url, 2);
		run.signal('SIGKILL');
		await until(async () => ![...workers].some(alive));
		await run.ended;
	});

	test('SIGTERM ends all, with exit code 0', async () => {
		const { run, url } = await serving(['--workers', '2']);
		const workers = await answering(url, 2);
		run.signal('SIGTERM');
		expect((await run.ended).code).toBe(0);
		expect([...workers].filter(alive)).toEqual([]);
	});

	test('an application that does not load at first is the failure of the command', async () => {
		const cwd = folder({ 'app.ts': 'export default 7;' });
		const { code, stderr } = await new Running('src/cli/main.ts', ['serve', 'app.ts', '--workers=2', '--port=0'], {
			cwd,
		}).ended;
		expect(code).toBe(1);
		expect(stderr).toContain('exports 7, a number');
	});

	test('metrics are those of all workers', async () => {
		const { url } = await serving(['--workers', '2', '--metrics', '/metrics']);
		await answering(url, 2);
		const text = await (await fetch(`${url}/metrics`)).text();
		expect(text).toMatch(/^http_requests_total\{method="GET",status="2xx",version="1\.1",outcome="complete"\} \d+$/m);
		expect(text).toContain('http_connections_open');
	});
});

test('metrics go on from where they were when all workers are changed, or one is killed', async () => {
	const { run, url } = await serving(['--workers', '2', '--metrics', '/metrics']);
	const total = async (): Promise<number> => {
		const text = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
		return Number(
			/^http_requests_total\{method="GET",status="2xx",version="1.1",outcome="complete"\} (\d+)$/m.exec(text)?.[1],
		);
	};
	const before = await answering(url, 2);
	for (let count = 0; count < 20; count++) await (await fetch(url, { headers: { connection: 'close' } })).text();
	const first = await total();
	expect(first).toBeGreaterThanOrEqual(22);
	run.signal('SIGHUP');
	await run.prints(/has been loaded again/);
	await until(async () => ![...before].some(alive));
	const second = await total();
	expect(second).toBeGreaterThanOrEqual(first);
	const [pid = ''] = await answering(url, 2);
	const third = await total();
	process.kill(Number(pid), 'SIGKILL');
	await until(async () => !alive(pid));
	expect(await total()).toBeGreaterThanOrEqual(third);
});

describe('--watch', () => {
	test('loads again what has changed, tells errors, and goes on', async () => {
		const { run, url, change } = await serving(['--watch']);
		change('export default (;');
		await run.prints(/app\.ts has changed[\s\S]*What was served before is still served/);
		change(wordApp('new'));
		await until(async () => (await (await fetch(url)).text()).startsWith('new'));
	});

	test('waits for the first version that loads', async () => {
		const cwd = folder({ 'app.ts': 'export default 7;' });
		const run = new Running('src/cli/main.ts', ['serve', 'app.ts', '--watch', '--port=0'], { cwd });
		await run.prints(/Waiting for a change of its files/);
		writeFileSync(join(cwd, 'app.ts'), wordApp('good'));
		await run.prints(/^Listening on/m);
	});
});

describe('proxies, sockets, certificates', () => {
	test('SERVE-2: curl --haproxy-protocol, and who sends no header', async () => {
		const { url } = await serving(['--proxy-protocol', '127.0.0.1']);
		expect(await succeed('curl', ['-s', '--haproxy-protocol', url])).toBe('old 127.0.0.1');
		expect((await command('curl', ['-s', url])).code).not.toBe(0);
		const { port } = new URL(url);
		const socket = connect(Number(port), '127.0.0.1');
		socket.end('PROXY TCP4 192.0.2.9 192.0.2.1 5 80\r\nGET / HTTP/1.0\r\n\r\n');
		expect(await text(socket)).toMatch(/old 192\.0\.2\.9$/);
	});

	test('SERVE-2: no header is taken from who is not trusted', async () => {
		const { url } = await serving(['--proxy-protocol', '192.0.2.1']);
		expect(await succeed('curl', ['-s', url])).toBe('old 127.0.0.1');
		expect((await command('curl', ['-s', '--haproxy-protocol', '-f', url])).code).not.toBe(0);
	});

	test('--trust-proxy: the application sees the client', async () => {
		const { url } = await serving(['--trust-proxy', '1']);
		const headers = { 'x-forwarded-for': '9.9.9.9, 192.0.2.5' };
		expect(await (await fetch(url, { headers })).text()).toBe('old 192.0.2.5');
	});

	test.each([[[]], [['--workers', '2']], [['--fd', '3']]])('a socket that systemd has opened (%s)', async (more) => {
		const server = createServer().listen(0, '127.0.0.1');
		await new Promise((resolve) => server.once('listening', resolve));
		const { port } = server.address() as { port: number };
		server.close();
		const cwd = folder({ 'app.ts': wordApp('activated') });
		const node = [process.execPath, '--import', join(ROOT, 'scripts/from-source.ts'), join(ROOT, 'src/cli/main.ts')];
		const child = spawn('systemd-socket-activate', ['-l', `127.0.0.1:${port}`, ...node, 'serve', 'app.ts', ...more], {
			cwd,
		});
		const ended = new Promise((resolve) => child.once('close', resolve));
		onTestFinished(async () => {
			child.kill();
			await ended;
		});
		let printed = '';
		child.stdout.on('data', (chunk) => {
			printed += chunk;
		});
		// It is started by the first connection, which waits in the socket for it.
		const retry = ['--retry', '20', '--retry-connrefused', '--retry-delay', '1'];
		expect(await succeed('curl', ['-s', ...retry, `http://127.0.0.1:${port}/`])).toBe('activated 127.0.0.1');
		await until(async () => printed === `Listening on http://127.0.0.1:${port}\n`);
	});

	test.each([[[]], [['--workers', '2']]])('SERVE-4: certificates are loaded again (%s)', async (more) => {
		const [one, two] = await Promise.all([makeCertificate('one.test'), makeCertificate('two.test')]);
		const files = { 'c.pem': one.cert, 'k.pem': one.key };
		const { run, url, cwd } = await serving(['--cert', 'c.pem', '--key', 'k.pem', ...more], files);
		const port = Number(new URL(url).port);
		const name = (): Promise<string> =>
			new Promise((resolve) => {
				const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
					resolve(String(socket.getPeerCertificate().subject.CN));
					socket.destroy();
				});
			});
		const open = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
		await new Promise((resolve) => open.once('secureConnect', resolve));
		expect(await name()).toBe('one.test');
		writeFileSync(join(cwd, 'c.pem'), two.cert);
		await run.prints(/The certificate from before stays/);
		expect(await name()).toBe('one.test');
		writeFileSync(join(cwd, 'k.pem'), two.key);
		await run.prints(/a new certificate is shown/);
		await until(async () => (await name()) === 'two.test');
		open.end('GET / HTTP/1.0\r\n\r\n');
		expect(await text(open)).toMatch(/old 127\.0\.0\.1$/);
	});

	test('SERVE-8: rsgi.config.ts, and what is wrong in it', async () => {
		const config = (text: string): string =>
			`import { defineConfig } from 'rsgi/config';\nexport default defineConfig(${text});`;
		const cwd = folder({
			'app.ts': wordApp('configured'),
			'rsgi.config.ts': config("{ app: 'app.ts', port: 0, health: '/up' }"),
		});
		const run = new Running('src/cli/main.ts', ['serve'], { cwd });
		const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
		expect((await fetch(`${url}/up/ready`)).status).toBe(200);
		for (const [text, message] of [
			['{ prot: 1 } as never', 'rsgi.config.ts: there is no prot. There are: app, '],
			["{ app: 'app.ts', workers: 0 }", 'workers in rsgi.config.ts is a number of processes'],
			["{ app: 'app.ts', timeouts: { idel: 1 } } as never", 'rsgi.config.ts: There is no setting timeouts.idel'],
		] as const) {
			writeFileSync(join(cwd, 'rsgi.config.ts'), config(text));
			const { code, stderr } = await new Running('src/cli/main.ts', ['serve'], { cwd }).ended;
			expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
		}
	});

	test('the access log goes to a file, which is opened again on SIGHUP', async () => {
		const { run, url, cwd } = await serving(['--access-log-file', 'a.log', '--access-log', 'common']);
		const lines = (name: string): string => {
			try {
				return readFileSync(join(cwd, name), 'utf8');
			} catch {
				return '';
			}
		};
		await fetch(`${url}/one`);
		await until(async () => lines('a.log').includes('GET /one'));
		await succeed('mv', [join(cwd, 'a.log'), join(cwd, 'b.log')]);
		run.signal('SIGHUP');
		await until(async () => {
			await fetch(`${url}/two`);
			return lines('a.log').includes('GET /two');
		});
		expect(lines('b.log')).toContain('GET /one');
	});

	test('a full disk makes lines of the access log wait, and nothing else', async () => {
		const { run, url } = await serving(['--access-log-file', '/dev/full']);
		expect((await fetch(url)).status).toBe(200);
		await run.prints(/the access log cannot be written: ENOSPC/);
		expect((await fetch(url)).status).toBe(200);
	});
});

async function text(socket: AsyncIterable<Buffer>): Promise<string> {
	let all = '';
	for await (const chunk of socket) all += chunk.toString('latin1');
	return all;
}
