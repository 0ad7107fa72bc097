/** The escape from inside real frameworks, through the middleware that their users have, over sockets. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { command, succeed } from '../support/command.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { overHttp2 as overBridge } from '../support/http2-bridge.ts';
import { ECHO_PROTO } from '../support/rpc/echo-service.ts';
import { served } from '../support/served.ts';
import { SITES } from './escapes/sites.ts';
import { RPC, TARGETS } from './escapes/targets.ts';

const there = compatInstalled();

const targetOf = (path: string) =>
	path.startsWith('/test.Echo/') ? RPC : (TARGETS[path.slice('/to/'.length)] ?? null);

interface Told {
	readonly status: number;
	readonly fields: Record<string, string | string[]>;
	readonly text: string;
	readonly trailers: Record<string, string>;
	readonly informed: number[];
}

async function overHttp2(url: string, path: string, fields: Record<string, string>): Promise<Told> {
	const session = connect(url);
	onTestFinished(() => session.close());
	const stream = session.request({ ':path': path, 'accept-encoding': 'gzip', ...fields });
	let trailers: Record<string, string> = {};
	const informed: number[] = [];
	stream.on('trailers', (given: Record<string, string>) => {
		trailers = Object.fromEntries(Object.entries(given));
	});
	stream.on('headers', (given: Record<string, unknown>) => informed.push(Number(given[':status'])));
	const [head] = (await once(stream, 'response')) as [Record<string, string | string[]>];
	const text = Buffer.concat(await stream.toArray()).toString();
	return { status: Number(head[':status']), fields: head, text, trailers, informed };
}

const USER = { 'x-user': 'ann' };

describe.skipIf(!there).each(Object.entries(SITES))('from %s', (name, make) => {
	const site = name === 'itty-router' ? 'itty' : name.toLowerCase();
	const start = async (): Promise<string> => (await served(await make(targetOf))).url;

	/** What middleware has put on the response. */
	function expectMarked(fields: Record<string, string | string[]>): void {
		expect(fields['x-site']).toBe(site);
		expect(String(fields['set-cookie'])).toMatch(/seen[=.]/);
		expect(JSON.stringify(fields)).not.toContain('rsgi');
	}

	test('a page is a page, and who is not let in gets nothing of a target', async () => {
		const url = await start();
		const page = await fetch(`${url}/page`, { headers: USER });
		expect([page.status, await page.text()]).toEqual([200, '<p>page</p>']);
		for (const target of Object.keys(TARGETS)) {
			const response = await fetch(`${url}/to/${target}`);
			expect([response.status, await response.text()]).toEqual([401, 'log in']);
		}
	});

	test('trailer fields over HTTP/2, and over HTTP/1.1 by curl', async () => {
		const url = await start();
		const told = await overHttp2(url, '/to/trailers', USER);
		expect([told.status, told.text, told.trailers]).toEqual([200, 'counted', { 'x-count': '7' }]);
		expectMarked(told.fields);
		const out = await succeed('curl', ['-s', '--http1.1', '-i', '-H', 'x-user: ann', `${url}/to/trailers`]);
		expect(out).toMatch(/counted/);
		expect(out).toContain('x-count: 7');
	});

	test('a push to nghttp, and Early Hints to who takes none', async () => {
		const url = await start();
		const pushed = await succeed('nghttp', ['-v', '-H', 'x-user: ann', `${url}/to/associated`]);
		expect(pushed).toMatch(/:path: \/style\.css\n.*recv PUSH_PROMISE/);
		expect(pushed).toContain('body{}');
		const told = await overHttp2(url, '/to/associated', USER);
		expect([told.status, told.text]).toEqual([200, '<p>styled']);
		expectMarked(told.fields);
	});

	test('server-sent events', async () => {
		const url = await start();
		const told = await overHttp2(url, '/to/events', USER);
		expect(told.fields['content-type']).toContain('text/event-stream');
		expect(told.text).toContain('data: one\n\ndata: two\n\n');
		expectMarked(told.fields);
	});

	test('conditional requests and ranges are not for placeholders', async () => {
		const url = await start();
		for (const fields of [{ 'if-none-match': 'W/"x"' }, { range: 'bytes=0-3' }]) {
			const told = await overHttp2(url, '/to/trailers', { ...USER, ...fields });
			expect([told.status, told.text]).toEqual([200, 'counted']);
		}
		const any = await overHttp2(url, '/to/trailers', { ...USER, 'if-none-match': '*' });
		expect(`${any.status} ${any.text}`).toMatch(/^(?:200 counted|304 )$/);
		expect(JSON.stringify(any)).not.toContain('rsgi');
	});

	test('a WebSocket of ws over HTTP/1.1 and HTTP/2, with the session cookie on its 101 or 200, and none for who is not let in', async () => {
		const url = await start();
		for (const [at, version] of [
			[url.replace('http', 'ws'), '1.1'],
			[await overBridge(url), '2'],
		] as const) {
			const socket = new WebSocket(`${at}/to/socket`, { headers: USER });
			const opened = once(socket, 'open');
			const [response] = (await once(socket, 'upgrade')) as [{ headers: Record<string, string | string[]> }];
			expectMarked(response.headers);
			await opened;
			socket.send('hello');
			expect(String((await once(socket, 'message'))[0])).toBe(`${version} hello`);
			socket.close();
			await once(socket, 'close');
			const refused = new WebSocket(`${at}/to/socket`);
			const error = await new Promise<Error>((resolve) => refused.on('error', resolve));
			expect(error.message).toContain('401');
		}
	});

	test('gRPC by grpcurl, and none for who is not let in', async () => {
		const url = await start();
		const call = (...flags: string[]) =>
			command('grpcurl', [
				...['-plaintext', '-import-path', dirname(ECHO_PROTO), '-proto', 'echo.proto', ...flags, '-d', '{"text":"hi"}'],
				...[new URL(url).host, 'test.Echo/Unary'],
			]);
		expect(JSON.parse((await call('-H', 'x-user: ann')).stdout)).toEqual({ text: 'HI' });
		const refused = await call();
		expect([refused.code === 0, refused.stdout]).toEqual([false, '']);
		expect(refused.stderr).toContain('Unauthenticated');
	});
});

test('docs/escapes.md tells of these sites, and of no others', () => {
	const page = readFileSync(new URL('../../docs/escapes.md', import.meta.url), 'utf8');
	const [head = '', , ...rows] = (/(?:^\|.*\n)+/m.exec(page)?.[0] ?? '').trim().split('\n');
	expect(
		head
			.split('|')
			.slice(3, -1)
			.map((cell) => cell.trim()),
	).toEqual([
		...[
			'trailer fields',
			'push, Early Hints',
			'server-sent events',
			'WebSocket, HTTP/1.1',
			'WebSocket, HTTP/2',
			'gRPC',
		],
	]);
	expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(Object.keys(SITES));
});
