/** A server behind the applications, which they are proxies of. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

let started: Promise<string> | null = null;

/** Its URL, without a slash at the end. Started when it is first asked for. */
export function upstream(): Promise<string> {
	started ??= start();
	return started;
}

async function start(): Promise<string> {
	const server = createServer((request, response) => {
		const { pathname } = new URL(request.url ?? '/', 'http://upstream');
		if (pathname === '/broken') {
			response.writeHead(200, { 'Content-Length': '100' });
			response.write('only this', () => response.destroy());
			return;
		}
		if (pathname === '/gone') {
			request.socket.destroy();
			return;
		}
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const { method, url, headers } = request;
			const octets = Buffer.concat(chunks).length;
			const by = headers['x-by'] ?? null;
			response.writeHead(pathname === '/missing' ? 404 : 200, {
				'Content-Type': 'application/json',
				'Set-Cookie': ['u=1', 'v=2'],
				'X-Upstream': 'yes',
			});
			response.end(JSON.stringify({ method, url, octets, by, type: headers['content-type'] ?? null }));
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	server.unref();
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
