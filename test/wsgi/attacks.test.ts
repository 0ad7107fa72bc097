/** What clients can do to the Python side, and what answers of Python can do to clients, and to the worker: nothing. */
import { connect as connectH2 } from 'node:http2';
import { mount } from 'rsgi/middleware/mount';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { command, succeed } from '../support/command.ts';
import { RawClient } from '../support/raw-client.ts';
import { type Site, site, WAIT } from '../support/wsgi-site.ts';

const hostile = (options: Parameters<typeof site>[0] = {}, wrap?: Parameters<typeof site>[2]): Promise<Site> =>
	site({ workers: 1, threads: 1, ...options }, 'hostile', wrap);
const VERSIONS = ['--http1.1', '--http2-prior-knowledge'] as const;

/** All that a raw client gets for this, until the server closes or it has come. */
async function raw(at: Site, text: string, until: RegExp): Promise<string> {
	const client = new RawClient(at.port);
	client.send(text);
	await vi.waitUntil(() => until.test(client.received), WAIT);
	client.destroy();
	return client.received;
}

describe('by clients', () => {
	test("a name with _ is nobody else's variable, and Proxy sets none", async () => {
		const at = await hostile();
		const evil = [
			'-H',
			'X_Forwarded_For: 6.6.6.6',
			'-H',
			'Content_Length: 5',
			'-H',
			'Remote_User: root',
			'-H',
			'Proxy: http://evil/',
		];
		for (const version of VERSIONS) {
			const seen = JSON.parse(await succeed('curl', ['-sS', version, ...evil, `${at.url}/seen`])) as Record<
				string,
				string
			>;
			for (const key of [
				'HTTP_X_FORWARDED_FOR',
				'HTTP_CONTENT_LENGTH',
				'HTTP_REMOTE_USER',
				'REMOTE_USER',
				'CONTENT_LENGTH',
				'HTTP_PROXY',
			]) {
				expect(seen).not.toHaveProperty(key);
			}
			// As they came they are still to be seen.
			expect(seen.fields).toContainEqual([expect.stringMatching(/^x_forwarded_for$/i), '6.6.6.6']);
		}
	});

	test('a path is what it is: .., //, an encoded / and NUL, also below a mount', async () => {
		const at = await hostile({}, (app) => mount({ '/app': app }));
		for (const [path, info] of [
			['/app/seen', '/seen'],
			['/app/../etc/passwd', '/../etc/passwd'],
			['/app//..//x', '//..//x'],
			['/app/%2e%2e%2fetc%2fpasswd%00', '/../etc/passwd\0'],
		] as const) {
			const { stdout } = await command('curl', ['-sSi', '--path-as-is', `${at.url}${path}`]);
			if (path === '/app/seen')
				expect(JSON.parse(stdout.slice(stdout.indexOf('{')))).toMatchObject({ SCRIPT_NAME: '/app', PATH_INFO: info });
			// Reflected in a header; NUL cannot be.
			else expect(stdout).toMatch(info.includes('\0') ? /^HTTP\/1.1 500/ : `Location: ${info}\r\n`);
		}
		expect(
			(
				await command('curl', [
					'-sS',
					'-o',
					'/dev/null',
					'-w',
					'%{http_code}',
					'--path-as-is',
					`${at.url}/app/../apple`,
				])
			).stdout,
		).toBe('200');
		expect((await fetch(`${at.url}/apple`)).status).toBe(404);
	});

	test('a line break in a path, reflected in a header, is a 500 and no header', async () => {
		const at = await hostile();
		for (const version of VERSIONS) {
			for (const path of ['/a%0d%0aX-Evil:%20yes', '/a%0aX-Evil:%20yes', '/a%00']) {
				const { stdout } = await command('curl', ['-sSi', version, at.url + path]);
				expect(stdout).toMatch(/^HTTP\/\S+ 500/);
				expect(stdout).not.toMatch(/x-evil/i);
			}
		}
	});

	test.each([
		['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n'],
		['a length and chunked', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
		['a length with a sign', 'Content-Length: +3\r\n'],
		['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n'],
		['a coding nobody knows', 'Transfer-Encoding: xchunked\r\n'],
		['a name with a space', 'Content-Length : 3\r\n'],
		['NUL in a value', 'X-A: a\0b\r\n'],
		['CR alone in a value', 'X-A: a\rb\r\n'],
	])('%s never comes to Python', async (_name, fields) => {
		const at = await hostile();
		const got = await raw(
			at,
			`POST /told HTTP/1.1\r\nHost: a\r\n${fields}\r\n0\r\n\r\nGET /told HTTP/1.1\r\nHost: a\r\n\r\n`,
			/\r\n\r\n/,
		);
		expect(got).toMatch(/^HTTP\/1.1 (?:400|501)/);
		expect(await at.text('/pid')).toMatch(/^\d+$/);
		expect(at.told.read('asked')).toBe('');
	});

	test('over HTTP/2, content of another length than was said never comes to Python when it is short', async () => {
		const at = await hostile();
		for (const [length, content] of [
			['10', 'abc'],
			['1', 'abc'],
		] as const) {
			const session = connectH2(at.url);
			session.on('error', () => {});
			onTestFinished(() => session.destroy());
			const stream = session.request(
				{ ':path': '/told', ':method': 'POST', 'content-length': length },
				{ endStream: false },
			);
			stream.on('error', () => {});
			const closed = new Promise((resolve) => stream.once('close', resolve));
			stream.end(content);
			await closed;
			expect(stream.rstCode).not.toBe(0);
		}
		expect(await at.text('/pid')).toMatch(/^\d+$/);
		expect(at.told.read('asked')).toBe('');
	});

	test('a head as large as the server takes comes whole; a larger one is a 431, and Python never sees it', async () => {
		const at = await hostile();
		const cookie = (size: number) =>
			`GET /seen HTTP/1.1\r\nHost: a\r\nCookie: ${'c'.repeat(size)}\r\nConnection: close\r\n\r\n`;
		expect(await raw(at, cookie(14_000), /"\}$|\]\]\}$/)).toContain('c'.repeat(14_000));
		expect(await raw(at, cookie(1_000_000), /\r\n\r\n/)).toMatch(/^HTTP\/1.1 431/);
		expect(at.told.read('asked')).toBe('');
	});

	test('content without an end holds its thread no longer than the timeout', async () => {
		const at = await hostile({ timeout: 300, drainTimeout: 20_000 });
		const before = await at.text('/pid');
		const client = new RawClient(at.port);
		client.send('POST /told HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
		await vi.waitUntil(() => at.told.read('asked') !== '', WAIT);
		const drip = setInterval(() => client.send('1\r\nx\r\n'), 20);
		onTestFinished(() => clearInterval(drip));
		await vi.waitUntil(() => client.received.includes('504'), WAIT);
		clearInterval(drip);
		client.destroy();
		// The read has failed, so that the worker that was replaced could end at once.
		await vi.waitUntil(async () => (await at.text('/pid')) !== before, WAIT);
		await vi.waitUntil(() => !alive(Number(before)), WAIT);
	});

	test('content that nobody reads ends with the response', async () => {
		const at = await hostile();
		const client = new RawClient(at.port);
		client.send('POST /pid HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
		await vi.waitUntil(() => /\r\n\r\n\d+$/.test(client.received), WAIT);
		expect(await at.text('/pid')).toMatch(/^\d+$/);
		client.destroy();
	});
});

describe('by answers', () => {
	const heads = [
		...[
			'status crlf',
			'status lf',
			'status nul',
			'status short',
			'status switching',
			'value crlf',
			'value lf',
			'value cr',
			'value nul',
		],
		...[
			'name crlf',
			'name colon',
			'name empty',
			'name pseudo',
			'hop Connection',
			'hop keep-alive',
			'hop Transfer-Encoding',
		],
		...[
			'hop UPGRADE',
			'hop TE',
			'hop Proxy-Connection',
			'length negative',
			'length plus',
			'length list',
			'length space',
			'length unicode',
		],
	];
	test('WSGI-13: a head that cannot be sent is a 500, with nothing of it, over both versions', async () => {
		const at = await hostile();
		for (const version of VERSIONS) {
			for (const name of heads) {
				const before = at.log.length;
				const { stdout } = await command('curl', ['-sSi', version, `${at.url}/head?${name.replaceAll(' ', '+')}`]);
				expect({ name, stdout }).toMatchObject({ stdout: expect.stringMatching(/^HTTP\/\S+ 500/) });
				expect(stdout).not.toMatch(/evil|never|chunked\r\n\r\n.*never/i);
				expect(String(at.log[before]?.error)).toContain('WSGI-13');
			}
		}
	});

	test.each([
		['/none', 'the application returned None'],
		['/text', 'must be bytes, not str'],
		['/octets', 'must be bytes, not int'],
		['/number', "'int' object is not iterable"],
		['/huge_head', 'WSGI-13'],
		['/many_fields', 'WSGI-13'],
		['/huge_failure', 'RuntimeError: xxx'],
		['/surrogates', 'RuntimeError: lone'],
		['/deep', 'RecursionError'],
		['/stopping', 'GeneratorExit'],
		['/huge_failure_escaped', 'RuntimeError: xxx'],
		['/huge_head_escaped', 'too long'],
	])('WSGI-18: %s is a 500 of one request, over both versions', async (path, message) => {
		const at = await hostile();
		const pid = await at.text('/pid');
		for (const version of VERSIONS) {
			const before = at.log.length;
			const { stdout } = await command('curl', [
				'-sS',
				version,
				'-o',
				'/dev/null',
				'-w',
				'%{http_code}',
				at.url + path,
			]);
			expect(stdout).toBe('500');
			await vi.waitUntil(() => at.log.length > before, WAIT);
			const said = `${(at.log[before]?.error as Error | undefined)?.stack}`;
			expect(said).toContain(message);
			expect(said.length).toBeLessThan(600_000);
		}
		// The worker goes on.
		expect(await at.text('/pid')).toBe(pid);
	});

	test.each(['/none_block', '/interrupted'])('WSGI-18: %s, after the head, is seen as cut', async (path) => {
		const at = await hostile();
		const pid = await at.text('/pid');
		for (const version of VERSIONS) {
			const { code } = await command('curl', ['-sS', version, at.url + path]);
			expect(code).not.toBe(0);
		}
		expect(await at.text('/pid')).toBe(pid);
	});

	test('WSGI-11, CHANNEL-22: lines without measure come in pieces', async () => {
		const at = await hostile();
		const pid = await at.text('/pid');
		expect(await at.text('/huge_log')).toBe('told');
		await vi.waitUntil(() => at.errors.join('').length === 40 * 1024 * 1024, WAIT);
		expect(await at.text('/pid')).toBe(pid);
	});

	test('CHANNEL-22: what a frame has no room for raises where it is given', async () => {
		const at = await hostile();
		const pid = await at.text('/pid');
		expect(await at.text('/huge_publication')).toMatch(/too long/);
		expect(await at.text('/huge_message')).toMatch(/too long/);
		expect(await at.text('/large_escaped')).toMatch(/^a chunk of 20971520 octets is too long.*x{1000}/);
		expect(await at.text('/pid')).toBe(pid);
	});

	test('an input that the application closes is its own', async () => {
		const at = await hostile();
		for (const body of ['abc', 'x'.repeat(200_000)]) {
			expect(await (await fetch(`${at.url}/closing`, { method: 'POST', body })).text()).toBe('closed');
			expect(await (await fetch(`${at.url}/told`, { method: 'POST', body })).text()).toBe(String(body.length));
		}
	});
});

function alive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
