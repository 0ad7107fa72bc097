/** 20,000 idle connections, half HTTP/1.1 and half HTTP/2, then a graceful stop: all are drained, none fails. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type ForkedServer, forkedServer } from '../support/forked-server.ts';
import { record } from '../support/record.ts';

const CONNECTIONS = 20_000;
/** Resident memory of a server for each idle connection, in bytes. */
const BOUND = 24 * 1024;
const CLIENTS = fileURLToPath(new URL('../support/idle-clients.ts', import.meta.url));

interface Count {
	readonly open: number;
	readonly answered: number;
	readonly ended: number;
	readonly failed: number;
}

/** A server and the process that holds its clients: as many as the system lets one process hold. */
interface Share {
	readonly server: ForkedServer;
	readonly before: number;
	readonly clients: ChildProcess;
	readonly count: number;
}

/** How many connections each server holds: all of them, unless `ulimit -Hn` lets no process hold so many. */
function shares(): number[] {
	const limit = execFileSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
	// A process needs some files for itself.
	const most = limit === 'unlimited' ? CONNECTIONS : Math.min(CONNECTIONS, Number(limit) - 100);
	const servers = Math.ceil(CONNECTIONS / most);
	return Array.from({ length: servers }, () => CONNECTIONS / servers);
}

async function open(count: number): Promise<Share> {
	const server = await forkedServer({ timeouts: { idle: 600_000, stop: 60_000 } });
	const before = await server.baseline();
	const clients = fork(CLIENTS, [server.urls[0] as string, String(count)]);
	onTestFinished(() => void clients.kill('SIGKILL'));
	const [up] = (await once(clients, 'message')) as [Count];
	expect(up).toEqual({ open: count, answered: count, ended: 0, failed: 0 });
	expect(await server.connections()).toBe(count);
	return { server, before, clients, count };
}

test('20,000 idle connections are held in little memory and drained gracefully', async () => {
	const held: Share[] = [];
	for (const count of shares()) held.push(await open(count));
	const grown = await Promise.all(held.map(async ({ server, before }) => (await server.settled()) - before));
	const each = grown.reduce((sum, bytes) => sum + bytes, 0) / CONNECTIONS;
	const what = `${CONNECTIONS} idle connections in ${held.length} process${held.length === 1 ? '' : 'es'}`;
	record(what, `${(each / 1024).toFixed(1)} KiB of resident memory each`);
	expect(each).toBeLessThan(BOUND);

	const began = performance.now();
	await Promise.all(held.map(({ server }) => server.close()));
	record(what, `drained in ${((performance.now() - began) / 1000).toFixed(1)} s`);
	for (const { clients, count } of held) {
		const counted = once(clients, 'message') as Promise<[Count]>;
		clients.send('count');
		expect((await counted)[0]).toEqual({ open: count, answered: count, ended: count, failed: 0 });
	}
});
