/** WebSockets: rich applications of them, with compression by node:zlib. */
import type { WebSocketOptions } from '../app/websocket/options.ts';
import type { WebSocketHandlers } from '../app/websocket/socket.ts';
import { type WebSocketApp, webSocketApp } from '../app/websocket/websocket.ts';
import { zlibDeflate } from './zlib-deflate.ts';

export type { Broker } from '../app/websocket/broker.ts';
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
