/** A server that has no descriptors left (EMFILE): who is connected is served, who comes is turned away or waits, and it recovers. */
import { expect, test, vi } from 'vitest';
import { probe, RawClient } from '../support/raw-client.ts';
import { serverChild } from './server-child.ts';

const GET = 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n';

test('EMFILE on accept ends nothing, and is over when descriptors are free again', async () => {
	const server = await serverChild('ulimit -n 48');
	const first = await new RawClient(server.port).connected();
	await first.send(GET);
	await vi.waitUntil(() => first.received.includes('hello, world'));
	const many = Array.from({ length: 80 }, () => new RawClient(server.port));
	await Promise.all(many.map((client) => client.send(GET)));
	// Some of them have an answer, and not all can have.
	await vi.waitUntil(() => many.filter(({ received }) => received !== '').length > 5, { timeout: 10_000 });
	first.received = '';
	await first.send(GET);
	await vi.waitUntil(() => first.received.includes('hello, world'));
	expect(many.filter(({ received }) => received !== '').length).toBeLessThan(48);
	for (const client of many) client.destroy();
	await vi.waitUntil(async () => (await probe(server.port)).includes('hello, world'), { timeout: 10_000 });
	expect(server.child.exitCode).toBeNull();
});
