/** The one implementation of {@link Socket}: what of a session is the application's. */
import type { WebSocketFault } from '../../engine/websocket/peer-fault.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { Misuse } from '../../wire/fault.ts';
import { requireClosing } from './close-reason.ts';
import type { Session } from './session.ts';
import type { Message, SendOptions, Socket } from './socket.ts';
import type { TopicHub } from './topics.ts';

export class LiveSocket<Data> implements Socket<Data> {
	data: Data;
	readonly exchange: Exchange;
	readonly subprotocol: string | null;
	readonly #session: Session<Data>;
	readonly #topics: TopicHub;

	constructor(session: Session<Data>, exchange: Exchange, subprotocol: string | null, data: Data, topics: TopicHub) {
		this.#session = session;
		this.exchange = exchange;
		this.subprotocol = subprotocol;
		this.data = data;
		this.#topics = topics;
	}

	get isOpen(): boolean {
		return this.#session.isOpen;
	}
	get fault(): WebSocketFault | null {
		return this.#session.peerFault;
	}
	get bufferedAmount(): number {
		return this.#session.bufferedAmount;
	}
	send(message: Message, options?: SendOptions): boolean {
		if (typeof message !== 'string' && !(message instanceof Uint8Array)) throw notMessage(message);
		return this.#session.send(message, options?.compress);
	}
	ping(payload: Message = ''): void {
		if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) throw notMessage(payload);
		if (payload.length > 125) throw new Misuse('WS-15', 'A Ping carries at most 125 octets (RFC 6455 §5.5).');
		this.#session.sendPing(payload);
	}
	cork(run: () => void): void {
		this.#session.cork(run);
	}
	close(code: number = 1000, reason: string = ''): void {
		this.#session.close(code, requireClosing(code, reason));
	}
	terminate(): void {
		this.#session.terminate();
	}
	pause(): void {
		this.#session.pause();
	}
	resume(): void {
		this.#session.resume();
	}
	subscribe(topic: string): void {
		if (this.#session.isOpen) this.#topics.subscribe(this.#session, topic);
	}
	unsubscribe(topic: string): void {
		this.#topics.unsubscribe(this.#session, topic);
	}
	isSubscribed(topic: string): boolean {
		return this.#session.subscriptions?.some((one) => one.topic.name === topic) ?? false;
	}
	publish(topic: string, message: Message, options?: SendOptions): void {
		if (typeof message !== 'string' && !(message instanceof Uint8Array)) throw notMessage(message);
		if (this.#session.isOpen) this.#topics.publishFrom(this.#session, topic, message, options);
	}
}

function notMessage(given: unknown): Misuse {
	return new Misuse('WS-14', `A message is a string or a Uint8Array, not ${given === null ? 'null' : typeof given}.`);
}
