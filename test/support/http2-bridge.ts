/**
 * Lets clients that know WebSocket over HTTP/1.1 alone speak it over HTTP/2: a server on 127.0.0.1 takes their Upgrade, asks
 * for the same by extended CONNECT (RFC 8441) with node:http2, and passes octets on, both ways.
 */
import { createHash } from 'node:crypto';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What belongs to the connection of HTTP/1.1, and what the HTTP/2 one has in another place. */
const HOP_BY_HOP = new Set(['connection', 'upgrade', 'host']);

/** A bridge that ends with the test. @returns its URL, `ws://…` */
export async function overHttp2(url: string): Promise<string> {
	const bridge = await startBridge(url);
	onTestFinished(() => bridge.close());
	return bridge.url;
}

/** A bridge to the server at this URL. */
async function startBridge(url: string): Promise<{ readonly url: string; close(): void }> {
	const session = connect(url, { settings: { initialWindowSize: 1024 * 1024 } });
	session.on('error', () => {});
	await new Promise((resolve) => session.once('remoteSettings', resolve));
	const sockets = new Set<Socket>();
	const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		socket.on('error', () => {});
		let head = Buffer.alloc(0);
		const onData = (chunk: Buffer): void => {
			head = Buffer.concat([head, chunk]);
			const end = head.indexOf('\r\n\r\n');
			if (end < 0) return;
			socket.off('data', onData);
			socket.pause();
			pass(socket, head.subarray(0, end).toString('latin1'), head.subarray(end + 4));
		};
		socket.on('data', onData);
	});

	function pass(socket: Socket, head: string, rest: Buffer): void {
		const [line = '', ...lines] = head.split('\r\n');
		const fields: IncomingHttpHeaders = {};
		let key = '';
		for (const field of lines) {
			const at = field.indexOf(':');
			const name = field.slice(0, at).toLowerCase();
			const value = field.slice(at + 1).trim();
			if (name === 'sec-websocket-key') key = value;
			else if (name !== '' && !HOP_BY_HOP.has(name)) fields[name] = value;
		}
		const stream = session.request({
			':method': 'CONNECT',
			':protocol': 'websocket',
			':path': line.split(' ')[1] ?? '/',
			...fields,
		});
		stream.on('error', () => {});
		stream.on('response', (answer) => {
			const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
			let response = `HTTP/1.1 ${answer[':status'] === 200 ? '101 Switching Protocols' : `${answer[':status']} Refused`}\r\n`;
			if (answer[':status'] === 200)
				response += `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
			for (const [name, value] of Object.entries(answer)) {
				if (name.startsWith(':')) continue;
				for (const one of [value].flat()) response += `${name}: ${one}\r\n`;
			}
			socket.write(`${response}\r\n`);
			if (rest.length > 0) stream.write(rest);
			socket.pipe(stream);
			stream.pipe(socket);
		});
		stream.on('close', () => {
			if (stream.rstCode !== 0) socket.destroy();
			else socket.end();
		});
		socket.on('close', () => stream.close());
	}

	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	return {
		url: `ws://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
		close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			session.destroy();
		},
	};
}
