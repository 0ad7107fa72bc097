/** nghttp and h2load of nghttp2: push, priorities, uploads, trailers, many streams. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { succeed } from '../support/command.ts';
import { patterned, routesApp } from '../support/routes-app.ts';
import { served, servedTls } from '../support/served.ts';

function file(content: Uint8Array): string {
	const folder = mkdtempSync(join(tmpdir(), 'rsgi-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const path = join(folder, 'content');
	writeFileSync(path, content);
	return path;
}

describe.each([
	{ name: 'plain', tls: false },
	{ name: 'TLS', tls: true },
])('nghttp, $name', ({ tls }) => {
	async function start() {
		const { app, seen } = routesApp();
		return { ...(tls ? await servedTls(app) : await served(app)), seen };
	}

	test('RICH-35: promises come before the content that asks for them, and are answered', async () => {
		const { url } = await start();
		const out = await succeed('nghttp', ['--verbose', `${url}/push`]);
		expect(out.match(/recv PUSH_PROMISE frame/g)).toHaveLength(2);
		expect(out.indexOf('recv PUSH_PROMISE')).toBeLessThan(out.indexOf('recv DATA'));
		expect(out).toContain(':path: /pushed/one');
		expect(out).toContain('/* pushed one for /pushed/one */');
		expect(out).toContain('/* pushed two for /pushed/two */');
		expect(out).toContain('pushed two\n');
	});

	test('RICH-37: no promise is made to a client that disables push', async () => {
		const { url } = await start();
		const out = await succeed('nghttp', ['--verbose', '--no-push', `${url}/push`]);
		expect(out).not.toContain('PUSH_PROMISE');
		expect(out).toContain('no push here\n');
	});

	test('RICH-20: trailer fields both ways', async () => {
		const { url } = await start();
		const content = patterned(100_000);
		const out = await succeed('nghttp', ['--verbose', '--data', file(content), '--trailer', 'x-sum: 12', `${url}/sum`]);
		expect(out).toContain('x-trailer-seen: 12');
		expect(out).toContain(`100000 ${createHash('sha256').update(content).digest('hex')}`);
		expect(await succeed('nghttp', ['--verbose', `${url}/trailers`])).toMatch(
			/x-sum: abc\n.*x-sum: def\n.*END_STREAM/s,
		);
	});

	test('a big upload and a small window', async () => {
		const { url } = await start();
		const content = patterned(2_000_000);
		const sum = createHash('sha256').update(content).digest('hex');
		expect(await succeed('nghttp', ['--data', file(content), `${url}/sum`])).toBe(`2000000 ${sum}\n`);
		const out = await succeed('nghttp', [
			'--window-bits',
			'10',
			'--connection-window-bits',
			'11',
			`${url}/large?bytes=300000`,
		]);
		expect(out.length).toBe(300_000);
	});

	test('RICH-39: the priority of a request', async () => {
		const { url, seen } = await start();
		await succeed('nghttp', ['-H', 'priority: u=1, i', `${url}/hello`]);
		expect(seen.urgencies).toEqual([1]);
	});

	test('padding and continuation', async () => {
		const { url } = await start();
		expect(await succeed('nghttp', ['--padding', '200', '--continuation', `${url}/hello`])).toBe('hello, world\n');
	});

	test('many streams at once', async () => {
		const { url } = await start();
		const urls = Array.from({ length: 90 }, (_, at) => `${url}/large?bytes=${1000 + at}`);
		const out = await succeed('nghttp', ['--null-out', '--stat', ...urls]);
		expect(out.match(/ 200 /g)).toHaveLength(90);
	});
});

describe('h2load', () => {
	const CASES: readonly { name: string; args: readonly string[]; tls: boolean }[] = [
		{ name: 'HTTP/2', args: ['-c64', '-m32'], tls: false },
		{ name: 'HTTP/2 over TLS', args: ['-c64', '-m32'], tls: true },
		{ name: 'HTTP/1.1', args: ['--h1', '-c64'], tls: false },
		{ name: 'HTTP/1.1 over TLS', args: ['--h1', '-c64'], tls: true },
	];
	test.each(CASES)('100,000 requests over $name, none fails', async ({ args, tls }) => {
		const { app } = routesApp();
		const { url } = tls ? await servedTls(app) : await served(app);
		const out = await succeed('h2load', ['-n100000', ...args, `${url}/hello`]);
		expect(out).toMatch(/100000 succeeded, 0 failed, 0 errored, 0 timeout/);
		expect(out).toMatch(/status codes: 100000 2xx/);
	});
});
