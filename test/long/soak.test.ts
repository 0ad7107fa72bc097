/** A mixed load for minutes: the heap and the connections do not grow. RSGI_SOAK_SECONDS chooses how long; 120 by default. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { forkedServer } from '../support/forked-server.ts';
import { record } from '../support/record.ts';
import { testCertificate } from '../support/served.ts';

const SECONDS = Number(process.env.RSGI_SOAK_SECONDS ?? 120);
/** How much more may be reachable after a collection at the end than after the first rounds, in bytes. */
const BOUND = 2 * 1024 ** 2;

/** One round of everything: quick and slow, whole and broken off, polite and rude. */
async function round(plain: string, tls: string): Promise<void> {
	const { port } = new URL(plain);
	const load = (...args: string[]) => command('h2load', ['-n5000', '-c20', ...args]);
	const results = await Promise.all([
		load('-m20', `${plain}/hello`),
		load('-m20', `${tls}/async`),
		load('--h1', `${plain}/hello`),
		load('--h1', `${tls}/none`),
		load('-m5', '-n200', `${plain}/large?bytes=200000`),
	]);
	for (const { stdout } of results) expect(stdout).toMatch(/ 0 failed, 0 errored, 0 timeout/);
	await Promise.all([
		command('curl', ['-sk', '-T', '-', `${tls}/echo`, '-o', '/dev/null'], new Uint8Array(2_000_000)),
		command('curl', ['-s', '--http1.1', '-T', '-', `${plain}/sum`], new Uint8Array(2_000_000)),
		command('curl', ['-sk', '-o', '/dev/null', `${tls}/throw-late`]),
		command('curl', ['-s', '--http2-prior-knowledge', `${plain}/throw`]),
		command('nghttp', ['--null-out', `${plain}/push`]),
		brokenOff(plain),
		...Array.from({ length: 10 }, () => rude(Number(port))),
	]);
}

/** Many streams, reset in the middle, then the connection. */
async function brokenOff(url: string): Promise<void> {
	const client = connectHttp2(url);
	client.on('error', () => {});
	const streams = Array.from({ length: 50 }, () => client.request({ ':path': '/large?bytes=10000000' }));
	for (const stream of streams) {
		stream.on('error', () => {});
		stream.resume();
	}
	await once(streams[0] as (typeof streams)[0], 'data');
	for (const stream of streams.slice(0, 25)) stream.close();
	client.destroy();
}

/** Says something that is wrong, or half of something, and goes. */
function rude(port: number): Promise<unknown> {
	const socket = connect(port, '127.0.0.1');
	socket.on('error', () => {});
	socket.resume();
	const words = ['GET / HTTP/9.9\r\n\r\n', 'GET /hello HTT', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense', '\0\0\0\0'];
	socket.end(words[Math.floor(Math.random() * words.length)] ?? '');
	return once(socket, 'close');
}

test(`${SECONDS} seconds of a mixed load`, async () => {
	const server = await forkedServer({}, { tls: await testCertificate() });
	const [plain, tls] = server.urls as [string, string];
	for (let warm = 0; warm < 5; warm++) await round(plain, tls);
	const before = await server.heap();
	const until = performance.now() + SECONDS * 1000;
	let rounds = 0;
	while (performance.now() < until) {
		await round(plain, tls);
		rounds++;
	}
	await expect.poll(() => server.connections(), { timeout: 20_000 }).toBe(0);
	const after = await server.heap();
	const grown = after.bytes - before.bytes;
	record(
		`soak of ${SECONDS} s`,
		`${rounds} rounds, ${(grown / 1024 ** 2).toFixed(1)} MiB more reachable after the last than after the fifth, ${after.handles - before.handles} handles more`,
	);
	expect(grown).toBeLessThan(BOUND);
	expect(after.handles).toBeLessThanOrEqual(before.handles);
});
