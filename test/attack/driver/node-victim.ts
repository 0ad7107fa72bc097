/** Node's own servers, and `ws` for WebSockets, with the routes of our victim and the deadlines that they have. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { WebSocketServer } from 'ws';
import { LARGE } from './our-victim.ts';
import type { Victim, VictimStart } from './victim-process.ts';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

const BLOCK = Buffer.alloc(16 * 1024);

function large(response: Response): void {
	let left = LARGE;
	const pump = (): void => {
		while (left > 0 && !response.destroyed) {
			left -= BLOCK.length;
			// The two responses have one method, with two signatures.
			if (!(response as ServerResponse).write(BLOCK) && left > 0) return;
		}
		response.end();
	};
	response.on('drain', pump);
	pump();
}

function pushes(response: Http2ServerResponse): void {
	const { stream } = response;
	for (let count = 0; count < 10 && stream.pushAllowed; count++) {
		stream.pushStream({ ':path': `/pushed/${count}` }, (error, pushed) => {
			if (error !== null) return;
			pushed.on('error', () => {});
		});
	}
}

export async function nodeVictim({ cert, key, timeouts, handshakeTimeout }: VictimStart): Promise<Victim> {
	let smuggled = 0;
	const listener = (request: Request, response: Response): void => {
		const url = request.url ?? '';
		if (url.includes('smuggled')) smuggled++;
		request.on('error', () => {});
		response.on('error', () => {});
		if (url === '/sum' || url === '/seen') {
			let octets = 0;
			request.on('data', (chunk: Buffer) => {
				octets += chunk.length;
			});
			request.on('end', () => response.end(String(octets)));
			return;
		}
		if (url === '/silent' || url === '/paused') return;
		if (url === '/large') {
			large(response);
			return;
		}
		if (url === '/push' && 'stream' in response) pushes(response);
		response.end('hello');
	};
	const deadlines = {
		headersTimeout: timeouts.head ?? 60_000,
		requestTimeout: timeouts.content ?? 300_000,
		keepAliveTimeout: timeouts.idle ?? 5000,
		connectionsCheckingInterval: 500,
	};
	const http1 = createServer(deadlines, listener as RequestListener);
	const http2 = createHttp2({}, listener);
	const tls = createHttps({ ...deadlines, cert, key, handshakeTimeout }, listener as RequestListener);
	const upgrading = createServer(deadlines);
	const sockets = new WebSocketServer({ server: upgrading, perMessageDeflate: true, maxPayload: 1024 * 1024 });
	sockets.on('connection', (socket) => {
		socket.on('error', () => {});
		socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
	});
	http2.on('session', (session) => session.on('error', () => {}));
	const all: Server[] = [http1, http2, tls, upgrading];
	for (const server of all) {
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	}
	const [a, b, c, d] = all.map((server) => (server.address() as AddressInfo).port) as [number, number, number, number];
	return {
		ports: { http1: a, http2: b, tls: c, websocket: d },
		connections: async () => {
			const counts = await Promise.all(
				all.map((server) => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))),
			);
			return counts.reduce((sum, count) => sum + count, 0);
		},
		smuggled: () => smuggled,
	};
}
