/** Runs a rich application for what a server of Node.js hands out: request and response, or a stream. */
import type {
	Http2Session,
	IncomingMessage,
	ServerHttp2Stream,
	ServerResponse,
	Socket,
	TLSSocket,
} from '../../layer/node/server-objects.ts';
import type { RichApp } from '../../rich/app.ts';
import { LiveExchange } from '../../rich/live-exchange.ts';
import type { RequestHead } from '../../wire/carrier.ts';
import { SocketFacts } from '../socket-facts.ts';
import { type ErrorLog, NodeCarrier, type NodeConnection } from './carrier.ts';
import { MessageSide } from './message-side.ts';
import { messageHead, streamHead } from './request-head.ts';
import type { NodeSide } from './side.ts';
import { type StreamNames, StreamSide } from './stream-side.ts';

/** What exchanges are run with. */
export interface NodeExchanges {
	readonly app: RichApp;
	readonly log: ErrorLog;
	/** The path of the Unix socket that is listened on; null where it is none. */
	readonly unixPath?: string | null | undefined;
	/** Called when an exchange has begun, and when it is over. */
	began?(carrier: NodeCarrier): void;
	over?(carrier: NodeCarrier): void;
}

/** Runs the application over one side. */
export function runExchange(
	exchanges: NodeExchanges,
	side: NodeSide,
	head: RequestHead,
	connection: NodeConnection,
): void {
	const carrier = new NodeCarrier(side, head, connection, exchanges.log, () => exchanges.over?.(carrier));
	exchanges.began?.(carrier);
	const exchange = new LiveExchange(carrier, head, carrier);
	exchange.run(exchanges.app);
	carrier.begin();
}

/**
 * HTTP/1: a request and its response.
 * @param uninvited the client waits for 100 (Continue), and has not got it from the host
 */
export function runMessage(
	exchanges: NodeExchanges,
	request: IncomingMessage,
	response: ServerResponse,
	uninvited: boolean,
): void {
	const head = requestHead(request, uninvited);
	runExchange(exchanges, new MessageSide(request, response, head), head, socketConnection(request.socket, exchanges));
}

/**
 * HTTP/2: a stream.
 * @param headers its header object, for the names of what came never-indexed
 * @param rawHeaders its lines, flat
 */
export function runStream(
	exchanges: NodeExchanges,
	stream: ServerHttp2Stream,
	headers: object,
	rawHeaders: readonly string[],
	names: StreamNames,
): void {
	// The error of a stream that nobody listens to would end the process.
	stream.on('error', () => {});
	const { session } = stream;
	// Closed before anybody saw it: there is nobody to tell.
	if (session === undefined || stream.destroyed) return;
	const sensitive = names.sensitive === null ? [] : (headers as Record<symbol, string[] | undefined>)[names.sensitive];
	const head = streamHead(rawHeaders, stream.endAfterHeaders, sensitive ?? []);
	runExchange(exchanges, new StreamSide(stream, head, names), head, sessionConnection(session, exchanges));
}

/** The head of an HTTP/1 request. */
export function requestHead(request: IncomingMessage, uninvited: boolean): RequestHead {
	return messageHead({
		method: request.method ?? '',
		target: request.url ?? '',
		httpVersion: request.httpVersion,
		rawHeaders: request.rawHeaders,
		secure: isSecure(request.socket),
		expectsContinue: uninvited,
	});
}

const connections = new WeakMap<object, NodeConnection>();

/** The one of a socket. */
export function socketConnection(socket: Socket, { unixPath }: NodeExchanges): NodeConnection {
	let connection = connections.get(socket);
	if (connection === undefined) {
		const facts = new SocketFacts(
			socket,
			isSecure(socket) ? (socket as TLSSocket) : null,
			unixPathOf(socket, unixPath),
		);
		connection = { facts, waiting: 0 };
		connections.set(socket, connection);
	}
	return connection;
}

function sessionConnection(session: Http2Session, { unixPath }: NodeExchanges): NodeConnection {
	let connection = connections.get(session);
	if (connection === undefined) {
		const socket = session.socket as Socket;
		const facts = new SocketFacts(
			socket,
			isSecure(socket) ? (socket as TLSSocket) : null,
			unixPathOf(socket, unixPath),
		);
		// Read now: the session lets go of its socket when it ends.
		void facts.peer;
		void facts.local;
		connection = { facts, waiting: 0 };
		connections.set(session, connection);
	}
	return connection;
}

function unixPathOf(socket: Socket, path: string | null | undefined): string | null {
	if (path !== undefined) return path;
	return socket.remoteFamily === undefined && !socket.destroyed ? '' : null;
}

function isSecure(socket: Socket): boolean {
	return (socket as TLSSocket).encrypted === true;
}
