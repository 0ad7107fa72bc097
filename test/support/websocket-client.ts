/** A client of a WebSocket application in memory, over either HTTP version. */
import type { RichApp } from '../../src/rich/app.ts';
import type { OutputMarks } from '../../src/rich/context.ts';
import { type PairClient, type PairRequest, pair } from '../../src/rich/pair.ts';
import type { Fields } from '../../src/wire/fields.ts';
import { settled } from './settled.ts';
import {
	CLOSE,
	closing,
	type FrameOptions,
	frame,
	type ServerFrame,
	ServerFrames,
	shown,
	TEXT,
} from './websocket-frames.ts';

/** How a WebSocket is asked for, without further fields. */
export type Handshake = (more?: readonly string[]) => PairRequest;

/** The two ways, for `describe.each`. */
export const HANDSHAKES: readonly (readonly [name: string, request: Handshake])[] = [
	[
		'Upgrade',
		(more = []) => ({
			httpVersion: '1.1',
			protocol: 'websocket',
			target: '/chat',
			authority: 'example.org',
			fields: ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version', '13', ...more],
		}),
	],
	[
		'extended CONNECT',
		(more = []) => ({
			method: 'CONNECT',
			protocol: 'websocket',
			scheme: 'https',
			target: '/chat',
			authority: 'example.org',
			fields: ['sec-websocket-version', '13', ...more],
		}),
	],
];

export class WebSocketClient {
	readonly client: PairClient;
	/** `accept`, `respond 400`, `text hello`, `close 1000`, `end`, `reset 8` … */
	readonly log: string[] = [];
	readonly frames: ServerFrame[] = [];
	/** What the application's failures were reported as. */
	readonly faults: unknown[] = [];
	/** Fields of the response. */
	fields: Fields | null = null;
	accepted = false;
	/** Octets of the tunnel that have come. */
	received = 0;
	/** Chunks of them. */
	chunks = 0;

	constructor(app: RichApp, request: PairRequest, marks: Partial<OutputMarks> = {}) {
		const reader = new ServerFrames();
		this.client = pair(app, request, { marks, report: (error) => void this.faults.push(error) });
		this.client.events = {
			respond: (status, fields) => {
				this.log.push(`respond ${status}`);
				this.fields = fields;
			},
			accept: (fields) => {
				this.log.push('accept');
				this.accepted = true;
				this.fields = fields;
			},
			data: (chunk) => {
				if (!this.accepted) return;
				this.received += chunk.length;
				this.chunks++;
				for (const one of reader.take(chunk)) {
					this.frames.push(one);
					this.log.push(shown(one));
				}
			},
			end: () => this.log.push('end'),
			reset: (code) => this.log.push(`reset ${code}`),
		};
	}

	/** Connects, and waits until it is answered. */
	static async connect(app: RichApp, request: PairRequest, marks?: Partial<OutputMarks>): Promise<WebSocketClient> {
		const client = new WebSocketClient(app, request, marks);
		await settled();
		return client;
	}

	/** Sends a frame, and waits for what comes of it. */
	async send(opcode: number, payload: Uint8Array | string = '', options?: FrameOptions): Promise<this> {
		this.client.send(frame(opcode, payload, options));
		await settled();
		return this;
	}

	text(message: string): Promise<this> {
		return this.send(TEXT, message);
	}

	close(code: number, reason = ''): Promise<this> {
		return this.send(CLOSE, closing(code, reason));
	}

	/** What has come since the last call. */
	take(): string[] {
		return this.log.splice(0);
	}
}
