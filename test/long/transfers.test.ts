/** A gibibyte up and a gibibyte down over each protocol, to peers that are fast, slow and stalled: memory stays bounded. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ForkedServer, forkedServer } from '../support/forked-server.ts';
import { record } from '../support/record.ts';
import { testCertificate } from '../support/served.ts';

const GIB = 1024 ** 3;
/**
 * How much a transfer may add to the resident memory of the server, in bytes. Most of it is garbage not collected yet, and over
 * TLS buffers of OpenSSL.
 */
const BOUND = 160 * 1024 ** 2;

const VARIANTS: readonly { name: string; args: readonly string[]; tls: boolean; h2: boolean }[] = [
	{ name: 'HTTP/1.1', args: ['--http1.1'], tls: false, h2: false },
	{ name: 'HTTP/2', args: ['--http2-prior-knowledge'], tls: false, h2: true },
	{ name: 'HTTP/1.1 over TLS', args: ['-k', '--http1.1'], tls: true, h2: false },
	{ name: 'HTTP/2 over TLS', args: ['-k', '--http2'], tls: true, h2: true },
];

async function start(tls: boolean, timeouts = {}): Promise<ForkedServer & { url: string }> {
	const server = await forkedServer({ timeouts, ...(tls ? { tls: await testCertificate() } : {}) });
	return { ...server, url: server.urls[0] as string };
}

/** Runs a shell pipeline and gives its standard output. */
async function shell(line: string): Promise<string> {
	const child = spawn('bash', ['-o', 'pipefail', '-c', line], { stdio: ['ignore', 'pipe', 'inherit'] });
	let out = '';
	child.stdout.on('data', (chunk) => {
		out += String(chunk);
	});
	const [code] = (await once(child, 'close')) as [number];
	expect(code, line).toBe(0);
	return out;
}

describe.each(VARIANTS)('1 GiB over $name', ({ name, args, tls, h2 }) => {
	async function bounded(title: string, server: ForkedServer, run: () => Promise<void>): Promise<void> {
		const before = await server.baseline();
		const began = performance.now();
		await run();
		const grown = (await server.peak()) - before;
		record(
			`${name}: ${title}`,
			`${(grown / 1024 ** 2).toFixed(1)} MiB more at the peak, ${((performance.now() - began) / 1000).toFixed(1)} s`,
		);
		expect(grown).toBeLessThan(BOUND);
	}

	test('download', async () => {
		const server = await start(tls);
		await bounded('1 GiB download', server, async () => {
			const out = await shell(`curl -sS ${args.join(' ')} '${server.url}/large?bytes=${GIB}' | wc -c`);
			expect(out.trim()).toBe(String(GIB));
		});
	});

	test('download by a slow peer', async () => {
		const server = await start(tls);
		await bounded('1 GiB download at 40 MB/s', server, async () => {
			const out = await shell(`curl -sS --limit-rate 40M ${args.join(' ')} '${server.url}/large?bytes=${GIB}' | wc -c`);
			expect(out.trim()).toBe(String(GIB));
		});
	});

	test('upload', async () => {
		const server = await start(tls);
		await bounded('1 GiB upload', server, async () => {
			const out = await shell(`head -c ${GIB} /dev/zero | curl -sS ${args.join(' ')} -T - '${server.url}/sum'`);
			expect(out).toMatch(new RegExp(`^${GIB} `));
		});
	});

	test('upload by a slow peer', async () => {
		const server = await start(tls);
		await bounded('1 GiB upload at 40 MB/s', server, async () => {
			const out = await shell(
				`head -c ${GIB} /dev/zero | curl -sS --limit-rate 40M ${args.join(' ')} -T - '${server.url}/sum'`,
			);
			expect(out).toMatch(new RegExp(`^${GIB} `));
		});
	});

	test('download by a peer that stalls: bounded, then ended by the stall deadline', async () => {
		const server = await start(tls, { stall: 4000 });
		const peers = 20;
		await bounded(`1 GiB download, ${peers} stalled peers`, server, async () => {
			const url = new URL(server.url);
			for (let peer = 0; peer < peers; peer++) {
				if (h2) {
					const session = connectHttp2(server.url, { rejectUnauthorized: false });
					session.on('error', () => {});
					onTestFinished(() => session.destroy());
					session
						.request({ ':path': `/large?bytes=${GIB}` })
						.on('error', () => {})
						.pause();
				} else {
					const socket = tls
						? connectTls({ port: Number(url.port), host: url.hostname, rejectUnauthorized: false })
						: connectTcp({ port: Number(url.port), host: url.hostname });
					socket.on('error', () => {});
					onTestFinished(() => void socket.destroy());
					socket.write(`GET /large?bytes=${GIB} HTTP/1.1\r\nHost: a\r\n\r\n`);
					socket.pause();
				}
			}
			await expect.poll(() => server.outcomes(), { timeout: 30_000, interval: 500 }).toHaveLength(peers);
			expect(new Set(await server.outcomes())).toEqual(new Set(['/large timeout']));
		});
	});

	test('upload by a peer that stalls: ended by the content deadline', async () => {
		const server = await start(tls, { content: 3000 });
		await bounded('upload that stalls', server, async () => {
			if (h2) {
				const session = connectHttp2(server.url, { rejectUnauthorized: false });
				session.on('error', () => {});
				onTestFinished(() => session.destroy());
				const stream = session.request({ ':path': '/sum', ':method': 'POST' });
				stream.on('error', () => {});
				stream.write(Buffer.alloc(1000));
				await once(stream, 'close');
				expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
			} else {
				const url = new URL(server.url);
				const socket = tls
					? connectTls({ port: Number(url.port), host: url.hostname, rejectUnauthorized: false })
					: connectTcp({ port: Number(url.port), host: url.hostname });
				socket.write(`POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: ${GIB}\r\n\r\nbegun`);
				socket.resume();
				socket.on('error', () => {});
				await once(socket, 'close');
			}
			await expect.poll(() => server.outcomes(), { timeout: 10_000 }).toEqual(['/sum timeout']);
		});
	});
});
