import { describe, expect, test } from 'vitest';
import { type CommandLine, readCommandLine } from '../../src/cli/command-line.ts';
import { Failure } from '../../src/cli/failure.ts';

function failure(args: string[], env = {}): Failure {
	try {
		readCommandLine(args, env);
	} catch (error) {
		expect(error).toBeInstanceOf(Failure);
		return error as Failure;
	}
	throw new Error('It was taken.');
}

describe('the command line', () => {
	test('an entry alone: port 8000 of the default host, no TLS', () => {
		expect(readCommandLine(['serve', 'app.ts'], {})).toEqual({
			command: 'serve',
			entry: 'app.ts',
			listen: { port: 8000 },
			tls: { kind: 'none' },
			verbose: false,
		});
	});

	test('options, in any place', () => {
		const args = ['--port', '1', 'serve', '--host=::1', 'app.ts', '--cert', 'c.pem', '--key', 'k.pem'];
		expect(readCommandLine(args, {})).toEqual({
			command: 'serve',
			entry: 'app.ts',
			listen: { port: 1, host: '::1' },
			tls: { kind: 'files', cert: 'c.pem', key: 'k.pem' },
			verbose: false,
		});
	});

	test('what an entry speaks, and the name that it exports it by', () => {
		const args = ['serve', 'a.js', '--layer', 'node', '--export', 'handler'];
		expect(readCommandLine(args, {})).toMatchObject({ entry: 'a.js', layer: 'node', exported: 'handler' });
		expect(readCommandLine(['validate', ...args.slice(1)], {})).toMatchObject({ layer: 'node', exported: 'handler' });
		expect(failure(['serve', 'a.js', '--layer', 'express']).message).toContain(
			"--layer is one of rich, gateway, lite, text, fetch, node, fetch-server, not 'express'",
		);
		expect(failure(['serve', 'a.js', '--export=']).message).toContain('--export takes the name of an export');
	});

	test('PORT and HOST of the environment, which options overrule; empty ones are none', () => {
		const env = { PORT: '5000', HOST: '0.0.0.0' };
		expect(readCommandLine(['serve', 'a.js'], env)).toMatchObject({ listen: { port: 5000, host: '0.0.0.0' } });
		const args = ['serve', 'a.js', '--port', '0', '--host', 'localhost'];
		expect(readCommandLine(args, env)).toMatchObject({ listen: { port: 0, host: 'localhost' } });
		const empty = readCommandLine(['serve', 'a.js'], { PORT: '', HOST: '' });
		expect(empty).toMatchObject({ listen: { port: 8000 } });
	});

	test('a Unix socket, whatever the environment says of ports', () => {
		const line = readCommandLine(['serve', 'a.js', '--unix', '/tmp/s', '--tls'], { PORT: '5000', HOST: 'x' });
		expect(line).toMatchObject({ listen: { unix: '/tmp/s' }, tls: { kind: 'development' } });
	});

	test('help and version need nothing else', () => {
		expect(readCommandLine(['--help'], {})).toEqual({ command: 'help' });
		expect(readCommandLine(['serve', '-h'], {})).toEqual({ command: 'help', topic: 'serve' });
		expect(readCommandLine(['--version'], {})).toEqual({ command: 'version' });
	});

	test.each([
		[[], /there is no command\b/],
		[['start'], /no command start/],
		[['serve'], /takes the file/],
		[['serve', 'a.ts', 'b.ts'], /b\.ts came behind it/],
		[['serve', 'a.ts', '--prot', '1'], /unknown option '--prot'/],
		[['serve', 'a.ts', '--port'], /--port/],
		[['serve', 'a.ts', '--tls=yes'], /--tls/],
		[['serve', 'a.ts', '--port', 'x'], /--port is a number from 0 to 65535, not 'x'/],
		[['serve', 'a.ts', '--port', '65536'], /65536/],
		[['serve', 'a.ts', '--port', '1e3'], /1e3/],
		[['serve', 'a.ts', '--port', ''], /--port/],
		[['serve', 'a.ts', '--host', ''], /--host/],
		[['serve', 'a.ts', '--unix', ''], /--unix/],
		[['serve', 'a.ts', '--unix', '/s', '--port', '1'], /one or the other/],
		[['serve', 'a.ts', '--unix', '/s', '--host', 'x'], /one or the other/],
		[['serve', 'a.ts', '--cert', 'c'], /--key is missing/],
		[['serve', 'a.ts', '--key', 'k'], /--cert is missing/],
		[['serve', 'a.ts', '--tls', '--cert', 'c', '--key', 'k'], /--tls makes a certificate/],
	] as [string[], RegExp][])('%j is refused with exit code 2', (args, message) => {
		const { exitCode, message: said } = failure(args);
		expect(exitCode).toBe(2);
		expect(said).toMatch(message);
		expect(said).toContain('rsgi --help');
	});

	test('a bad PORT of the environment is named as such', () => {
		expect(failure(['serve', 'a.ts'], { PORT: 'web' }).message).toContain('PORT in the environment is a number');
	});
});

describe('operating', () => {
	const serving = (...args: string[]): CommandLine => readCommandLine(['serve', 'a.ts', ...args], {});

	test('workers, proxies and logs', () => {
		const args = ['--workers=3', '--trust-proxy', '10.0.0.0/8,::1', '--access-log', 'json', '--health=/up', '--fd=4'];
		expect(serving(...args)).toMatchObject({
			listen: { fd: 4 },
			operating: { workers: 3, trustProxy: ['10.0.0.0/8', '::1'], accessLog: 'json', health: '/up' },
		});
		expect(serving('--trust-proxy=2')).toMatchObject({ operating: { trustProxy: 2 } });
	});

	test.each([
		[['--workers=0'], /--workers is a number of processes/],
		[['--trust-proxy=10.0.0.1/8'], /--trust-proxy takes addresses/],
		[['--trust-proxy-fields=forwarded'], /goes with --trust-proxy/],
		[['--access-log=apache'], /--access-log is one of/],
		[['--health=up'], /--health takes a path/],
		[['--fd=2'], /--fd is the number of a descriptor/],
		[['--fd=4', '--port=1'], /--fd, or on --port/],
		[['--unix-mode=660'], /goes with --unix/],
		[['--stop-timeout=soon'], /--stop-timeout is a number of milliseconds/],
	])('%s is refused', (args, message) => {
		expect(failure(['serve', 'a.ts', ...args]).message).toMatch(message);
	});

	test('a socket of systemd is taken by itself, or by its name', () => {
		const env = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1' };
		expect(readCommandLine(['serve', 'a.ts'], env)).toMatchObject({ listen: { fd: 3 } });
		expect(readCommandLine(['serve', 'a.ts'], { ...env, LISTEN_PID: '1' })).toMatchObject({ listen: { port: 8000 } });
		const two = { ...env, LISTEN_FDS: '2', LISTEN_FDNAMES: 'admin:web' };
		expect(readCommandLine(['serve', 'a.ts', '--fd=web'], two)).toMatchObject({ listen: { fd: 4 } });
		expect(failure(['serve', 'a.ts'], two).message).toContain('admin, web');
	});

	test('SERVE-8: the command line wins over the configuration, and errors name the key', () => {
		const configured = {
			file: 'rsgi.config.ts',
			entry: 'b.ts',
			values: { port: '1', workers: '4', 'trust-proxy': ['x'] },
			keys: new Map([
				['port', 'port'],
				['workers', 'workers'],
				['trust-proxy', 'trustProxy'],
			]),
		};
		const line = readCommandLine(['serve', '--workers=2', '--unix=/s', '--trust-proxy=1'], {}, configured);
		expect(line).toMatchObject({ entry: 'b.ts', listen: { unix: '/s' }, operating: { workers: 2, trustProxy: 1 } });
		expect(() => readCommandLine(['serve'], {}, configured)).toThrow(
			"trustProxy in rsgi.config.ts takes addresses and ranges, as 10.0.0.0/8,::1, or unix, not 'x'",
		);
	});
});
