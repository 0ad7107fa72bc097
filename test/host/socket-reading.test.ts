import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { readFor, readInto } from '../../src/host/node/socket-reading.ts';

const open: { close(): void }[] = [];
afterEach(() => {
	for (const one of open.splice(0)) one.close();
});

/** Both ends of a connection. */
async function pair(): Promise<{ client: Socket; server: Socket }> {
	const listener = createServer().listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const client = connect((listener.address() as { port: number }).port, '127.0.0.1');
	const [server] = (await once(listener, 'connection')) as [Socket];
	open.push({
		close() {
			client.destroy();
			server.destroy();
			listener.close();
		},
	});
	return { client, server };
}

describe('how a socket is read', () => {
	it('without a stream, on the Node.js that the package pins', async () => {
		const { client, server } = await pair();
		const read: string[] = [];
		readInto(server, (bytes) => read.push(Buffer.from(bytes).toString()));
		// By `data` events it would work too, and cost a sixth of a request more: so this must not pass unnoticed.
		expect(server.listenerCount('data')).toBe(0);
		client.write('one');
		await expect.poll(() => read.join('')).toBe('one');
		client.write('two');
		await expect.poll(() => read.join('')).toBe('onetwo');
		client.end('three');
		await once(server, 'end');
		expect(read.join('')).toBe('onetwothree');
	});

	it('lends short reads from one memory, and gives long ones', async () => {
		const { client, server } = await pair();
		const sent = Buffer.alloc(3_000_000);
		for (let at = 0; at < sent.length; at++) sent[at] = (at * 7 + (at >> 8)) & 0xff;
		const kept: Uint8Array[] = [];
		readInto(server, (bytes) => kept.push(bytes.length * 4 < bytes.buffer.byteLength ? bytes.slice() : bytes));
		client.end(sent);
		await once(server, 'end');
		expect(Buffer.concat(kept).equals(sent)).toBe(true);
	});

	it('lets all others be read when a socket has said much', async () => {
		const pairs = await Promise.all([pair(), pair()]);
		const reads: { who: number; octets: number }[] = [];
		const sent = 2_000_000;
		for (const { client } of pairs) client.write(Buffer.alloc(sent));
		await expect.poll(() => pairs.every(({ client }) => client.bytesWritten === sent)).toBe(true);
		for (const [who, { server }] of pairs.entries()) {
			readInto(server, (bytes) => {
				const last = reads.at(-1);
				if (last?.who === who) last.octets += bytes.length;
				else reads.push({ who, octets: bytes.length });
			});
		}
		const total = (who: number): number => reads.reduce((sum, read) => sum + (read.who === who ? read.octets : 0), 0);
		await expect.poll(() => [total(0), total(1)], { timeout: 5000 }).toEqual([sent, sent]);
		// While both have more to say, none says more at once than a quarter of a mebibyte and a read.
		const both = reads.slice(0, Math.floor(reads.length / 2));
		expect(both.length).toBeGreaterThan(1);
		expect(Math.max(...both.map(({ octets }) => octets))).toBeLessThanOrEqual(320 * 1024);
	});

	it('goes on by itself, but not while it is paused', async () => {
		const { client, server } = await pair();
		let read = 0;
		let pausing = true;
		readInto(server, (bytes) => {
			read += bytes.length;
			if (pausing && read >= 256 * 1024) server.pause();
		});
		client.write(Buffer.alloc(1_000_000));
		await expect.poll(() => read).toBeGreaterThanOrEqual(256 * 1024);
		for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(read).toBeLessThan(400 * 1024);
		pausing = false;
		server.resume();
		await expect.poll(() => read).toBe(1_000_000);
	});

	it('lends long reads too where the reader borrows, from one read to the next', async () => {
		const { client, server } = await pair();
		const sent = Buffer.alloc(3_000_000);
		for (let at = 0; at < sent.length; at++) sent[at] = (at * 11 + (at >> 8)) & 0xff;
		const kept: Uint8Array[] = [];
		let longest = 0;
		const isLent = (bytes: Uint8Array): boolean => bytes.length * 4 < bytes.buffer.byteLength;
		const reader = {
			borrows: true,
			receive(bytes: Uint8Array) {
				// Short reads are lent in any case.
				if (reader.borrows) expect(isLent(bytes)).toBe(true);
				else if (bytes.length >= 16 * 1024) expect(isLent(bytes)).toBe(false);
				longest = Math.max(longest, bytes.length);
				kept.push(isLent(bytes) ? bytes.slice() : bytes);
				// Three reads lent, three not: both at the length of long reads and of shorter ones.
				if (kept.length % 3 === 0) reader.borrows = !reader.borrows;
			},
		};
		readFor(server, reader);
		client.end(sent);
		await once(server, 'end');
		expect(Buffer.concat(kept).equals(sent)).toBe(true);
		expect(longest).toBeGreaterThan(16 * 1024);
	});

	it('stops while paused, and goes on', async () => {
		const { client, server } = await pair();
		let read = 0;
		readInto(server, (bytes) => {
			read += bytes.length;
		});
		server.pause();
		client.write(Buffer.alloc(1000));
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(read).toBe(0);
		server.resume();
		await expect.poll(() => read).toBe(1000);
	});

	it('by data events where there is no handle to read from', async () => {
		const stream = new PassThrough();
		const read: string[] = [];
		readInto(stream as unknown as Socket, (bytes) => read.push(Buffer.from(bytes).toString()));
		expect(stream.listenerCount('data')).toBe(1);
		stream.end('octets');
		await once(stream, 'end');
		expect(read).toEqual(['octets']);
	});
});
