/** A client's side of a WebSocket engine in memory: octets in any split, and what came of them. */
import { WEBSOCKET_LIMITS, type WebSocketLimits } from '../../src/engine/websocket/limits.ts';
import type { WebSocketFault } from '../../src/engine/websocket/peer-fault.ts';
import type { PerMessageDeflate } from '../../src/engine/websocket/permessage-deflate.ts';
import { Receiver, type ReceiverEvents } from '../../src/engine/websocket/receiver.ts';
import { lend } from './lent-bytes.ts';
import { frame, joined, TEXT } from './websocket-frames.ts';

export interface TalkOptions {
	readonly limits?: Partial<WebSocketLimits>;
	readonly deflate?: PerMessageDeflate | null;
}

/** One client. */
export class Talk implements ReceiverEvents {
	readonly receiver: Receiver;
	/** `text hello`, `binary 1,2,3`, `ping x`, `pong x`, `close 1000 bye`, `fault 1002 RFC 6455 §5.1`. */
	readonly events: string[] = [];
	/** Binary messages as they came. */
	readonly messages: Uint8Array[] = [];
	/** Called with each message, before the call returns. */
	onMessage: (() => void) | null = null;

	constructor(options: TalkOptions = {}) {
		this.receiver = new Receiver(this, { ...WEBSOCKET_LIMITS, ...options.limits }, options.deflate ?? null);
	}

	send(...parts: readonly Uint8Array[]): this {
		this.receiver.receive(joined(...parts));
		return this;
	}

	text(message: string): void {
		this.#tell(`text ${message}`);
		this.onMessage?.();
	}
	binary(message: Uint8Array): void {
		this.messages.push(message);
		this.#tell(`binary ${message.length > 32 ? message.length : message.join()}`);
		this.onMessage?.();
	}
	ping(payload: Uint8Array): void {
		this.#tell(`ping ${String.fromCharCode(...payload)}`);
	}
	pong(payload: Uint8Array): void {
		this.#tell(`pong ${String.fromCharCode(...payload)}`);
	}
	closing(code: number, reason: string): void {
		this.#tell(`close ${code}${reason === '' ? '' : ` ${reason}`}`);
	}
	fault(fault: WebSocketFault): void {
		this.#tell(`fault ${fault.code} ${fault.rule}`);
	}

	#tell(event: string): void {
		const last = this.events.at(-1);
		if (last?.startsWith('close') || last?.startsWith('fault')) throw new Error(`${event} after ${last}`);
		this.events.push(event);
	}
}

/** How input is cut: whole, octet by octet, and with octets behind it, which are seen to be read as well. */
export const SPLITS: readonly (readonly [
	name: string,
	send: (bytes: Uint8Array, options?: TalkOptions) => readonly string[],
])[] = [
	['whole', (bytes, options) => new Talk(options).send(bytes).events],
	[
		'byte by byte',
		(bytes, options) => {
			const talk = new Talk(options);
			for (const octet of bytes) talk.send(Uint8Array.of(octet));
			return talk.events;
		},
	],
	[
		'lent, in halves',
		(bytes, options) => {
			const talk = new Talk(options);
			const half = bytes.length >> 1;
			lend(bytes.slice(0, half), (lent) => talk.receiver.receive(lent));
			lend(bytes.slice(half), (lent) => talk.receiver.receive(lent));
			return talk.events;
		},
	],
	[
		'with bytes behind',
		(bytes, options) => {
			const { events } = new Talk(options).send(bytes, frame(TEXT, 'behind'));
			return events.at(-1) === 'text behind' ? events.slice(0, -1) : events;
		},
	],
];
