/** What of TLS a server keeps to: RICH-45, RICH-46, and RFC 9113 §9.2. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { rich } from 'rsgi';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeCertificate, servedTls, testCertificate } from '../support/served.ts';

const app = rich((exchange) => {
	exchange.respond(200);
	exchange.end();
});

/** A handshake. Rejects when it fails. */
async function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
	const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
	onTestFinished(() => void socket.destroy());
	await once(socket, 'secureConnect');
	return socket;
}

describe('RFC 9113 §9.2.2: cipher suites', () => {
	const WEAK = 'ECDHE-ECDSA-AES128-SHA256';

	test.each([undefined, 'example.org', 'other.org'])(
		'those that HTTP/2 forbids are refused, server name %s',
		async (servername) => {
			const tls = { ...(await testCertificate()), names: { 'example.org': await makeCertificate('example.org') } };
			const { port } = await servedTls(app, { tls });
			const name = servername === undefined ? {} : { servername };
			const options: ConnectionOptions = { ...name, maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] };
			const good = await handshake(port, options);
			expect([good.alpnProtocol, good.getCipher().name]).toEqual(['h2', expect.stringMatching(/GCM|CHACHA/)]);
			await expect(handshake(port, { ...options, ciphers: WEAK })).rejects.toThrow(/handshake failure/);
		},
	);
});

describe('RICH-46: a graceful stop', () => {
	test('does not wait for handshakes longer than for exchanges', async () => {
		const { server, port } = await servedTls(app, { handshakeTimeout: 60_000, timeouts: { stop: 50 } });
		const silent = connect(port, '127.0.0.1');
		onTestFinished(() => void silent.destroy());
		silent.on('error', () => {});
		await once(silent, 'connect');
		// A whole connection behind it: the silent one has been accepted too.
		(await handshake(port, {})).destroy();
		await server.close();
		expect(server.connections).toBe(0);
	});
});
