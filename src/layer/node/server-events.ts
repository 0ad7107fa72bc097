/** Requests told as the events of an http.Server, to an emitter that applications have hung their listeners on. */
import { EventEmitter } from 'node:events';
import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Exchange } from '../../rich/exchange.ts';
import type { Handler } from '../../rich/handler.ts';
import { giveVersion, type ShownRequest } from './shown-request.ts';
import { UpgradeSocket } from './upgrade-socket.ts';

/** An http.Server, or what stands for one. */
export interface ServerLike extends EventEmitter {
	listen(...where: never[]): unknown;
	close(...done: never[]): unknown;
	address(): unknown;
}

/** One of ours gives back what its listener has returned. */
type Returning = ServerLike & { returned?(tell: () => void): unknown };

const NOTHING = Buffer.alloc(0);

export function isServerLike(value: unknown): value is ServerLike {
	if (!(value instanceof EventEmitter)) return false;
	const { listen, close, address } = value as Partial<ServerLike>;
	return typeof listen === 'function' && typeof close === 'function' && typeof address === 'function';
}

/** What answers requests by telling them to a server. */
export function serverListener(server: Returning): (request: IncomingMessage, response: ServerResponse) => unknown {
	return (request, response) => {
		if (server.returned === undefined) return tellRequest(server, request, response);
		return server.returned(() => tellRequest(server, request, response));
	};
}

/** Tells of a request: `checkContinue` where the client waits for 100 (Continue) and somebody listens, or `request`. */
function tellRequest(server: EventEmitter, request: IncomingMessage, response: ServerResponse): void {
	const waits = server.listenerCount('checkContinue') > 0 && /^100-continue$/i.test(request.headers.expect ?? '');
	server.emit(waits ? 'checkContinue' : 'request', request, response);
}

/**
 * Tells of a request for a tunnel, where somebody listens: `connect`, or `upgrade`, which an extended CONNECT is shown as.
 * @returns what is to hear the events of the exchange, or null where nobody listens
 */
export function tellTunnel(server: EventEmitter, exchange: Exchange, shown: ShownRequest): Handler | null {
	const event = exchange.protocol === null ? 'connect' : 'upgrade';
	// A client that sends content wants an answer to that, and h2c is obsolete (RFC 9113 §3.1), but clients still offer it with
	// their first request: a server may ignore Upgrade (RFC 9110 §7.8).
	if (exchange.accept === null || shown.hasContent !== false || exchange.protocol?.toLowerCase() === 'h2c') return null;
	if (server.listenerCount(event) === 0) return null;
	const socket = new UpgradeSocket(exchange, server);
	try {
		server.emit(event, upgradeRequest(socket, exchange, shown), socket, NOTHING);
	} catch (error) {
		// What the listener has set up before it failed hears of the end.
		exchange.attach(socket.handler);
		throw error;
	}
	return socket.handler;
}

/** A request without content, whose socket is that of the tunnel. */
function upgradeRequest(socket: UpgradeSocket, exchange: Exchange, shown: ShownRequest): IncomingMessage {
	const request = new IncomingMessage(socket as never) as IncomingMessage & {
		_addHeaderLines(lines: string[], count: number): void;
		upgrade: boolean;
	};
	request._addHeaderLines(shown.lines, shown.lines.length);
	request.method = shown.method;
	request.url = exchange.target;
	giveVersion(request, exchange.httpVersion);
	request.upgrade = true;
	request.complete = true;
	request.push(null);
	return request;
}
