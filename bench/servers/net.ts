/**
 * No HTTP server: a bare node:net socket that answers a constant to whatever it reads, and so the most that any server on
 * node:net can reach with one request in flight on a connection. After `GET /bytes/` it sends that many octets; it takes an
 * upload by counting octets. It validates nothing.
 */
import { createServer, type Socket } from 'node:net';
import { BLOCK_SIZE, HELLO, octets, wanted } from './content.ts';
import { listening } from './listening.ts';

let constant = Buffer.alloc(0);
function refresh(): void {
	constant = Buffer.from(
		`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: ${new Date().toUTCString()}\r\ncontent-length: 13\r\n\r\n${Buffer.from(HELLO).toString()}`,
	);
}
refresh();
setInterval(refresh, 1000).unref();

function download(socket: Socket, length: number): void {
	socket.write(`HTTP/1.1 200 OK\r\ndate: ${new Date().toUTCString()}\r\ncontent-length: ${length}\r\n\r\n`);
	let left = length;
	const more = (): void => {
		while (left > 0) {
			const block = octets(Math.min(left, BLOCK_SIZE));
			left -= block.length;
			if (!socket.write(block) && left > 0) return void socket.once('drain', more);
		}
	};
	more();
}

createServer({ noDelay: true }, (socket) => {
	let uploading = 0;
	let received = 0;
	socket.on('error', () => {});
	socket.on('data', (bytes: Buffer) => {
		if (uploading > 0) {
			received += bytes.length;
			if (received < uploading) return;
			const count = String(received);
			uploading = 0;
			socket.write(
				`HTTP/1.1 200 OK\r\ndate: ${new Date().toUTCString()}\r\ncontent-length: ${count.length}\r\n\r\n${count}`,
			);
			return;
		}
		// 'b' of /bytes/ and 'P' of POST, at fixed places.
		if (bytes[5] === 0x62) {
			const head = bytes.toString('latin1');
			return download(socket, wanted(head.slice(4, head.indexOf(' ', 4))));
		}
		if (bytes[0] === 0x50) {
			const head = bytes.toString('latin1');
			const length = /content-length: *(\d+)/i.exec(head);
			uploading = Number(length?.[1]);
			received = bytes.length - head.indexOf('\r\n\r\n') - 4;
			return;
		}
		socket.write(constant);
	});
}).listen({ port: listening.port, host: listening.host, backlog: 4096 });
