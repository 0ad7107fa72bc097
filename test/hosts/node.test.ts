/** The contract on Node.js: our own server, and those of node:http, node:https and node:http2. */
import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer as createHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServeOptions, serve } from 'rsgi';
import { richToNode } from 'rsgi/adapters';
import { attach, type ForeignServer } from 'rsgi/attach';
import { testCertificate } from '../support/served.ts';
import { contract, type RunningHost } from './contract.ts';
import { fixture } from './fixture-app.ts';

const quiet = { log: () => {} };

async function own(version: '1.1' | '2', options: ServeOptions = {}): Promise<RunningHost> {
	const server = await serve(fixture, { ...quiet, ...options });
	const endpoint =
		server.address.family === 'unix'
			? { version, origin: 'http://localhost', socketPath: server.address.path }
			: { version, origin: server.url };
	const stop = (): Promise<void> => server.close({ graceful: false });
	return { endpoint: options.tls === undefined ? endpoint : { ...endpoint, ca: String(options.tls.cert) }, stop };
}

async function foreign(version: '1.1' | '2', server: ForeignServer, ca?: string): Promise<RunningHost> {
	const sockets = new Set<Socket>();
	(server as NetServer).on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		endpoint:
			ca === undefined
				? { version, origin: `http://127.0.0.1:${port}` }
				: { version, origin: `https://127.0.0.1:${port}`, ca },
		async stop() {
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
}

async function attached(version: '1.1' | '2', server: ForeignServer, ca?: string): Promise<RunningHost> {
	const attachment = await attach(server, fixture, quiet);
	const { endpoint, stop } = await foreign(version, server, ca);
	return {
		endpoint,
		async stop() {
			await stop();
			await attachment.detach();
		},
	};
}

contract('serve() on Node, HTTP/1.1', () => own('1.1'));
contract('serve() on Node, HTTP/2', () => own('2'));
contract('serve() on Node, HTTP/1.1 over TLS', async () => own('1.1', { tls: await testCertificate() }));
contract('serve() on Node, HTTP/2 over TLS', async () => own('2', { tls: await testCertificate() }));
contract('serve() on Node, Unix socket', async () => own('1.1', { unix: join(tmpdir(), `rsgi-${process.pid}.sock`) }));
contract('attach(), node:http', () => attached('1.1', createHttp()));
contract('attach(), node:https', async () => {
	const tls = await testCertificate();
	return await attached('1.1', createHttps(tls), tls.cert);
});
contract('attach(), node:http2', () => attached('2', createHttp2()));
contract('attach(), secure node:http2', async () => {
	const tls = await testCertificate();
	return await attached('2', createSecureServer({ ...tls, allowHTTP1: true }), tls.cert);
});
contract('attach(), secure node:http2, HTTP/1.1', async () => {
	const tls = await testCertificate();
	return await attached('1.1', createSecureServer({ ...tls, allowHTTP1: true }), tls.cert);
});
contract('richToNode(), node:http', () => foreign('1.1', createHttp(richToNode(fixture, quiet)) as HttpServer));
contract('richToNode(), node:http2', () => foreign('2', createHttp2(richToNode(fixture, quiet) as never)));
