/** Middleware, as curl and nghttp see it: HTTP/1.1 and HTTP/2, plain and over TLS. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { accessLog } from 'rsgi/middleware/access-log';
import { compression } from 'rsgi/middleware/compression';
import { errorPages } from 'rsgi/middleware/error-pages';
import { requestIds } from 'rsgi/middleware/request-ids';
import { staticFiles } from 'rsgi/middleware/static-files';
import { describe, expect, test } from 'vitest';
import { command, succeed } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { routesApp } from '../support/routes-app.ts';
import { Running } from '../support/running.ts';
import { served, servedTls } from '../support/served.ts';

const QUIET = ['--silent', '--show-error', '--max-time', '20'];
const SCRIPT = 'console.log("again and again");\n'.repeat(5000);
const LONG_AGO = new Date(Date.UTC(2020, 1, 3));

const VARIANTS: readonly { name: string; args: readonly string[]; tls: boolean }[] = [
	{ name: 'HTTP/1.0', args: ['--http1.0'], tls: false },
	{ name: 'HTTP/1.1', args: ['--http1.1'], tls: false },
	{ name: 'HTTP/2 with prior knowledge', args: ['--http2-prior-knowledge'], tls: false },
	{ name: 'HTTP/1.1 over TLS', args: ['--insecure', '--http1.1'], tls: true },
	{ name: 'HTTP/2 over TLS', args: ['--insecure', '--http2'], tls: true },
];

function site(lines: string[]) {
	const root = folder({ 'app.js': SCRIPT, 'docs/index.html': '<p>docs', 'ready.css': 'a{}'.repeat(1000) });
	mkdirSync(join(root, 'ready'));
	writeFileSync(join(root, 'ready.css.gz'), gzipSync('a{}'.repeat(1000)));
	for (const name of ['app.js', 'ready.css', 'ready.css.gz']) utimesSync(join(root, name), LONG_AGO, LONG_AGO);
	const files = staticFiles(root, { precompressed: ['gzip'] });
	const log = accessLog({ to: (line) => lines.push(line), format: 'json' });
	return requestIds()(log(compression()(errorPages()(files(routesApp().app)))));
}

async function start(tls: boolean) {
	const lines: string[] = [];
	const app = site(lines);
	return { ...(tls ? await servedTls(app) : await served(app)), lines };
}

describe.each(VARIANTS)('curl, $name', ({ args, tls }) => {
	async function curling() {
		const { url, lines, log } = await start(tls);
		const curl = (path: string, ...more: string[]) => command('curl', [...QUIET, ...args, ...more, url + path]);
		return { curl, lines, log };
	}

	test.each(['gzip', 'deflate', 'br', 'zstd'])('MW-16: --compressed, %s', async (coding) => {
		const { curl } = await curling();
		const result = await curl('/app.js', '--compressed', '-H', `Accept-Encoding: ${coding}`, '--dump-header', '-');
		const [head = '', ...rest] = result.stdout.split('\r\n\r\n');
		expect(result.code).toBe(0);
		expect(head).toMatch(new RegExp(`^content-encoding: ${coding}$`, 'im'));
		expect(head).toMatch(/^etag: W\/"/im);
		expect(head).toMatch(/^vary: accept-encoding$/im);
		expect(rest.join('\r\n\r\n')).toBe(SCRIPT);
	});

	test('MW-16: --compressed as curl asks by itself', async () => {
		const { curl } = await curling();
		const result = await curl('/app.js', '--compressed', '--write-out', '%{size_download}');
		expect(result.stdout.startsWith(SCRIPT)).toBe(true);
		expect(Number(result.stdout.slice(SCRIPT.length))).toBeLessThan(10_000);
	});

	test('MW-17 and MW-27: ranges are not compressed, and conditions hold for both forms', async () => {
		const { curl } = await curling();
		const part = await curl('/app.js', '--compressed', '--range', '0-6', '--include');
		expect(part.stdout).toMatch(/content-range: bytes 0-6\/\d+/i);
		expect(part.stdout).not.toMatch(/content-encoding/i);
		expect(part.stdout.endsWith('\r\n\r\nconsole')).toBe(true);
		for (const form of [['--compressed'], []]) {
			const full = await curl('/app.js', ...form, '--head');
			const etag = /^etag: (.*?)\r$/im.exec(full.stdout)?.[1] as string;
			const again = await curl('/app.js', ...form, '-H', `If-None-Match: ${etag}`, '--include');
			expect(again.stdout).toMatch(/^HTTP\/[0-9.]+ 304/);
			expect(again.stdout).toContain(etag);
			const date = /^last-modified: (.*?)\r$/im.exec(full.stdout)?.[1] as string;
			const since = await curl('/app.js', ...form, '-H', `If-Modified-Since: ${date}`, '--write-out', '%{http_code}');
			expect(since.stdout).toBe('304');
		}
	});

	test('MW-22: HEAD', async () => {
		const { curl } = await curling();
		const result = await curl('/app.js', '--compressed', '--head');
		expect(result.code).toBe(0);
		expect(result.stdout).toMatch(/^content-encoding: /im);
		expect(result.stdout).not.toMatch(/^content-length: /im);
	});

	test('MW-28 and MW-29: redirects and precompressed files', async () => {
		const { curl } = await curling();
		const docs = await curl('/docs?q', '--write-out', '%{http_code} %{redirect_url}');
		expect(docs.stdout).toMatch(/^308 https?:\/\/127\.0\.0\.1:\d+\/docs\/\?q$/);
		expect((await curl('/docs/')).stdout).toBe('<p>docs');
		const ready = await curl('/ready.css', '--compressed', '-H', 'Accept-Encoding: gzip', '--include');
		expect(ready.stdout).toMatch(/^content-length: \d\d\r$/im);
		expect(ready.stdout.endsWith('a{}'.repeat(1000))).toBe(true);
	});

	test('MW-3, MW-9 and MW-12: ids, pages and the log', async () => {
		const { curl, lines, log } = await curling();
		const page = await curl('/throw', '-H', 'X-Request-Id: from-curl', '-H', 'Accept: text/html', '--include');
		expect(page.stdout).toMatch(/^x-request-id: from-curl\r$/im);
		expect(page.stdout).toContain('<h1>500 Internal Server Error</h1>');
		expect(log.map(({ source }) => source)).toEqual(['application']);
		await expect.poll(() => lines.length).toBe(1);
		expect(JSON.parse(lines[0] as string)).toMatchObject({
			id: 'from-curl',
			peer: '127.0.0.1',
			status: 500,
			target: '/throw',
			outcome: 'complete',
		});
	});

	test('MW-9 and MW-21: a client that goes away in the middle', async () => {
		const { curl, lines, log } = await curling();
		const url = '/large?bytes=200000000&chunked';
		const gone = await curl(url, '--compressed', '--max-time', '1', '--limit-rate', '1k');
		expect(gone.code).not.toBe(0);
		await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1);
		expect(JSON.parse(lines[0] as string)).toMatchObject({ status: 200, outcome: expect.stringMatching(/lost|reset/) });
		expect(log.filter(({ source }) => source === 'application')).toEqual([]);
	});
});

describe.each([false, true])('nghttp, TLS: %s', (tls) => {
	test('MW-16 and MW-20: a compressed response through small windows', async () => {
		const { url } = await start(tls);
		const small = ['--window-bits', '10', '--connection-window-bits', '11'];
		const out = await succeed('nghttp', [...small, '-H', 'accept-encoding: gzip', '--verbose', `${url}/app.js`]);
		expect(out).toContain('content-encoding: gzip');
		expect(out).toMatch(/END_STREAM/);
	});

	test('MW-22: trailer fields behind compressed content, and pushes', async () => {
		const { url } = await start(tls);
		const trailers = await succeed('nghttp', ['--verbose', '-H', 'accept-encoding: gzip', `${url}/trailers`]);
		expect(trailers).toMatch(/x-sum: abc\n.*x-sum: def\n.*END_STREAM/s);
		const pushes = await succeed('nghttp', ['--verbose', `${url}/push`]);
		expect(pushes.match(/recv PUSH_PROMISE frame/g)).toHaveLength(2);
	});
});

test('the example stacks them, and runs as it stands', async () => {
	const server = new Running('src/cli/main.ts', ['serve', 'examples/layers.ts', '--port', '0']);
	const [url = ''] = await server.prints(/http:\/\/[^\s]+/);
	const curl = (path: string, ...more: string[]) => succeed('curl', [...QUIET, ...more, new URL(path, url).href]);
	expect(await curl('/app/where/am/i', '-H', 'X-Request-Id: 7')).toBe('/app/where + /am/i, request 7\n');
	expect(await curl('/app/poem', '--compressed', '--include')).toMatch(/content-encoding: .*Ein Gedicht/is);
	expect(await curl('/app/nowhere')).toBe('Not Found\n');
	expect(await curl('/app/broken', '-H', 'Accept: text/html')).toContain('this page is &lt;broken&gt;');
	expect(await curl('/page/style.css', '--range', '0-3', '--write-out', '%{http_code}')).toMatch(/206$/);
	const clock = await command('curl', [
		...QUIET,
		'--no-buffer',
		'--compressed',
		'--max-time',
		'3',
		new URL('/clock', url).href,
	]);
	expect(clock.stdout).toMatch(/^data: 2/m);
	expect(server.stdout).toMatch(/"GET \/app\/broken HTTP\/1.1" 500/);
});
