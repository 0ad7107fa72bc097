/**
 * WebSockets that are echoed to, so many messages ahead of the echoes on each; or, on /broadcast, one that publishes and all
 * that listen. It makes its frames once and counts octets, so that it has to do much less than any server. It says when all
 * sockets are open, and begins when it is told to by a line. With --hold the sockets are idle after one echo, until standard
 * input ends.
 */
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
	options: {
		port: { type: 'string' },
		protocol: { type: 'string' },
		path: { type: 'string', default: '/echo' },
		connections: { type: 'string', default: '1' },
		size: { type: 'string', default: '32' },
		ahead: { type: 'string', default: '1' },
		seconds: { type: 'string', default: '1' },
		hold: { type: 'boolean', default: false },
	},
});
const connections = Number(values.connections);
const size = Number(values.size);
const ahead = Number(values.ahead);
/** Messages that are on their way to all subscribers at once. */
const PUBLISHED_AHEAD = 4;

const MASK = Uint8Array.of(0x11, 0x22, 0x33, 0x44);

function head(masked: boolean): number[] {
	const bit = masked ? 0x80 : 0;
	const length =
		size < 126 ? [bit | size] : size < 65_536 ? [bit | 126] : [bit | 127, 0, 0, 0, 0, size >>> 24, (size >>> 16) & 255];
	if (size >= 126) length.push((size >>> 8) & 255, size & 255);
	// Text: 0x81.
	return [0x81, ...length, ...(masked ? MASK : [])];
}

const content = Buffer.alloc(size, 'x');
const masked = Buffer.from(content.map((octet, at) => octet ^ (MASK[at & 3] as number)));
const message = Buffer.concat([Buffer.from(head(true)), masked]);
/** As many as may be sent at once. */
const messages = Buffer.concat(new Array<Buffer>(ahead).fill(message));
const answer = Buffer.concat([Buffer.from(head(false)), content]);

let received = 0;
/** What has come of an answer at each socket, and the messages that are whole. */
let whole = 0;
let isClosing = false;
let onWhole: (socket: Socket, count: number) => void = () => {};

function open(): Promise<Socket> {
	return new Promise((resolve) => {
		const socket = connect({ port: Number(values.port), host: '127.0.0.1', noDelay: true });
		socket.on('error', fail);
		socket.on('close', () => isClosing || fail(new Error('the server closed a socket')));
		socket.write(
			`GET ${values.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
		);
		socket.once('data', (first: Buffer) => {
			if (!first.toString('latin1').startsWith('HTTP/1.1 101 ')) fail(new Error('a socket was not accepted'));
			let left = answer.length;
			let isChecked = false;
			socket.on('data', (bytes: Buffer) => {
				if (!isChecked && bytes.length >= answer.length) {
					isChecked = true;
					if (!bytes.subarray(0, answer.length).equals(answer)) fail(new Error('an answer was another message'));
				}
				received += bytes.length;
				left -= bytes.length;
				if (left > 0) return;
				const count = Math.floor(-left / answer.length) + 1;
				left += count * answer.length;
				whole += count;
				onWhole(socket, count);
			});
			resolve(socket);
		});
	});
}

function fail(error: Error): never {
	console.error(error.message);
	process.exit(1);
}

const sockets: Socket[] = [];
for (let at = 0; at < connections; at += 64) {
	sockets.push(...(await Promise.all(Array.from({ length: Math.min(64, connections - at) }, open))));
}

function begin(): void {
	const began = performance.now();
	if (values.path === '/broadcast') {
		const [publisher] = sockets as [Socket];
		let published = PUBLISHED_AHEAD;
		// The next is published when everybody has the one that was published so many before.
		onWhole = () => {
			for (; whole >= (published - PUBLISHED_AHEAD + 1) * connections; published++) publisher.write(message);
		};
		for (let at = 0; at < PUBLISHED_AHEAD; at++) publisher.write(message);
	} else {
		onWhole = (socket, count) => socket.write(count === 1 ? message : messages.subarray(0, count * message.length));
		for (const socket of sockets) socket.write(messages);
	}
	setTimeout(() => {
		const seconds = (performance.now() - began) / 1000;
		console.log(JSON.stringify({ requests: whole, seconds, octets: received }));
		isClosing = true;
		process.exit(0);
	}, Number(values.seconds) * 1000);
}

if (values.hold) {
	onWhole = () => {
		if (whole === connections) console.log(JSON.stringify({ ready: true }));
	};
	for (const socket of sockets) socket.write(message);
	process.stdin.on('end', () => process.exit(0)).resume();
} else {
	console.log(JSON.stringify({ ready: true }));
	process.stdin.once('data', begin);
}
