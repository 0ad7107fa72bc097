/** Resident memory of what is held open. */
import { setTimeout as sleep } from 'node:timers/promises';
import { talkWith } from './own-client.ts';
import type { ServerProcess } from './server-process.ts';

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
	return await talkWith(program, server, options, async ({ said }) => {
		for await (const line of said) {
			if ((line as { readonly ready?: true }).ready !== true) break;
			// What was garbage on the way is collected by now, if the server does it in time at all.
			await sleep(1000);
			return { value: (server.residentKib() - before) / (connections * Math.max(1, streams)), per: 0 };
		}
		return null;
	});
}
