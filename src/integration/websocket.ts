/** WebSockets: rich applications of them, with compression by node:zlib. */
import { EventSocket } from '../app/websocket/event-socket.ts';
import { MessageLoop, WebSocketEnded } from '../app/websocket/message-loop.ts';
import type { WebSocketOptions } from '../app/websocket/options.ts';
import type { WebSocketHandlers } from '../app/websocket/socket.ts';
import { type WebSocketApp, webSocketApp } from '../app/websocket/websocket.ts';
import type { Exchange } from '../rich/exchange.ts';
import { zlibDeflate } from './zlib-deflate.ts';

export type { Broker } from '../app/websocket/broker.ts';
export { EventSocket, type EventSocketData, SocketCloseEvent } from '../app/websocket/event-socket.ts';
export { MessageLoop, type WebSocketEnd, WebSocketEnded } from '../app/websocket/message-loop.ts';
export type { CompressionOptions, WebSocketOptions } from '../app/websocket/options.ts';
export type {
	Message,
	Offer,
	SendOptions,
	Socket,
	Upgrade,
	WebSocketHandlers,
} from '../app/websocket/socket.ts';
export { type Topics, type TopicsOptions, topics } from '../app/websocket/topics.ts';
export type { WebSocketApp } from '../app/websocket/websocket.ts';
export type { WebSocketLimits } from '../engine/websocket/limits.ts';
export type { WebSocketFault } from '../engine/websocket/peer-fault.ts';

/**
 * A rich application that accepts WebSockets, over HTTP/1.1 (Upgrade, RFC 6455) and over HTTP/2 (extended CONNECT, RFC 8441)
 * alike.
 *
 * @param handlers the events of all its sockets
 * @param options everything has a default
 * @throws Misuse for handlers or options that make no sense (WS-1)
 * @example
 * export default websocket({
 *   message: (socket, message) => socket.send(message),
 * });
 * @example
 * // With data of each socket, and a check before it is accepted.
 * export default websocket<{ user: string }>({
 *   async upgrade(exchange) {
 *     const user = await userOf(exchange.fields.combined('cookie'));
 *     if (user === null) { exchange.respond(401); exchange.end(); return; }
 *     return { data: { user } };
 *   },
 *   open(socket) { socket.subscribe('room'); },
 *   message(socket, message) { socket.publish('room', `${socket.data.user}: ${message}`); },
 * }, { compression: true });
 */
export function websocket<Data = undefined>(
	handlers: WebSocketHandlers<Data>,
	options: WebSocketOptions = {},
): WebSocketApp {
	return webSocketApp(handlers, options, zlibDeflate);
}

/**
 * A rich application of WebSockets with events: the function is called for each client when it has been accepted, with a
 * socket that is about to open.
 *
 * @param run gets the socket, and the exchange that it came by
 * @throws Misuse as `websocket` does
 * @example
 * export default eventSockets((socket) => {
 *   socket.addEventListener('message', ({ data }) => socket.send(data));
 * });
 */
export function eventSockets(
	run: (socket: EventSocket, exchange: Exchange) => unknown,
	options: WebSocketOptions = {},
): WebSocketApp {
	const targets = new WeakMap<object, EventSocket>();
	const targetOf = (socket: object): EventSocket => targets.get(socket) as EventSocket;
	return websocket(
		{
			open(socket) {
				const { exchange } = socket;
				const scheme = exchange.scheme === 'https' ? 'wss' : 'ws';
				const target = new EventSocket(`${scheme}://${exchange.authority}${exchange.target}`);
				targets.set(socket, target);
				const result = run(target, exchange);
				queueMicrotask(() => EventSocket.opened(target, socket));
				return result;
			},
			message: (socket, message) => EventSocket.received(targetOf(socket), message),
			close: (socket, code, reason) => EventSocket.ended(targetOf(socket), code, reason),
		},
		options,
	);
}

/**
 * A rich application of WebSockets with loops: the function is called for each client when it has been accepted. When it
 * returns, the socket is closed with 1000; when it throws, with 1011, unless it says that the socket itself has ended.
 *
 * @param run reads messages by iterating, as fast as it asks for them, and sends
 * @throws Misuse as `websocket` does
 * @example
 * export default messageLoops(async (socket) => {
 *   for await (const message of socket) await socket.send(message);
 * });
 */
export function messageLoops(
	run: (loop: MessageLoop, exchange: Exchange) => unknown,
	options: WebSocketOptions = {},
): WebSocketApp {
	const loops = new WeakMap<object, MessageLoop>();
	const loopOf = (socket: object): MessageLoop => loops.get(socket) as MessageLoop;
	return websocket(
		{
			async open(socket) {
				const loop = new MessageLoop(socket);
				loops.set(socket, loop);
				try {
					await run(loop, socket.exchange);
					loop.close();
				} catch (error) {
					if (!(error instanceof WebSocketEnded)) throw error;
				}
			},
			message: (socket, message) => MessageLoop.received(loopOf(socket), message),
			drain: (socket) => MessageLoop.drained(loopOf(socket)),
			close: (socket, code, reason) => MessageLoop.ended(loopOf(socket), code, reason),
		},
		options,
	);
}

/**
 * What `ctx.upgradeWebSocket()` of a Fetch Server API application opens: a socket with the events and methods of browsers.
 *
 * @param options as those of `websocket()`; the subprotocols are those that the call gives
 * @throws Misuse for options that make no sense (WS-1); what it returns throws one where it cannot accept (WS-37)
 * @example
 * const app = fetchServerToRich(handler, { webSocket: webSocketOpener({ compression: true }) });
 */
export function webSocketOpener(
	options: WebSocketOptions = {},
): (exchange: Exchange, init?: { readonly protocol?: readonly string[] }) => EventSocket {
	let opened: EventSocket | null = null;
	const app = eventSockets((socket) => {
		opened = socket;
	}, options);
	return (exchange, { protocol = [] } = {}) => {
		app.accept(exchange, protocol);
		return opened as EventSocket;
	};
}
