/** WebSockets of headless Chromium, over both HTTP versions: which one it used is what the server saw. */
import { rich } from 'rsgi';
import { websocket } from 'rsgi/websocket';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/wire/utf8.ts';
import { browser } from '../support/browser.ts';
import { served, servedTls } from '../support/served.ts';
import { WebSocketLog } from '../support/websocket-log.ts';

const PAGE = utf8('<!doctype html><title>WebSocket</title>');

/** Runs in the page: what came of a conversation. */
async function converse(path: string): Promise<Record<string, unknown>> {
	const socket = new WebSocket(path.replace(/^http/, 'ws'), ['other', 'echo']);
	socket.binaryType = 'arraybuffer';
	const messages: unknown[] = [];
	const opened = await new Promise((resolve) => {
		socket.onopen = () => resolve('open');
		socket.onerror = () => resolve('error');
	});
	if (opened === 'error') return { opened };
	const next = (): Promise<unknown> =>
		new Promise((resolve) => {
			socket.onmessage = ({ data }) =>
				resolve(typeof data === 'string' ? data : [...new Uint8Array(data as ArrayBuffer)]);
		});
	for (const message of ['hello ☺', new Uint8Array([1, 2, 3]), 'long '.repeat(50_000)]) {
		const answer = next();
		socket.send(message);
		messages.push(await answer);
	}
	const { protocol, extensions } = socket;
	const closed = new Promise<CloseEvent>((resolve) => {
		socket.onclose = resolve;
	});
	socket.close(4000, 'done');
	const { code, reason, wasClean } = await closed;
	return { opened, messages, protocol, extensions, code, reason, wasClean };
}

describe.each([
	{ name: 'HTTP/1.1', tls: false, version: '1.1' },
	{ name: 'HTTP/2', tls: true, version: '2' },
])('Chromium over $name', ({ tls, version }) => {
	test.each([false, true])('WS-2, WS-27: a conversation, compressed: %s', async (compression) => {
		const handlers = new WebSocketLog();
		handlers.onMessage = (socket, message) => socket.send(message);
		const seen: string[] = [];
		const page = rich((exchange) => {
			exchange.respond(200, ['content-type', 'text/html']);
			exchange.end(PAGE);
		});
		const app = websocket(
			Object.assign(handlers, {
				upgrade(exchange: {
					httpVersion: string;
					method: string;
					protocol: string | null;
					connection: { id: number };
				}) {
					seen.push(`${exchange.method} ${exchange.protocol} ${exchange.httpVersion}`);
				},
			}),
			{ otherwise: page, subprotocols: ['echo'], compression },
		);
		const at = await (tls ? servedTls(app) : served(app));
		const context = await browser(tls ? { tls: at.url } : {});
		const tab = await context.newPage();
		// From localhost Chromium opens an HTTP/2 connection for the page; its WebSocket is one more stream of it.
		await tab.goto(`${at.url}/`);
		const result = await tab.evaluate(converse, `${at.url}/socket`);
		expect(result).toEqual({
			opened: 'open',
			messages: ['hello ☺', [1, 2, 3], 'long '.repeat(50_000)],
			protocol: 'echo',
			extensions: compression ? expect.stringContaining('permessage-deflate') : '',
			code: 4000,
			reason: 'done',
			wasClean: true,
		});
		expect(seen).toEqual([tls ? 'CONNECT websocket 2' : 'GET websocket 1.1']);
		expect(handlers.last.exchange.httpVersion).toBe(version);
		await expect.poll(() => handlers.log.at(-1)).toBe('close 4000 done');
		expect(at.log.filter(({ source }) => source !== 'peer')).toEqual([]);
	});

	test('WS-8: a page of another origin may not connect', async () => {
		const page = rich((exchange) => {
			exchange.respond(200, ['content-type', 'text/html']);
			exchange.end(PAGE);
		});
		const app = websocket({ open: () => expect.unreachable() });
		const at = await (tls ? servedTls(app) : served(app));
		const other = await served(page);
		const context = await browser(tls ? { tls: at.url } : {});
		const tab = await context.newPage();
		await tab.goto(`${other.url}/`);
		expect(await tab.evaluate(converse, `${at.url}/socket`)).toEqual({ opened: 'error' });
	});
});
