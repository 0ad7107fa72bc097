/** A server that is killed: its clients see the end of their connections, and nothing hangs. */
import { connect } from 'node:http2';
import { expect, test, vi } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { serverChild } from './server-child.ts';

test('SIGKILL under load: each exchange ends in an error or is cut, over HTTP/1 and HTTP/2', async () => {
	const server = await serverChild();
	const large = '/large?bytes=1000000000';
	let begun = 0;
	const clients = Array.from({ length: 10 }, () => new RawClient(server.port, false));
	for (const client of clients) {
		client.socket.once('data', () => begun++).resume();
		await client.send(`GET ${large} HTTP/1.1\r\nHost: a\r\n\r\n`);
	}
	const session = connect(server.url);
	session.on('error', () => {});
	const streams = Array.from({ length: 10 }, () => {
		const stream = session.request({ ':path': large });
		let octets = 0;
		stream.on('data', (chunk: Buffer) => {
			octets += chunk.length;
		});
		stream.on('error', () => {});
		return { stream, closed: new Promise((resolve) => stream.on('close', resolve)), octets: () => octets };
	});
	// One stream after the other: they are not incremental (RFC 9218 §4.2).
	await vi.waitUntil(() => begun === 10 && streams[0]?.octets() !== 0, { timeout: 10_000 });
	server.child.kill('SIGKILL');
	await Promise.all([...clients.map((client) => client.closed()), ...streams.map(({ closed }) => closed)]);
	for (const { octets } of streams) expect(octets()).toBeLessThan(1_000_000_000);
	for (const client of clients) client.destroy();
});
