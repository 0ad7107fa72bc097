/** Memory that is handed to a socket comes back: when it has left, and when it never will. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Connection } from '../../src/connection/connection.ts';
import { SocketTransport } from '../../src/host/node/socket-transport.ts';

/** A transport, its client that reads nothing yet, and the memory that has come back. */
async function joined(): Promise<{ client: Socket; socket: Socket; transport: SocketTransport; back: Uint8Array[] }> {
	const listener = createServer().listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const client = connect((listener.address() as { port: number }).port, '127.0.0.1');
	client.on('error', () => {});
	const [socket] = (await once(listener, 'connection')) as [Socket];
	onTestFinished(() => {
		client.destroy();
		socket.destroy();
		listener.close();
	});
	client.pause();
	const back: Uint8Array[] = [];
	const transport = new SocketTransport(socket, false);
	const connection = { receive() {}, eof() {}, drained() {}, lost() {}, returned() {}, borrows: false };
	transport.join({ ...connection, left: (bytes: Uint8Array) => back.push(bytes) } as unknown as Connection, () => {});
	return { client, socket, transport, back };
}

/** Writes until the system takes no more. @returns what was not reported as written at once */
function fill(transport: SocketTransport): Uint8Array[] {
	const stuck: Uint8Array[] = [];
	for (let round = 0; round < 10_000 && stuck.length < 3; round++) {
		const bytes = new Uint8Array(256 * 1024);
		if (!transport.write(bytes)) stuck.push(bytes);
	}
	return stuck;
}

test('when it has left', async () => {
	const { client, transport, back } = await joined();
	const stuck = fill(transport);
	expect(stuck.length).toBe(3);
	expect(back).toEqual([]);
	client.resume();
	await expect.poll(() => transport.waiting).toBe(0);
	expect(back.length).toBe(3);
	for (const [at, bytes] of stuck.entries()) expect(back[at]).toBe(bytes);
});

test('when the connection is gone, and what is written then is not kept either', async () => {
	const { client, socket, transport, back } = await joined();
	const stuck = fill(transport);
	client.resetAndDestroy();
	await new Promise((resolve) => socket.once('close', resolve));
	expect(back.length).toBe(3);
	for (const [at, bytes] of stuck.entries()) expect(back[at]).toBe(bytes);
	expect(transport.write(new Uint8Array(256 * 1024))).toBe(true);
	expect(transport.write(new Uint8Array(256 * 1024))).toBe(true);
	expect(back.length).toBe(3);
});
