/** Gives a server of node:http, node:https or node:http2 to a rich application, with all that such a server can do. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { type Http2SecureServer, type Http2Server, type ServerHttp2Stream, sensitiveHeaders } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ErrorLog, NodeCarrier } from '../../adapter/node-host/carrier.ts';
import {
	type NodeExchanges,
	requestHead,
	runExchange,
	runMessage,
	runStream,
	socketConnection,
} from '../../adapter/node-host/exchanges.ts';
import { standardError } from '../../adapter/standard-error.ts';
import { declares, undeclaredProtocol } from '../../connection/undeclared-protocol.ts';
import { type RichApp, requireRich, rich } from '../../rich/app.ts';
import { Misuse } from '../../wire/fault.ts';
import { Roster } from '../../wire/roster.ts';
import { utf8 } from '../../wire/utf8.ts';
import { behind, responseOn } from './behind-response.ts';
import { UpgradeSide } from './upgrade-side.ts';

/** A server that an application can be attached to. */
export type ForeignServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** How an application is attached. */
export interface AttachOptions {
	/** Told what the application throws; standard error by default. Must not throw. */
	readonly log?: ErrorLog | undefined;
}

/** An application that is attached. */
export interface Attached {
	/**
	 * Takes the application off the server, which goes on: it then answers nothing until it gets other listeners. The exchanges that
	 * are open are told `stopping`, so that WebSockets are closed. Resolves when they have ended and `app.stop` has run; likewise
	 * after the server has closed, which waits for them and tells nobody: to stop, detach first.
	 */
	detach(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Gives all requests of a server to a rich application: those of `request`, `upgrade`, `connect` and `checkContinue`, and on
 * HTTP/2 those of `stream`. The server's own settings stay as they are, save that extended CONNECT (RFC 8441) is announced where the
 * application declares protocols. What is lost beside a server of ours: HOST-1 to HOST-9 in spec/hosts.md.
 *
 * @param server not necessarily listening yet
 * @throws Misuse for what is no rich application (RICH-3), no such server, or a server that answers requests already (HOST-10);
 *   what `app.start` throws
 * @example
 * const server = createSecureServer({ key, cert, allowHTTP1: true });
 * await attach(server, app);
 * server.listen(8443);
 */
export async function attach(server: ForeignServer, app: RichApp, options: AttachOptions = {}): Promise<Attached> {
	requireRich(app, 'attach()');
	requireIdle(server);
	await app.start?.();
	return new Attachment(server, app, options.log ?? standardError);
}

/** The events that requests come by. */
const REQUEST_EVENTS = ['request', 'stream', 'upgrade', 'connect', 'checkContinue'] as const;

function requireIdle(server: ForeignServer): void {
	if (typeof server?.on !== 'function' || typeof server.address !== 'function') {
		throw new Misuse('HOST-10', 'attach() takes a server made by node:http, node:https or node:http2.');
	}
	const taken = REQUEST_EVENTS.find((event) => server.listenerCount(event) > 0);
	if (taken === undefined) return;
	throw new Misuse(
		'HOST-10',
		`This server has a listener for ${taken} already, so each request would be answered twice: make the server without one, ` +
			'or put richToNode(app) where the rich application shall stand.',
	);
}

type Listener = (...args: never[]) => unknown;

class Attachment implements Attached, NodeExchanges {
	readonly app: RichApp;
	readonly log: ErrorLog;
	readonly #server: ForeignServer;
	readonly #listeners: [event: string, listener: Listener][] = [];
	readonly #open = new Roster<NodeCarrier>();
	#idle: (() => void) | null = null;
	#detached: Promise<void> | null = null;

	constructor(server: ForeignServer, app: RichApp, log: ErrorLog) {
		this.app = app;
		this.log = log;
		this.#server = server;
		const { protocols = [] } = app;
		if (isHttp2(server)) {
			if (protocols.length > 0) server.updateSettings({ enableConnectProtocol: true });
			this.#on('stream', this.#stream);
		}
		// A secure server of HTTP/2 may speak HTTP/1 too; it then has the compatibility API tell of its streams once more.
		if (!isHttp2(server) || 'setSecureContext' in server) {
			this.#on('request', (request: IncomingMessage, response: ServerResponse) =>
				this.#message(request, response, false),
			);
			this.#on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
				this.#message(request, response, true),
			);
			this.#on('upgrade', this.#tunnel);
			this.#on('connect', this.#tunnel);
		}
		this.#on('close', () => void this.detach());
	}

	get unixPath(): string | null {
		const address = this.#server.address();
		return typeof address === 'string' ? address : null;
	}

	began(carrier: NodeCarrier): void {
		this.#open.add(carrier);
	}

	over(carrier: NodeCarrier): void {
		this.#open.delete(carrier);
		if (this.#open.size === 0) this.#idle?.();
	}

	detach(): Promise<void> {
		this.#detached ??= this.#detach();
		return this.#detached;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.detach();
	}

	async #detach(): Promise<void> {
		for (const [event, listener] of this.#listeners) this.#server.off(event, listener as (...args: unknown[]) => void);
		for (const carrier of this.#open.values()) carrier.sink.stopping?.();
		if (this.#open.size > 0) {
			await new Promise<void>((resolve) => {
				this.#idle = resolve;
			});
		}
		await this.app.stop?.();
	}

	#on(event: string, listener: Listener): void {
		this.#listeners.push([event, listener]);
		this.#server.on(event, listener as (...args: unknown[]) => void);
	}

	// ---- requests ---------------------------------------------------------------------------------------------------

	#message(request: IncomingMessage, response: ServerResponse, uninvited: boolean): void {
		if (request.httpVersionMajor === 2) return;
		runMessage(this, request, response, uninvited);
	}

	readonly #stream = (
		stream: ServerHttp2Stream,
		headers: Record<string, unknown>,
		_flags: number,
		rawHeaders: readonly string[],
	): void => {
		const protocol = headers[':protocol'];
		const declared = typeof protocol !== 'string' || declares(this.app, protocol);
		const exchanges = declared ? this : this.#with(undeclaredProtocol);
		runStream(exchanges, stream, headers, rawHeaders, { sensitive: sensitiveHeaders });
	};

	/** Upgrade and CONNECT of HTTP/1. */
	readonly #tunnel = (request: IncomingMessage, duplex: Duplex, early: Uint8Array): void => {
		if (request.httpVersionMajor === 2) return;
		// Node.js has taken its own listeners off; an error without one would end the process.
		duplex.on('error', () => {});
		const socket = duplex as Socket;
		const ahead = responseOn(socket);
		if (ahead !== null) {
			if (early.length > 0) socket.unshift(early);
			behind(ahead, socket, () => this.#tunnel(request, socket, new Uint8Array(0)));
			return;
		}
		const head = requestHead(request, false);
		const withContent = head.contentLength !== 0 && head.method !== 'CONNECT';
		const side = new UpgradeSide(request, socket, withContent ? new Uint8Array(0) : early, head);
		runExchange(withContent ? this.#with(contentBeforeUpgrade) : this, side, head, socketConnection(socket, this));
	};

	/** The same with another application, for what the application is not asked. */
	#with(app: RichApp): NodeExchanges {
		return {
			app,
			log: this.log,
			unixPath: this.unixPath,
			began: (carrier) => this.began(carrier),
			over: (carrier) => this.over(carrier),
		};
	}
}

function isHttp2(server: ForeignServer): server is Http2Server | Http2SecureServer {
	return 'updateSettings' in server;
}

/** Node.js before 26 gives the socket away with the content still in it. */
const contentBeforeUpgrade: RichApp = rich((exchange) => {
	exchange.respond(501, ['content-type', 'text/plain; charset=utf-8']);
	exchange.end(utf8('This server takes no Upgrade with content: send it without.\n'));
});
