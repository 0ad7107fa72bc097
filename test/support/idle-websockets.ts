/** Holds many idle WebSockets, in a process of its own. Run with the URL and the number as arguments. */
import { connect } from 'node:net';

const [, , url, count] = process.argv;
const { port, hostname } = new URL(url as string);
const HANDSHAKE =
	'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
let open = 0;
let octets = 0;

function one(): Promise<void> {
	return new Promise((resolve) => {
		const socket = connect({ port: Number(port), host: hostname });
		socket.on('error', () => resolve());
		socket.write(HANDSHAKE);
		socket.once('data', () => {
			open++;
			socket.on('data', (chunk) => {
				octets += chunk.length;
			});
			resolve();
		});
	});
}

process.on('message', () => process.send?.({ open, octets }));

const total = Number(count);
for (let at = 0; at < total; at += 200) {
	await Promise.all(Array.from({ length: Math.min(200, total - at) }, one));
}
process.send?.({ open, octets });
