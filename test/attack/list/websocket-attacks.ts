/** Attacks on WebSockets. */
import { setTimeout as after } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { BINARY, frame, joined, PING, PONG, RSV1, ServerFrames, shown, TEXT } from '../../support/websocket-frames.ts';
import { type Attack, CONNECTIONS, each, Foe, STILL_OPEN } from './attack.ts';

const HANDSHAKE =
	'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n';

/** A client of WebSockets, as wrong as it likes. */
class WebSocketFoe extends Foe {
	/** The Close frame of the server. */
	close = '';
	#frames: ServerFrames | null = null;
	#head = '';

	protected override take(chunk: Buffer): void {
		super.take(chunk);
		if (this.#frames === null) {
			this.#head += chunk.toString('latin1');
			const end = this.#head.indexOf('\r\n\r\n');
			if (end < 0) return;
			this.#frames = new ServerFrames();
			chunk = Buffer.from(this.#head.slice(end + 4), 'latin1');
		}
		for (const one of this.#frames.take(chunk)) {
			if (one.opcode === 8) this.close = shown(one).split(' ').slice(0, 2).join(' ');
		}
	}

	async outcome(): Promise<string> {
		const ended = await this.ended();
		this.leave();
		if (!ended) return STILL_OPEN;
		return this.close === '' ? 'closed' : this.close;
	}
}

function attack(
	name: string,
	rule: string,
	allowed: readonly string[],
	act: (foe: WebSocketFoe) => Promise<void>,
	reads = true,
): Attack {
	return {
		name,
		rule,
		allowed,
		run: ({ websocket }, tell) =>
			each(CONNECTIONS, async () => {
				const foe = await new WebSocketFoe(websocket, reads).connected();
				await foe.send(HANDSHAKE);
				await act(foe);
				foe.socket.resume();
				tell(await foe.outcome());
			}),
	};
}

async function flood(foe: WebSocketFoe, octets: Uint8Array, count: number): Promise<void> {
	for (let turn = 0; turn < count && !foe.isOver && foe.close === ''; turn++) await foe.send(octets, 3000);
}

/** 256 MiB of zeros, in some 250 KiB. */
const BOMB = frame(BINARY, deflateRawSync(Buffer.alloc(256 * 1024 * 1024), { finishFlush: 2 }).subarray(0, -4), {
	bits: RSV1,
});
const many = (one: Uint8Array, count: number): Uint8Array => joined(...Array.from({ length: count }, () => one));

export const WEBSOCKET_ATTACKS: readonly Attack[] = [
	attack('Decompression bomb', 'RFC 7692 §8; RFC 6455 §7.4.1, messageSize', ['close 1009'], (foe) =>
		flood(foe, BOMB, 1),
	),
	attack('Bomb in fragments', 'RFC 7692 §8; RFC 6455 §7.4.1, messageSize', ['close 1009'], async (foe) => {
		const content = deflateRawSync(Buffer.alloc(16 * 1024 * 1024), { finishFlush: 2 }).subarray(0, -4);
		await foe.send(frame(BINARY, content.subarray(0, 1), { bits: RSV1, fin: false }));
		for (let at = 1; at < content.length && !foe.isOver; at += 16) {
			await foe.send(frame(0, content.subarray(at, at + 16), { fin: at + 16 >= content.length }));
		}
	}),
	attack('Message too large', 'RFC 6455 §7.4.1, messageSize', ['close 1009'], (foe) =>
		flood(foe, frame(BINARY, new Uint8Array(2 * 1024 * 1024)), 4),
	),
	attack('Fragments of an octet', 'RFC 6455 §5.4, messageFrames', ['close 1009'], async (foe) => {
		await foe.send(frame(TEXT, 'x', { fin: false }));
		await flood(foe, many(frame(0, 'x', { fin: false }), 1000), 200);
	}),
	attack('Fragments without octets', 'RFC 6455 §5.4, messageFrames', ['close 1009'], async (foe) => {
		await foe.send(frame(TEXT, '', { fin: false }));
		await flood(foe, many(frame(0, '', { fin: false }), 1000), 200);
	}),
	attack('Pings', 'RFC 6455 §5.5.2, WS-22: answered as they are read', ['close 1000'], async (foe) => {
		await flood(foe, many(frame(PING, 'x'.repeat(100)), 1000), 50);
		await foe.send(frame(8, Uint8Array.of(3, 232)));
	}),
	attack(
		'Pings, pongs not read',
		'RFC 6455 §5.5.2, timeouts.stall',
		['closed', 'close 1000', 'close 1006', 'close 1001'],
		async (foe) => {
			await flood(foe, many(frame(PING, 'x'.repeat(100)), 1000), 200);
			await after(4000);
		},
		false,
	),
	attack('Pongs', 'RFC 6455 §5.5.3', ['close 1000'], async (foe) => {
		await flood(foe, many(frame(PONG, 'x'.repeat(100)), 1000), 50);
		await foe.send(frame(8, Uint8Array.of(3, 232)));
	}),
	attack('Frames that break a rule, and no close', 'RFC 6455 §7.1.1, closing', ['close 1002'], (foe) =>
		flood(foe, frame(TEXT, 'x', { mask: null }), 1),
	),
];
