/** WebSockets whose messages Python has: one application of them for each set of options. */
import type { Socket, WebSocketHandlers } from '../../app/websocket/socket.ts';
import type { Topics } from '../../app/websocket/topics.ts';
import type { WebSocketApp } from '../../app/websocket/websocket.ts';
import { websocket } from '../../integration/websocket.ts';
import type { Exchange } from '../../rich/exchange.ts';

/** Who is told of one socket. */
export interface SocketTaker {
	opened(socket: Socket<SocketTaker>): void;
	message(message: string | Uint8Array): void;
	drained(): void;
	socketClosed(code: number, reason: string): void;
}

/** More sets of options than this are no classes of an application. */
const APPS_MAX = 256;

const HANDLERS: WebSocketHandlers<SocketTaker> = {
	open: (socket) => socket.data.opened(socket),
	message: (socket, message) => socket.data.message(message),
	drain: (socket) => socket.data.drained(),
	close: (socket, code, reason) => socket.data.socketClosed(code, reason),
};

/** The WebSockets of one WSGI application. */
export class SocketRelay {
	readonly topics: Topics;
	readonly #apps = new Map<string, WebSocketApp>();
	readonly #takers = new WeakMap<Exchange, SocketTaker>();

	constructor(topics: Topics) {
		this.topics = topics;
	}

	/**
	 * Accepts a WebSocket, or refuses it.
	 * @throws Misuse for options that make no sense (WS-1)
	 */
	run(exchange: Exchange, options: Readonly<Record<string, unknown>>, taker: SocketTaker): ReturnType<WebSocketApp> {
		this.#takers.set(exchange, taker);
		return this.#app(options)(exchange);
	}

	#app(options: Readonly<Record<string, unknown>>): WebSocketApp {
		const key = JSON.stringify(options);
		const known = this.#apps.get(key);
		if (known !== undefined) return known;
		const { subprotocols, origins, compression, messageSize } = options;
		const app = websocket<SocketTaker>(
			{ ...HANDLERS, upgrade: (exchange) => ({ data: this.#takers.get(exchange) as SocketTaker }) },
			{
				subprotocols: subprotocols as string[],
				origins: origins as 'same' | 'any' | string[],
				compression: compression === true,
				limits: { messageSize: messageSize as number },
				topics: this.topics,
			},
		);
		if (this.#apps.size < APPS_MAX) this.#apps.set(key, app);
		return app;
	}
}
