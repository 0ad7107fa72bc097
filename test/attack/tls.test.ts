/** What can be done to a server before HTTP begins. */
import { connect, type TLSSocket } from 'node:tls';
import { rich, utf8 } from 'rsgi';
import { describe, expect, test, vi } from 'vitest';
import { bytes, PREFACE, settings } from '../support/http2-frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { routesApp } from '../support/routes-app.ts';
import { makeCertificate, servedTls } from '../support/served.ts';

const hello = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8('hello'));
});

/** A TLS 1.2 client, which could renegotiate. */
async function tls12(port: number, alpn: string[], servername = 'localhost'): Promise<TLSSocket> {
	return await new Promise((resolve, reject) => {
		const socket = connect(
			{ port, host: '127.0.0.1', servername, rejectUnauthorized: false, maxVersion: 'TLSv1.2', ALPNProtocols: alpn },
			() => resolve(socket),
		);
		socket.once('error', reject);
	});
}

describe('RFC 9113 §9.2.1, CVE-2011-1473: renegotiation', () => {
	test.each([
		['HTTP/2', ['h2'], 'localhost'],
		['HTTP/1.1', ['http/1.1'], 'localhost'],
		['no protocol', [], 'localhost'],
		['another server name', ['h2'], 'other.test'],
	])('is refused: %s', async (_title, alpn, name) => {
		const { port } = await servedTls(hello, {
			tls: { ...(await makeCertificate('localhost')), names: { 'other.test': await makeCertificate('other.test') } },
		});
		const socket = await tls12(port, alpn, name);
		socket.resume();
		const refused = await new Promise<boolean>((resolve) => {
			socket.on('error', () => resolve(true));
			socket.on('close', () => resolve(true));
			socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error !== null));
		});
		socket.destroy();
		expect(refused).toBe(true);
	});
});

describe('a TLS handshake', () => {
	test.each([
		['nothing', ''],
		['half a record', bytes(22, 3, 1, 0, 200, 1, 0, 0)],
	])('that stops after %s is closed in time', async (_title, sent) => {
		const { port } = await servedTls(hello, { handshakeTimeout: 200 });
		const client = await new RawClient(port).connected();
		await client.send(sent);
		await client.closed();
		client.destroy();
	});

	test('that ends anywhere leaves the server as it was', async () => {
		const { server, port, log } = await servedTls(hello);
		const begun = bytes(22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3);
		await Promise.all(
			Array.from({ length: 60 }, async (_, index) => {
				const client = await new RawClient(port).connected();
				await client.send(begun.subarray(0, index % (begun.length + 1)));
				client[index % 2 === 0 ? 'end' : 'reset']();
				await client.closed();
				client.destroy();
			}),
		);
		const socket = await tls12(port, ['http/1.1']);
		socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
		const response = await new Promise<string>((resolve) => {
			let text = '';
			socket.on('data', (chunk) => {
				text += chunk;
			});
			socket.on('close', () => resolve(text));
		});
		expect(response).toMatch(/hello$/);
		await vi.waitFor(() => expect(server.connections).toBe(0), 5000);
		expect(log.filter(({ source }) => source === 'server')).toEqual([]);
	});
});

test('RFC 9113 §3.2: the preface of HTTP/2 on a TLS connection that did not choose it is not HTTP/1.1', async () => {
	const { port } = await servedTls(hello);
	const socket = await tls12(port, []);
	socket.write(bytes(PREFACE, settings()));
	const response = await new Promise<string>((resolve) => {
		let text = '';
		socket.on('data', (chunk) => {
			text += chunk;
		});
		socket.on('close', () => resolve(text));
	});
	expect(response).toMatch(/^HTTP\/1\.1 505 /);
});

test('RICH-32: a client that closes its half of a tunnel over TLS still gets the other', async () => {
	const { port } = await servedTls(routesApp().app);
	const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
	socket.allowHalfOpen = true;
	socket.write('GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
	let text = '';
	await new Promise<void>((resolve) => {
		socket.on('data', (chunk) => {
			text += chunk;
			if (text.endsWith('\r\n\r\n')) socket.end('x'.repeat(100_000));
		});
		socket.on('end', () => resolve());
	});
	expect(text).toMatch(/^HTTP\/1\.1 101 /);
	expect(text.endsWith(`\r\n\r\n${'x'.repeat(100_000)}`)).toBe(true);
});
