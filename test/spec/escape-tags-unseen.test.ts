/** spec/escape.md: nobody sees a tag. The whole suite is watched (test/support/tag-watch); here the watch is shown to see. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { rich, utf8 } from 'rsgi';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command } from '../support/command.ts';
import { folder } from '../support/folder.ts';
import { served, servedTls } from '../support/served.ts';
import { requireNone } from '../support/tag-watch/run.ts';
import { TagScan } from '../support/tag-watch/tag-scan.ts';
import { foundIn, watchLog } from '../support/tag-watch/watch.ts';

const TAG = 'rsgi-escape-0123456789abcdef0123456789abcdef';

/** Sends a tag as the rich layer lets it be sent: with the head, or as content. */
const leakingHead = rich((exchange) => {
	exchange.respond(200, ['x-some', `with ${TAG} in it`]);
	exchange.end();
});
const leakingContent = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8(`some ${TAG}`));
});

describe('ESC-4: the watch sees a tag that is sent', () => {
	for (const [name, app] of [
		['in a head', leakingHead],
		['in content', leakingContent],
	] as const) {
		test(`by our server over HTTP/1.1 ${name}`, async () => {
			const { url } = await served(app);
			expect(await foundIn(() => fetch(url).then((response) => response.text()))).not.toEqual([]);
		});
		test.each([false, true])(`by our server over HTTP/2 ${name}, over TLS: %s`, async (isTls) => {
			const { url } = await (isTls ? servedTls(app) : served(app));
			const found = await foundIn(async () => {
				const session = connectHttp2(url, { rejectUnauthorized: false });
				onTestFinished(() => session.close());
				await session.request().toArray();
			});
			expect(found).not.toEqual([]);
		});
	}
	test('by node:http, and by a process of its own', async () => {
		const program = `require('node:http').createServer((_, res) => res.end('${TAG}')).listen(0, '127.0.0.1', async function () {
			await (await fetch('http://127.0.0.1:' + this.address().port)).text(); process.exit(); })`;
		const file = join(folder(), 'findings');
		writeFileSync(file, '');
		const before = process.env.RSGI_TAG_FINDINGS;
		process.env.RSGI_TAG_FINDINGS = file;
		await command(process.execPath, ['-e', program]);
		process.env.RSGI_TAG_FINDINGS = before;
		expect(() => requireNone(file)).toThrow('ESC-4');
		process.exitCode = 0;
		const server = createHttpServer((_req, res) => void res.end(TAG));
		onTestFinished(() => void server.close());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { port } = server.address() as { port: number };
		expect(await foundIn(() => fetch(`http://127.0.0.1:${port}`))).not.toEqual([]);
	});
	test('also across two writes', () => {
		const scan = new TagScan();
		expect([scan.next(utf8(TAG.slice(0, 7))), scan.next(utf8(TAG.slice(7)))]).toEqual([null, 'rsgi-escape-']);
	});
	test('or logged', async () => {
		expect(await foundIn(async () => watchLog({ source: 'app', error: new Error(`no ${TAG}`) }))).not.toEqual([]);
		expect(await foundIn(async () => void process.stderr.write(`${TAG}\n`))).not.toEqual([]);
	});
	test('and nothing where there is none, nor what a client sends', async () => {
		const { url, port } = await served(
			rich((exchange) => {
				exchange.respond(200, ['content-type', 'application/vnd.rsgi.escape']);
				exchange.end(utf8('rsgi-escap'));
			}),
		);
		const found = await foundIn(async () => {
			await (await fetch(url, { headers: { 'x-forged': TAG } })).text();
			const socket = connectTcp(port, '127.0.0.1', () => socket.end(`GET / HTTP/1.1\r\nhost: a\r\nx: ${TAG}\r\n\r\n`));
			await once(socket.resume(), 'close');
		});
		expect(found).toEqual([]);
	});
});
