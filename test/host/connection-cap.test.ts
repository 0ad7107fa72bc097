/** The option `connections`: one more than may be open is closed at once, and those that are open go on. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { rich, utf8 } from 'rsgi';
import { expect, test, vi } from 'vitest';
import { probe, RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

const hello = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8('hello'));
});

test('a connection beyond `connections` is closed at once, the log says so once, and room is used again', async () => {
	const { server, port, log } = await served(hello, { connections: 2 });
	const [first, second] = [new RawClient(port), new RawClient(port)];
	await Promise.all([first.connected(), second.connected()]);
	await vi.waitFor(() => expect(server.connections).toBe(2), 5000);
	for (let more = 0; more < 5; more++) {
		const third = await new RawClient(port).connected();
		await third.closed();
		third.destroy();
	}
	expect(log.filter(({ source }) => source === 'server').length).toBeGreaterThan(0);
	expect(log[0]?.message).toBe('connections are closed at once: 2 are open (the option connections)');
	await first.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
	await vi.waitFor(() => expect(first.received).toMatch(/hello$/), 5000);
	first.destroy();
	await vi.waitFor(() => expect(server.connections).toBe(1), 5000);
	expect(await probe(port)).toMatch(/hello$/);
	second.destroy();
});

test('connections is a whole number above 0', async () => {
	await expect(served(hello, { connections: 0 })).rejects.toThrow(
		'The option connections of serve() is a whole number above 0',
	);
});

test('connections that another has accepted are counted too', async () => {
	const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const { port } = listener.address() as AddressInfo;
	const { server, log } = await served(hello, {
		connections: 1,
		source: {
			address: { family: 'IPv4', address: '127.0.0.1', port },
			open: (take) => void listener.on('connection', take),
			close: () => void listener.close(),
		},
	});
	const first = await new RawClient(port).connected();
	await vi.waitFor(() => expect(server.connections).toBe(1), 5000);
	const second = await new RawClient(port).connected();
	await second.closed();
	expect(log.map(({ message }) => message)).toEqual([
		'connections are closed at once: 1 are open (the option connections)',
	]);
	await first.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
	await vi.waitFor(() => expect(first.received).toMatch(/hello$/), 5000);
	first.destroy();
	second.destroy();
});
