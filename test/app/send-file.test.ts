import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, readdir, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SendFileOptions, sendFile } from 'rsgi/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

let top: string;
let root: string;

beforeAll(async () => {
	top = await realpath(await mkdtemp(join(tmpdir(), 'rsgi-files-')));
	root = join(top, 'public');
	await mkdir(join(root, 'sub', '.well-known'), { recursive: true });
	await writeFile(join(top, 'secret.txt'), 'secret');
	await mkdir(join(top, 'public-not'));
	await writeFile(join(top, 'public-not', 'secret.txt'), 'secret');
	await writeFile(join(root, 'hello.txt'), 'hello\n');
	await writeFile(join(root, 'sub', 'page.html'), '<p>page');
	await writeFile(join(root, 'sub', '.well-known', 'thing.json'), '{}');
	await writeFile(join(root, '.env'), 'secret');
	await writeFile(join(root, 'größe 100%.txt'), 'odd name');
	await writeFile(join(root, 'back\\slash.txt'), 'odd name');
	await writeFile(join(root, 'sub', 'build-123'), 'console.log()');
	await symlink('sub/build-123', join(root, 'app.js'));
	await symlink('../secret.txt', join(root, 'out.txt'));
	await symlink('../public-not', join(root, 'out'));
	await symlink('..', join(root, 'up'));
	await symlink('loop', join(root, 'loop'));
	await symlink('nowhere', join(root, 'dangling'));
	await symlink('public', join(top, 'current'));
});

afterAll(() => rm(top, { recursive: true, force: true }));

/** Asks for it, and waits until the exchange has ended. */
async function ask(
	path: string | URL,
	options: SendFileOptions = {},
	request: PairRequest = {},
): Promise<RecordedClient> {
	const { promise, resolve } = Promise.withResolvers<void>();
	const app = rich((exchange) => {
		const answer = sendFile(exchange, path, options);
		answer.then(resolve, () => resolve());
		return answer;
	});
	const client = recorded(app, request);
	await promise;
	await settled();
	return client;
}

/** How many descriptors this process has open below the top directory. */
async function openBelowTop(): Promise<number> {
	const links = await readdir('/proc/self/fd');
	const targets = await Promise.all(links.map((link) => readlink(`/proc/self/fd/${link}`).catch(() => '')));
	return targets.filter((target) => target.startsWith(top)).length;
}

describe('RICH-48 sendFile by a trusted path', () => {
	it('sends a file', async () => {
		const { status, text, fields, faults } = await ask(join(root, 'hello.txt'));
		expect([status, text, fields.first('content-type'), faults]).toEqual([
			200,
			'hello\n',
			'text/plain; charset=utf-8',
			[],
		]);
	});

	it('takes a file URL, links and hidden files', async () => {
		expect((await ask(pathToFileURL(join(root, 'größe 100%.txt')))).text).toBe('odd name');
		expect((await ask(join(root, 'out.txt'))).text).toBe('secret');
		expect((await ask(join(root, '.env'))).text).toBe('secret');
	});

	it('can be awaited, and asked for a part and for a change', async () => {
		const seen: unknown[] = [];
		const app = rich(async (exchange) => {
			await sendFile(exchange, join(root, 'hello.txt'), { type: 'text/x' });
			seen.push(exchange.outcome?.reason);
		});
		const part = recorded(app, { fields: ['range', 'bytes=1-2'] });
		await expect.poll(() => seen).toEqual(['complete']);
		expect([part.status, part.text, part.fields.first('content-type')]).toEqual([206, 'el', 'text/x']);
		const current = await ask(
			join(root, 'hello.txt'),
			{},
			{ fields: ['if-none-match', part.fields.first('etag') ?? ''] },
		);
		expect(current.status).toBe(304);
	});

	it('answers 404 for what is no regular file', async () => {
		execFileSync('mkfifo', [join(top, 'pipe')]);
		for (const path of ['', 'sub', 'sub/', 'none', 'hello.txt/x', 'loop', 'dangling', 'x'.repeat(300), '../pipe']) {
			const { status, faults } = await ask(`${root}/${path}`);
			expect([path, status, faults]).toEqual([path, 404, []]);
		}
		expect((await ask('/dev/null')).status).toBe(404);
	});

	it('answers 405 without a look at the disk', async () => {
		expect((await ask(`${root}/\0`, {}, { method: 'POST' })).status).toBe(405);
	});

	it('answers 500 for other errors', async () => {
		const { status, faults } = await ask(`${root}/\0`);
		expect([status, faults.length]).toEqual([500, 1]);
	});

	it.skipIf(process.getuid?.() === 0)('answers 500 for a file that must not be read', async () => {
		const path = join(top, 'locked');
		await writeFile(path, 'x');
		await chmod(path, 0);
		expect((await ask(path)).status).toBe(500);
	});
});

describe('RICH-48 sendFile below a root', () => {
	it.each([
		['/hello.txt', 'hello\n'],
		['hello.txt', 'hello\n'],
		['/hello.txt?v=1.js', 'hello\n'],
		['/hell%6F.txt', 'hello\n'],
		['/sub/page.html', '<p>page'],
		['/gr%C3%B6%C3%9Fe%20100%25.txt', 'odd name'],
		['/app.js', 'console.log()'],
		['http://localhost/hello.txt', 'hello\n'],
		['https://user@[::1]:80/hello.txt?x', 'hello\n'],
	])('%s is found', async (path, content) => {
		const { status, text, faults } = await ask(path, { root });
		expect([status, text, faults]).toEqual([200, content, []]);
	});

	it('has the type of the name asked for, not of what a link leads to', async () => {
		expect((await ask('/app.js?v=1.css', { root })).fields.first('content-type')).toBe(
			'text/javascript; charset=utf-8',
		);
	});

	it('may be a URL, and a link itself', async () => {
		expect((await ask('/hello.txt', { root: pathToFileURL(root) })).text).toBe('hello\n');
		expect((await ask('/hello.txt', { root: `${root}/` })).text).toBe('hello\n');
		expect((await ask('/hello.txt', { root: join(top, 'current') })).text).toBe('hello\n');
		expect((await ask(new URL('http://localhost/sub/../hello.txt?x'), { root })).text).toBe('hello\n');
	});

	it.each([
		'',
		'/',
		'?',
		'*',
		'/..',
		'/.',
		'../secret.txt',
		'/../secret.txt',
		'/sub/../../secret.txt',
		'/sub/../hello.txt',
		'/./hello.txt',
		'/%2e%2e/secret.txt',
		'/%2E./secret.txt',
		'/.%2e%2fsecret.txt',
		'/..%2fsecret.txt',
		'/..%5csecret.txt',
		'/..\\secret.txt',
		'/sub%2fpage.html',
		'/back%5Cslash.txt',
		'/back\\slash.txt',
		'//hello.txt',
		'/sub//page.html',
		'/hello.txt/',
		'/sub',
		'/sub/',
		'/hello.txt%00',
		'/hello.txt%00.html',
		'/hello.txt\0',
		'/%',
		'/%zz',
		'/%c0%ae%c0%ae/secret.txt',
		'/%ff',
		'/%252e%252e/secret.txt',
		'/out.txt',
		'/out/secret.txt',
		'/up/secret.txt',
		'/up/public-not/secret.txt',
		'/loop',
		'/dangling',
		'/none',
		'/hello.txt/x',
		'/.env',
		'/%2eenv',
		'/sub/.well-known/thing.json',
		'file:///etc/passwd',
		'/etc/passwd',
		'//etc/passwd',
		'///etc/passwd',
		'/../public-not/secret.txt',
		`/${'x'.repeat(300)}`,
		`/${'x/'.repeat(10_000)}`,
		'/~root',
		'/C:/windows/win.ini',
	])('%j is a 404', async (path) => {
		const { status, text, faults } = await ask(path, { root });
		expect([status, text, faults]).toEqual([404, 'Not Found\n', []]);
	});

	it('finds hidden files when it is allowed to, and nothing outside even then', async () => {
		expect((await ask('/.env', { root, hidden: true })).text).toBe('secret');
		expect((await ask('/sub/.well-known/thing.json', { root, hidden: true })).text).toBe('{}');
		for (const path of ['/../secret.txt', '/.', '/%2e%2e/secret.txt', '/out.txt', '/up/secret.txt']) {
			expect((await ask(path, { root, hidden: true })).status).toBe(404);
		}
	});

	it('of the file system itself holds everything but what is hidden', async () => {
		expect((await ask(join(root, 'hello.txt'), { root: '/' })).text).toBe('hello\n');
		expect((await ask(join(root, '.env'), { root: '/' })).status).toBe(404);
	});

	it('that does not exist is an error, which says so', async () => {
		const { status, faults } = await ask('/hello.txt', { root: join(top, 'no-such-root') });
		expect([status, String(faults)]).toEqual([500, expect.stringContaining('no-such-root')]);
	});
});

describe('RICH-48 sendFile and its descriptors', () => {
	it.runIf(process.platform === 'linux')('closes what it has opened', async () => {
		for (const path of ['/hello.txt', '/sub', '/none', '/out.txt']) await ask(path, { root });
		await ask('/hello.txt', { root }, { method: 'HEAD' });
		await ask('/hello.txt', { root }, { fields: ['if-none-match', '*'] });
		await ask('/hello.txt', { root }, { fields: ['range', 'bytes=100-'] });
		await ask('/hello.txt', { root, fields: ['etag', '"x"'] });
		expect(await openBelowTop()).toBe(0);
	});

	it.runIf(process.platform === 'linux')('closes it when the client goes away', async () => {
		const path = join(top, 'large');
		const file = await open(path, 'w');
		await file.truncate(1024 * 1024);
		await file.close();
		const client = recorded(rich((exchange) => sendFile(exchange, path)));
		client.client.pause();
		await expect.poll(() => client.status).toBe(200);
		expect(await openBelowTop()).toBe(1);
		client.client.lose();
		await expect.poll(openBelowTop).toBe(0);
		expect(client.faults).toEqual([]);
	});

	it('does not see that a file is replaced while it is sent', async () => {
		const path = join(top, 'replaced');
		await writeFile(path, 'a'.repeat(200_000));
		const client = recorded(rich((exchange) => sendFile(exchange, path)));
		client.client.pause();
		await expect.poll(() => client.status).toBe(200);
		await rm(path);
		await writeFile(path, 'b');
		client.client.resume();
		await expect.poll(() => client.log.at(-1)).toBe('end');
		expect(client.text).toBe('a'.repeat(200_000));
	});
});
