/**
 * No HTTP server: a bare node:net socket that answers a constant to whatever it reads, and so the most that any server on
 * node:net can reach with one request in flight on a connection. After `GET /bytes/` it sends that many octets; it takes an
 * upload by counting octets, and echoes WebSocket messages that are all alike: after the first it only counts octets. It
 * validates nothing.
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

/** The answers that were made last: all sockets have the same. */
let made: Buffer<ArrayBuffer> = Buffer.alloc(0);

/** An answer as many times as may be sent at once. */
function repeated(answer: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
	if (made.length < answer.length || !made.subarray(0, answer.length).equals(answer)) {
		made = Buffer.concat(new Array<Buffer>(Math.max(1, Math.floor(65_536 / answer.length))).fill(answer));
	}
	return made;
}

/** Echoes: the first frame tells how long each is, and what is answered. */
function webSocket(socket: Socket): void {
	socket.removeAllListeners('data');
	socket.write(
		'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
	);
	let frame = Buffer.alloc(0);
	let answers = frame;
	let left = 0;
	socket.on('data', (bytes: Buffer) => {
		left -= bytes.length;
		if (answers.length === 0) {
			frame = Buffer.concat([frame, bytes]);
			const short = (frame[1] as number) & 0x7f;
			const head = short < 126 ? 6 : short === 126 ? 8 : 14;
			const size = short < 126 ? short : short === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
			if (frame.length < head + size) return;
			const mask = frame.subarray(head - 4, head);
			const content = frame.subarray(head, head + size).map((octet, at) => octet ^ (mask[at & 3] as number));
			const opening = Buffer.from(frame.subarray(0, head - 4));
			opening[1] = short;
			left = head + size - frame.length;
			frame = Buffer.concat([opening, content]);
			answers = repeated(frame);
		}
		if (left > 0) return;
		const masked = frame.length + 4;
		let count = Math.floor(-left / masked) + 1;
		left += count * masked;
		for (const most = answers.length / frame.length; count > 0; count -= most) {
			socket.write(count < most ? answers.subarray(0, count * frame.length) : answers);
		}
	});
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
		// 'b' of /bytes/, 'e' of /echo and 'P' of POST, at fixed places.
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
		if (bytes[5] === 0x65) return webSocket(socket);
		socket.write(constant);
	});
}).listen({ port: listening.port, host: listening.host, backlog: 4096 });
