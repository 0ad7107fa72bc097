/** 10,000 idle WebSockets, and what each of them costs. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { record } from '../support/record.ts';

const SOCKETS = 10_000;
/** Resident memory of the server for each, in bytes. */
const BOUND = 16 * 1024;
const SERVER = fileURLToPath(new URL('../support/websocket-server-process.ts', import.meta.url));
const CLIENTS = fileURLToPath(new URL('../support/idle-websockets.ts', import.meta.url));
const FROM_SOURCE = fileURLToPath(new URL('../../scripts/from-source.ts', import.meta.url));

function child(script: string, args: readonly string[], options: readonly string[]): ChildProcess {
	const forked = fork(script, args, { execArgv: [...options] });
	onTestFinished(() => void forked.kill('SIGKILL'));
	return forked;
}

test('10,000 idle WebSockets are held in little memory, and all hear what is published', async () => {
	const server = child(SERVER, [], ['--expose-gc', '--import', FROM_SOURCE]);
	const ask = async <T>(of: ChildProcess, what: string): Promise<T> => {
		const answered = once(of, 'message') as Promise<[T]>;
		of.send(what);
		return (await answered)[0];
	};
	const url = await ask<string>(server, 'serve');
	const before = await ask<number>(server, 'memory');
	const clients = child(CLIENTS, [url, String(SOCKETS)], []);
	expect((await once(clients, 'message'))[0]).toEqual({ open: SOCKETS, octets: 0 });
	expect(await ask<number>(server, 'count')).toBe(SOCKETS);
	const each = ((await ask<number>(server, 'memory')) - before) / SOCKETS;
	record(`${SOCKETS} idle WebSockets`, `${(each / 1024).toFixed(1)} KiB of resident memory each`);
	expect(each).toBeLessThan(BOUND);
	const began = performance.now();
	await ask(server, 'publish');
	await expect.poll(() => ask(clients, 'count'), { timeout: 30_000 }).toEqual({ open: SOCKETS, octets: 7 * SOCKETS });
	record(
		`${SOCKETS} idle WebSockets`,
		`a message published to all in ${((performance.now() - began) / 1000).toFixed(1)} s`,
	);
	expect(await ask<number>(server, 'count')).toBe(SOCKETS);
});
