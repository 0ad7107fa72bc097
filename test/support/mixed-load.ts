/** One round of everything a server is asked for: quick and slow, whole and broken off, polite and rude. */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { command } from './command.ts';

/** Where the load goes: a server of `mixedApp`. */
export interface MixedServer {
	/** In clear. */
	readonly plain: string;
	readonly tls: string;
	/** `ws://…` of a bridge to HTTP/2. */
	readonly bridge: string;
	/** Requests of each kind in a round. */
	readonly requests: number;
}

/** A round; it has ended when all of its clients have. */
export async function mixedRound({ plain, tls, bridge, requests }: MixedServer): Promise<void> {
	const { port, host } = new URL(plain);
	const load = (count: number, ...args: string[]) => command('h2load', [`-n${count}`, '-c10', ...args]);
	const results = await Promise.all([
		load(requests, '-m20', `${plain}/hello`),
		load(requests, '-m20', `${tls}/async`),
		load(requests, '--h1', `${plain}/hello`),
		load(requests, '--h1', `${tls}/none`),
		load(requests / 25, '-m5', `${plain}/large?bytes=200000`),
		...['fetch', 'node', 'gateway'].flatMap((layer) => [
			load(requests / 5, '-m10', `${plain}/escape/${layer}`),
			load(requests / 5, '--h1', `${tls}/escape/${layer}`),
		]),
		load(requests / 5, '-m10', `${tls}/python`),
		load(requests / 5, '--h1', `${plain}/python`),
		load(requests / 25, '-m5', `${plain}/events`),
	]);
	for (const { stdout } of results) {
		expect(stdout).toMatch(/ 0 failed, 0 errored, 0 timeout/);
		expect(stdout).toMatch(/ 0 3xx, 0 4xx, 0 5xx/);
	}
	await Promise.all([
		command('curl', ['-sk', '-T', '-', `${tls}/echo`, '-o', '/dev/null'], new Uint8Array(2_000_000)),
		command('curl', ['-s', '--http1.1', '-T', '-', `${plain}/sum`], new Uint8Array(2_000_000)),
		command('curl', ['-sk', '-o', '/dev/null', `${tls}/throw-late`]),
		command('curl', ['-s', '--http2-prior-knowledge', `${plain}/throw`]),
		command('curl', ['-s', '--http2-prior-knowledge', `${plain}/escape/denied`]),
		command('nghttp', ['--null-out', `${plain}/push`]),
		brokenOff(plain),
		...['/socket', '/escape/socket'].flatMap((path) => [
			echoed(`ws://${host}${path}`),
			echoed(`${bridge}${path}`),
			left(`ws://${host}${path}`),
			left(`${bridge}${path}`),
		]),
		...Array.from({ length: 10 }, () => rude(Number(port))),
	]);
}

/** Many streams, reset in the middle, then the connection. */
async function brokenOff(url: string): Promise<void> {
	const client = connectHttp2(url);
	client.on('error', () => {});
	const targets = ['/large?bytes=10000000', '/events', '/escape/fetch', '/python'];
	const streams = Array.from({ length: 48 }, (_, at) => client.request({ ':path': targets[at % 4] ?? '' }));
	for (const stream of streams) {
		stream.on('error', () => {});
		stream.resume();
	}
	await once(streams[0] as (typeof streams)[0], 'data');
	for (const stream of streams.slice(0, 24)) stream.close();
	client.destroy();
}

/** A WebSocket whose messages come back, and that closes as it should. */
async function echoed(url: string): Promise<void> {
	const socket = new WebSocket(url);
	await once(socket, 'open');
	for (let message = 0; message < 20; message++) {
		const back = once(socket, 'message');
		socket.send('x'.repeat(message * 100));
		await back;
	}
	const closed = once(socket, 'close');
	socket.close();
	await closed;
}

/** One whose client goes without a word. */
async function left(url: string): Promise<void> {
	const socket = new WebSocket(url);
	await once(socket, 'open');
	socket.send('x');
	const closed = once(socket, 'close');
	socket.terminate();
	await closed;
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
