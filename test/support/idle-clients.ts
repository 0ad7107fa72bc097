/** Holds many idle connections to a server, in a process of its own. Run with the URL and the number as arguments. */
import { connect, type Socket } from 'node:net';

const [, , url, count] = process.argv;
const { port, hostname } = new URL(url as string);
const GET = 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n';
const PREFACE = Buffer.concat([
	Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
	Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
/** Of the server's SETTINGS. */
const ACKNOWLEDGEMENT = Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]);
let open = 0;
let answered = 0;
let ended = 0;
let failed = 0;

function one(at: number): Promise<void> {
	return new Promise((resolve) => {
		const socket: Socket = connect({ port: Number(port), host: hostname });
		let seen = false;
		socket.on('connect', () => {
			open++;
			socket.write(at % 2 === 0 ? GET : PREFACE);
		});
		socket.on('data', () => {
			if (seen) return;
			seen = true;
			if (at % 2 !== 0) socket.write(ACKNOWLEDGEMENT);
			answered++;
			resolve();
		});
		socket.on('end', () => {
			ended++;
			socket.end();
		});
		socket.on('error', () => {
			failed++;
			resolve();
		});
	});
}

process.on('message', () => process.send?.({ open, answered, ended, failed }));

const total = Number(count);
for (let at = 0; at < total; at += 200) {
	await Promise.all(Array.from({ length: Math.min(200, total - at) }, (_, more) => one(at + more)));
}
process.send?.({ open, answered, ended, failed });
