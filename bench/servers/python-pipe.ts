/**
 * No server of WSGI: the least that a request costs which goes from a Node.js process to one of Python and back, over a Unix
 * socket. Nothing of HTTP is read but where the path begins, there is no environ, all requests that have come go by one write,
 * and so do their answers. What it reaches is what any server of two processes can, that has `node:net` in the first.
 */
import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { BENCH_ENV } from '../../scripts/python-env.ts';
import { listening } from './listening.ts';

/** About as much as rsgi sends for a request of wrk's; pipe.py has it, too. */
const SIZE = 320;
const FOLDER = fileURLToPath(new URL('../python', import.meta.url));

const python = spawn(BENCH_ENV.program('python'), ['pipe.py'], {
	cwd: FOLDER,
	env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
	stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
});
const pipe = python.stdio[3] as Socket;
const waiting: Socket[] = [];
let gathered = '';
let held: Buffer = Buffer.alloc(0);

function send(): void {
	pipe.write(gathered, 'latin1');
	gathered = '';
}

pipe.on('data', (octets: Buffer) => {
	held = held.length === 0 ? octets : Buffer.concat([held, octets]);
	let at = 0;
	while (held.length >= at + 4) {
		const end = at + 4 + held.readUInt32BE(at);
		if (held.length < end) break;
		waiting.shift()?.write(held.subarray(at + 4, end));
		at = end;
	}
	held = held.subarray(at);
});

createServer({ noDelay: true }, (socket) => {
	socket.on('error', () => {});
	socket.on('data', (octets: Buffer) => {
		if (gathered === '') setImmediate(send);
		gathered += octets.toString('latin1', 0, SIZE).padEnd(SIZE);
		waiting.push(socket);
	});
}).listen({ port: listening.port, host: listening.host, backlog: 4096 });

process.on('SIGTERM', () => {
	python.kill();
	process.exit();
});
