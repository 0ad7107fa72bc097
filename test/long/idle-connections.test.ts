/** 20,000 idle connections, half HTTP/1.1 and half HTTP/2, then a graceful stop: all are drained, none fails. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { forkedServer } from '../support/forked-server.ts';
import { record } from '../support/record.ts';

/** 20,000, or what the system lets one process hold: `ulimit -Hn`, less what the process needs for itself. */
const CONNECTIONS = Math.min(20_000, openFiles() - 100);
/** Resident memory of the server for each idle connection, in bytes. */
const BOUND = 24 * 1024;

function openFiles(): number {
	const limit = execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
	return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

interface Count {
	readonly open: number;
	readonly answered: number;
	readonly ended: number;
	readonly failed: number;
}

test(`${CONNECTIONS} idle connections are held in little memory and drained gracefully`, async () => {
	const server = await forkedServer({ timeouts: { idle: 600_000, stop: 60_000 } });
	const before = await server.baseline();
	const clients = fork(fileURLToPath(new URL('../support/idle-clients.ts', import.meta.url)), [
		server.urls[0] as string,
		String(CONNECTIONS),
	]);
	onTestFinished(() => void clients.kill('SIGKILL'));
	const [up] = (await once(clients, 'message')) as [Count];
	expect(up).toEqual({ open: CONNECTIONS, answered: CONNECTIONS, ended: 0, failed: 0 });
	expect(await server.connections()).toBe(CONNECTIONS);
	const each = ((await server.settled()) - before) / CONNECTIONS;
	record(`${CONNECTIONS} idle connections`, `${(each / 1024).toFixed(1)} KiB of resident memory each`);
	expect(each).toBeLessThan(BOUND);

	const began = performance.now();
	await server.close();
	record(`${CONNECTIONS} idle connections`, `drained in ${((performance.now() - began) / 1000).toFixed(1)} s`);
	const counted = once(clients, 'message') as Promise<[Count]>;
	clients.send('count');
	expect((await counted)[0]).toEqual({ open: CONNECTIONS, answered: CONNECTIONS, ended: CONNECTIONS, failed: 0 });
});
