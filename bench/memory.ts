/** Resident memory of what is held open. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientCommand } from './own-client.ts';
import { CORES, type ServerProcess } from './server-process.ts';

/**
 * Opens so many connections, with so many open streams on each, or idle after one answer; or WebSockets.
 * @returns KiB of the server's resident memory for each connection, or for each stream where there are any
 */
export async function held(
	server: ServerProcess,
	connections: number,
	streams: number,
	program: 'hold' | 'websocket' = 'hold',
): Promise<{ value: number; per: number }> {
	const before = server.residentKib();
	const options = [
		...['--connections', String(connections)],
		...(streams > 0 ? ['--streams', String(streams), '--path', '/hold'] : []),
		...(program === 'websocket' ? ['--hold'] : []),
	];
	const child = spawn('taskset', ['-c', CORES.client, ...clientCommand(program, server, options)], {
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	let errors = '';
	child.stderr.on('data', (text: Buffer) => {
		errors = (errors + text.toString()).slice(-2000);
	});
	const gone = new Promise((resolve) => child.once('exit', resolve));
	const force = setTimeout(() => child.kill('SIGKILL'), 60_000);
	try {
		let isReady = false;
		for await (const line of createInterface({ input: child.stdout })) {
			isReady = JSON.parse(line).ready === true;
			break;
		}
		if (!isReady) throw new Error(`the holding client ended: ${errors}`);
		// What was garbage on the way is collected by now, if the server does it in time at all.
		await sleep(1000);
		return { value: (server.residentKib() - before) / (connections * Math.max(1, streams)), per: 0 };
	} finally {
		child.stdin.end();
		await gone;
		clearTimeout(force);
	}
}
