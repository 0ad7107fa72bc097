/** curl, over HTTP/1.1, HTTP/2 with prior knowledge, and both over TLS. */
import { createHash } from 'node:crypto';
import { rich, utf8 } from 'rsgi';
import { describe, expect, test } from 'vitest';
import { command, succeed } from '../support/command.ts';
import { patterned, routesApp } from '../support/routes-app.ts';
import { served, servedTls } from '../support/served.ts';

const QUIET = ['--silent', '--show-error', '--max-time', '20'];

const VARIANTS: readonly { name: string; args: readonly string[]; tls: boolean; version: string }[] = [
	{ name: 'HTTP/1.1', args: ['--http1.1'], tls: false, version: '1.1' },
	{ name: 'HTTP/2 with prior knowledge', args: ['--http2-prior-knowledge'], tls: false, version: '2' },
	{ name: 'HTTP/1.1 over TLS', args: ['--insecure', '--http1.1'], tls: true, version: '1.1' },
	{ name: 'HTTP/2 over TLS', args: ['--insecure', '--http2'], tls: true, version: '2' },
];

/** curl 7.88 breaks off when it uses a connection with prior knowledge again, whatever the server (node:http2 too). */
function reuses(args: readonly string[]): boolean {
	return !args.includes('--http2-prior-knowledge');
}

/** Two requests, on one connection where curl can. */
async function twice(args: readonly string[], format: string, first: string, second: string): Promise<string> {
	const common = [...QUIET, ...args, '--write-out', format];
	if (reuses(args)) return await succeed('curl', [...common, first, second]);
	return (await succeed('curl', [...common, first])) + (await succeed('curl', [...common, second]));
}

describe.each(VARIANTS)('curl, $name', ({ args, tls, version }) => {
	async function start() {
		const { app, seen } = routesApp();
		const served_ = tls ? await servedTls(app) : await served(app);
		const curl = (path: string, ...more: string[]) => command('curl', [...QUIET, ...args, ...more, served_.url + path]);
		return { ...served_, seen, curl };
	}

	test('a response, with the version and Date', async () => {
		const { curl } = await start();
		const result = await curl('/hello', '--include', '--write-out', '%{http_version} %{http_code}');
		expect(result.stdout).toContain('hello, world\n');
		expect(result.stdout).toMatch(/date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/i);
		expect(result.stdout.endsWith(`${version} 200`)).toBe(true);
	});

	test('RICH-1: the request head is verbatim', async () => {
		const { curl } = await start();
		const result = await curl(
			'/head?a=%2e%2E&b=1',
			'--path-as-is',
			'-H',
			'X-Two: 1',
			'-H',
			'X-Other: ü',
			'-H',
			'X-Two: 2',
		);
		const head = JSON.parse(String(Buffer.from(result.bytes))) as {
			target: string;
			fields: string[];
			httpVersion: string;
			scheme: string;
		};
		expect(head.target).toBe('/head?a=%2e%2E&b=1');
		expect(head.httpVersion).toBe(version);
		expect(head.scheme).toBe(tls ? 'https' : 'http');
		const names = version === '2' ? ['x-two', 'x-other', 'x-two'] : ['X-Two', 'X-Other', 'X-Two'];
		const sent = head.fields.filter((_, at) => at % 2 === 0 && head.fields[at]?.toLowerCase().startsWith('x-'));
		expect(sent).toEqual(names);
		expect(head.fields[head.fields.indexOf(names[1] as string) + 1]).toBe('\u00c3\u00bc');
	});

	test('RICH-45: the facts of the connection', async () => {
		const { curl, port } = await start();
		const head = JSON.parse((await curl('/head')).stdout) as Record<
			string,
			{ address: string; port: number; alpn: string; version: string }
		>;
		expect(head.peer).toMatchObject({ family: 'IPv4', address: '127.0.0.1' });
		expect(head.local).toEqual({ family: 'IPv4', address: '127.0.0.1', port });
		if (tls)
			expect(head.tls).toMatchObject({
				version: 'TLSv1.3',
				alpn: version === '2' ? 'h2' : 'http/1.1',
				client: null,
			});
		else expect(head.tls).toBeNull();
	});

	test.each([0, 1, 100, 70_000, 3_000_000])('an upload of %i bytes arrives whole', async (length) => {
		const { url } = await start();
		const content = patterned(length);
		const sum = createHash('sha256').update(content).digest('hex');
		const sent = await command('curl', [...QUIET, ...args, '--data-binary', '@-', `${url}/sum`], content);
		expect(sent.stdout).toBe(`${length} ${sum}\n`);
	});

	test('an upload of unknown length arrives whole', async () => {
		const { url } = await start();
		const content = patterned(200_000);
		const sum = createHash('sha256').update(content).digest('hex');
		const sent = await command('curl', [...QUIET, ...args, '--upload-file', '-', `${url}/sum`], content);
		expect(sent.stdout).toBe(`200000 ${sum}\n`);
	});

	test('a streamed echo comes back whole', async () => {
		const { url } = await start();
		const content = patterned(1_000_000);
		const echoed = await command('curl', [...QUIET, ...args, '--upload-file', '-', `${url}/echo`], content);
		expect(Buffer.compare(echoed.bytes, content)).toBe(0);
	});

	test.each(['', '&chunked'])('a download of 5 MB comes whole%s', async (how) => {
		const { curl } = await start();
		const result = await curl(`/large?bytes=5000000${how}`);
		expect(result.bytes.length).toBe(5_000_000);
		expect(Buffer.compare(result.bytes, patterned(5_000_000))).toBe(0);
	});

	test('RICH-21: Expect: 100-continue is answered before the content is sent', async () => {
		const { url } = await start();
		const content = patterned(50_000);
		const result = await command(
			'curl',
			[
				...QUIET,
				...args,
				'--verbose',
				'--expect100-timeout',
				'15',
				'-H',
				'Expect: 100-continue',
				'--data-binary',
				'@-',
				`${url}/sum`,
			],
			content,
		);
		expect(result.stderr).toMatch(/< HTTP\/(1\.1|2) 100/);
		expect(result.stdout).toMatch(/^50000 /);
	});

	test('a final response before the content, to a client that expects 100', async () => {
		const { url } = await start();
		const result = await command(
			'curl',
			[
				...QUIET,
				...args,
				'--include',
				'--expect100-timeout',
				'15',
				'-H',
				'Expect: 100-continue',
				'--data-binary',
				'@-',
				`${url}/refuse-content`,
			],
			patterned(50_000),
		);
		expect(result.stdout).toMatch(/^HTTP\/(1\.1|2) 413/);
		expect(result.stdout).not.toMatch(/ 100/);
	});

	test('RICH-13: 103 (Early Hints) come before the final response', async () => {
		const { curl } = await start();
		const result = await curl('/early', '--include');
		const statuses = [...result.stdout.matchAll(/^HTTP\/\S+ (\d{3})/gm)].map((found) => found[1]);
		expect(statuses).toEqual(['103', '103', '200']);
		expect(result.stdout.indexOf('style.css')).toBeLessThan(result.stdout.indexOf('script.js'));
	});

	test('RICH-20: trailer fields come after the content', async () => {
		const { curl } = await start();
		const result = await curl('/trailers', '--include');
		expect(result.stdout).toMatch(/\r\n\r\ncontent, then trailers\nx-sum: abc\r\nx-sum: def\r\n/);
	});

	test('RICH-17: HEAD has the head of GET and no content', async () => {
		const { curl } = await start();
		const result = await curl('/hello', '--head');
		expect(result.stdout).toMatch(/^HTTP\/(1\.1|2) 200/);
		expect(result.stdout).not.toContain('hello, world');
		expect(result.code).toBe(0);
	});

	test('RICH-16: order, duplicates and the case of names on HTTP/1', async () => {
		const { curl } = await start();
		const { stdout } = await curl('/dup', '--include');
		const lines = stdout.split('\r\n').filter((line) => /^(set-cookie|x-order)/i.test(line));
		const wanted = ['Set-Cookie: a=1', 'X-Order: 1', 'Set-Cookie: b=2', 'X-Order: 2'];
		expect(lines).toEqual(
			version === '2' ? wanted.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())) : wanted,
		);
		if (version === '1.1') expect(stdout.startsWith('HTTP/1.1 200 Very Fine\r\n')).toBe(true);
	});

	test('204 has no content and the connection goes on', async () => {
		const { url } = await start();
		const out = await twice(args, '%{http_code} %{num_connects};', `${url}/none`, `${url}/none`);
		expect(out).toBe(reuses(args) ? '204 1;204 0;' : '204 1;204 1;');
	});

	test('RICH-28: a throw is a 500, and the next request is answered', async () => {
		const { url, log } = await start();
		const out = await twice(args, ' %{http_code} %{num_connects};', `${url}/throw`, `${url}/hello`);
		expect(out).toBe(`Internal Server Error\n 500 1;hello, world\n 200 ${reuses(args) ? 0 : 1};`);
		expect(log).toHaveLength(1);
		expect(log[0]).toMatchObject({ source: 'application', message: 'the application failed in GET /throw' });
	});

	test('RICH-28: a throw after the response has begun is seen as truncation', async () => {
		// Not before curl has printed what came: it drops what it receives together with a reset.
		const seen = Promise.withResolvers<void>();
		const app = rich(async (exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			await seen.promise;
			throw new Error('thrown on purpose, late');
		});
		const { url } = tls ? await servedTls(app) : await served(app);
		const result = await command('curl', [...QUIET, ...args, '--no-buffer', url], '', () => seen.resolve());
		expect(result.code).not.toBe(0);
		expect(result.stdout).toBe('begun');
	});

	test('RICH-38: abort is seen as truncation', async () => {
		const { curl } = await start();
		const result = await curl('/abort');
		expect([18, 56, 92]).toContain(result.code);
	});

	test('RICH-44: an application that does not answer is answered 503', async () => {
		const { app, seen } = routesApp();
		const options = { timeouts: { response: 300 } };
		const { url, log } = tls ? await servedTls(app, options) : await served(app, options);
		const result = await command('curl', [...QUIET, ...args, '--write-out', '%{http_code}', `${url}/silent`]);
		expect(result.stdout).toMatch(/503$/);
		expect(seen.outcomes).toEqual(['/silent timeout']);
		expect(log.map((entry) => `${entry.message}: ${entry.error}`)).toEqual([
			'the application failed in GET /silent: Misuse: No response has begun within timeouts.response: call respond, or allow more time. (RICH-44)',
		]);
	});
});

describe('curl, HTTP/1.0', () => {
	test('a response without a length ends with the connection; no informational responses, no trailers', async () => {
		const { app } = routesApp();
		const { url } = await served(app);
		const result = await command('curl', [
			...QUIET,
			'--http1.0',
			'--include',
			`${url}/early`,
			`${url}/trailers`,
			`${url}/large?bytes=100000&chunked`,
		]);
		expect(result.code).toBe(0);
		expect(result.stdout).not.toMatch(/ 103/);
		expect(result.stdout).not.toMatch(/transfer-encoding|x-sum/i);
		expect(result.stdout).toContain('content, then trailers\n');
	});
});
