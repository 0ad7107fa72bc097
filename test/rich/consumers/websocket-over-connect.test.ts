/** The contract tried: a toy WebSocket over extended CONNECT (RFC 8441), and the same over an HTTP/1.1 Upgrade. */
import { describe, expect, test } from 'vitest';
import { type RichApp, rich } from '../../../src/rich/app.ts';
import type { Tunnel } from '../../../src/rich/exchange.ts';
import type { TunnelHandler } from '../../../src/rich/handler.ts';
import type { PairRequest } from '../../../src/rich/pair.ts';
import { utf8 } from '../../../src/wire/utf8.ts';
import { type RecordedClient, recorded } from '../../support/recorded-client.ts';
import { settled } from '../../support/settled.ts';

/** A toy frame: one octet of length, then the message. */
function frame(message: string): Uint8Array {
	return Uint8Array.of(message.length, ...utf8(message));
}

/** Reads toy frames from chunks that are cut anywhere. */
class Frames {
	#rest: number[] = [];

	take(chunk: Uint8Array): string[] {
		this.#rest.push(...chunk);
		const messages: string[] = [];
		for (let size = this.#rest[0]; size !== undefined && this.#rest.length > size; size = this.#rest[0]) {
			messages.push(String.fromCharCode(...this.#rest.splice(0, size + 1).slice(1)));
		}
		return messages;
	}
}

/** Echoes messages; `bye` ends our half, and the peer's end ends ours. */
class EchoSocket implements TunnelHandler {
	tunnel: Tunnel | null = null;
	readonly log: string[] = [];
	readonly #frames = new Frames();
	#ended = false;

	data(chunk: Uint8Array): void {
		for (const message of this.#frames.take(chunk)) {
			this.log.push(message);
			if (this.#ended) continue;
			if (!this.tunnel?.write(frame(message))) this.tunnel?.pause();
			if (message === 'bye') this.#end();
		}
	}
	drain(): void {
		this.tunnel?.resume();
	}
	end(): void {
		this.log.push('(end)');
		this.#end();
	}
	closed({ reason }: { readonly reason: string }): void {
		this.log.push(`(${reason})`);
	}
	#end(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.tunnel?.end();
	}
}

function server(sockets: EchoSocket[], allowed: () => Promise<boolean>): RichApp {
	return rich(
		async (exchange) => {
			if (exchange.protocol !== 'websocket' || exchange.accept === null) {
				exchange.respond(426, ['upgrade', 'websocket']);
				exchange.end();
				return;
			}
			if (!(await allowed())) {
				exchange.respond(403);
				exchange.end(utf8('no'));
				return;
			}
			const socket = new EchoSocket();
			sockets.push(socket);
			socket.tunnel = exchange.accept(['sec-websocket-protocol', 'toy'], socket);
		},
		{ protocols: ['websocket'] },
	);
}

const CONNECT: PairRequest = { method: 'CONNECT', protocol: 'websocket', target: '/chat', scheme: 'https' };
const UPGRADE: PairRequest = { method: 'GET', protocol: 'websocket', target: '/chat', httpVersion: '1.1' };

function messages(client: RecordedClient): string[] {
	return new Frames().take(client.content);
}

describe.each([
	['extended CONNECT', CONNECT],
	['Upgrade', UPGRADE],
])('a WebSocket by %s', (_, request) => {
	test('is accepted and echoes', async () => {
		const sockets: EchoSocket[] = [];
		const client = recorded(
			server(sockets, async () => true),
			request,
		);
		await settled();
		expect(client.log).toEqual(['accept sec-websocket-protocol: toy']);
		client.client.send(frame('one'));
		for (const octet of frame('two')) client.client.send(Uint8Array.of(octet));
		await settled();
		expect(messages(client)).toEqual(['one', 'two']);
	});

	test('keeps what was sent before accept', async () => {
		const sockets: EchoSocket[] = [];
		let allow: (allowed: boolean) => void = () => {};
		const client = recorded(
			server(
				sockets,
				() =>
					new Promise((resolve) => {
						allow = resolve;
					}),
			),
			request,
		);
		client.client.send(frame('early'));
		await settled();
		client.client.send(frame('bird'));
		await settled();
		expect(client.log).toEqual([]);
		expect(client.credited).toBe(0);
		allow(true);
		await settled();
		expect(messages(client)).toEqual(['early', 'bird']);
		expect(client.credited).toBe(11);
	});

	test('is half-closed by the client, then by us', async () => {
		const sockets: EchoSocket[] = [];
		const client = recorded(
			server(sockets, async () => true),
			request,
		);
		client.client.send(frame('last'));
		client.client.end();
		await settled();
		expect(sockets[0]?.log).toEqual(['last', '(end)', '(complete)']);
		expect(client.log.at(-1)).toBe('end');
		expect(client.faults).toEqual([]);
	});

	test('is half-closed by us, then by the client', async () => {
		const sockets: EchoSocket[] = [];
		const client = recorded(
			server(sockets, async () => true),
			request,
		);
		await settled();
		client.client.send(frame('bye'));
		await settled();
		expect(client.log.at(-1)).toBe('end');
		client.client.send(frame('more'));
		await settled();
		expect(sockets[0]?.log).toEqual(['bye', 'more']);
		client.client.end();
		await settled();
		expect(sockets[0]?.log).toEqual(['bye', 'more', '(end)', '(complete)']);
		expect(client.faults).toEqual([]);
	});

	test('is refused, and what came early is dropped', async () => {
		const sockets: EchoSocket[] = [];
		const client = recorded(
			server(sockets, async () => false),
			request,
		);
		client.client.send(frame('early'));
		await settled();
		expect(client.log.filter((line) => line !== 'discard')).toEqual(['respond 403', 'data no', 'end']);
		expect(client.credited).toBe(0);
		expect(sockets).toEqual([]);
	});

	test('hears that the client has gone, open or while it is still being decided', async () => {
		const sockets: EchoSocket[] = [];
		const open = recorded(
			server(sockets, async () => true),
			request,
		);
		await settled();
		open.client.reset(8);
		await settled();
		expect(sockets[0]?.log).toEqual(['(reset)']);
		let allow: (allowed: boolean) => void = () => {};
		const undecided = recorded(
			server(
				sockets,
				() =>
					new Promise((resolve) => {
						allow = resolve;
					}),
			),
			request,
		);
		await settled();
		undecided.client.lose();
		await settled();
		allow(true);
		await settled();
		expect(sockets[1]?.log).toEqual(['(lost)']);
		sockets[1]?.tunnel?.end();
		expect(undecided.faults).toEqual([]);
	});

	test('slows the client down when the client does not read', async () => {
		const sockets: EchoSocket[] = [];
		const client = recorded(
			server(sockets, async () => true),
			request,
			{ marks: { high: 64, hard: 128 } },
		);
		await settled();
		client.client.pause();
		for (let count = 0; count < 100; count++) client.client.send(frame('ten octets'));
		await settled();
		expect(sockets[0]?.log.length).toBe(6);
		client.client.resume();
		await settled();
		expect(messages(client).length).toBe(100);
		expect(client.faults).toEqual([]);
	});
});

test('what asks for no tunnel is told to upgrade', async () => {
	const client = recorded(
		server([], async () => true),
		{ httpVersion: '1.1' },
	);
	await settled();
	expect(client.log).toEqual(['respond 426 upgrade: websocket', 'end']);
});
