/** spec/node.md §5: a server of ours where applications want one of Node. */
import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { type NodeServer, nodeServer, serverFactory } from 'rsgi/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { folder } from '../support/folder.ts';
import { refusal } from '../support/refusal.ts';

function hello(): NodeServer {
	return nodeServer((_req, res) => void res.end('hello'));
}

async function listening(server: NodeServer): Promise<number> {
	await once(server, 'listening');
	onTestFinished(() => void server.close());
	return (server.address() as { port: number }).port;
}

describe('NODE-29: listen()', () => {
	const forms: [string, unknown[]][] = [
		['nothing', []],
		['a port', [0]],
		['a port as text', ['0']],
		['a port and a host', [0, '127.0.0.1']],
		['a port, a host and a backlog', [0, '127.0.0.1', 10]],
		['a port and a backlog', [0, 10]],
		['an object', [{ port: 0, host: '127.0.0.1', backlog: 10 }]],
		['an object with what is undefined', [{ port: '0', host: undefined, path: undefined }]],
	];
	test.each(forms)('%s', async (_name, given) => {
		const server = hello();
		expect([server.listening, server.address()]).toEqual([false, null]);
		let called = 0;
		expect(server.listen(...given, () => called++)).toBe(server);
		const port = await listening(server);
		expect([server.listening, called]).toEqual([true, 1]);
		expect(server.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port });
		expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
	});

	test('a path', async () => {
		const path = folder();
		for (const given of [[`${path}/a`], [{ path: `${path}/b` }]]) {
			const server = hello().listen(...given);
			await once(server, 'listening');
			expect(server.address()).toContain(path);
			const socket = connect(server.address() as string);
			socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
			expect((await socket.setEncoding('utf8').toArray()).join('')).toContain('hello');
			await new Promise((resolve) => server.close(resolve));
		}
	});

	test('tells an error, and twice throws', async () => {
		const server = hello().listen(0);
		const port = await listening(server);
		expect(refusal('NODE-29', () => server.listen(0))).toContain('listens already');
		const other = hello().listen(port);
		const [error] = await once(other, 'error');
		expect(error.code).toBe('EADDRINUSE');
		other.listen(0);
		await listening(other);
	});

	test('close lets exchanges end, and tells close', async () => {
		let finish!: () => void;
		const server = nodeServer((_req, res) => {
			finish = () => res.end('late');
			res.write('early ');
		}).listen(0);
		const port = await listening(server);
		const response = await fetch(`http://127.0.0.1:${port}/`);
		expect(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count)))).toBe(1);
		const closed = once(server, 'close');
		server.close();
		finish();
		expect(await response.text()).toBe('early late');
		await closed;
		expect([server.listening, server.address()]).toEqual([false, null]);
		const error = await new Promise<{ code?: string } | undefined>((resolve) => server.close(resolve as never));
		expect(error?.code).toBe('ERR_SERVER_NOT_RUNNING');
	});

	test('a signal closes it, and closeAllConnections what is open then', async () => {
		const control = new AbortController();
		const server = nodeServer((_req, res) => void res.write('early')).listen({ port: 0, signal: control.signal });
		const port = await listening(server);
		const response = await fetch(`http://127.0.0.1:${port}/`);
		const closed = once(server, 'close');
		server.closeAllConnections();
		control.abort();
		server.closeIdleConnections();
		server.closeAllConnections();
		await expect(response.text()).rejects.toThrow();
		await closed;
	});

	test('await using, and members that only have to be there', async () => {
		let stopped: NodeServer;
		{
			await using server = hello().listen(0);
			await once(server, 'listening');
			expect(server.ref().unref().setTimeout(5)).toBe(server);
			stopped = server;
		}
		expect(stopped.listening).toBe(false);
	});

	test('speaks HTTP/2', async () => {
		const port = await listening(hello().listen(0));
		const client = connectHttp2(`http://127.0.0.1:${port}`);
		const stream = client.request({ ':path': '/' });
		expect((await stream.setEncoding('utf8').toArray()).join('')).toBe('hello');
		client.close();
	});
});

test('NODE-30: serverFactory() gives what Fastify takes', async () => {
	// Fastify's type says an http.Server: the compiler finds what is missing.
	const factory = serverFactory({ host: '127.0.0.1' }) satisfies (handler: RequestListener) => Server;
	const server = factory((_req, res) => void res.end('hello'));
	server.keepAliveTimeout = 1;
	server.listen({ port: 0 });
	const port = await listening(server);
	expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
});
