/** spec/node.md §3 and §4: what stands where Node has a socket. */
import { Socket } from 'node:net';
import { connect } from 'node:tls';
import { utf8 } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import { openNode, turns } from '../support/node-request.ts';
import { refusal } from '../support/refusal.ts';
import { makeCertificate, servedTls } from '../support/served.ts';

const H1 = { httpVersion: '1.1' } as const;
const POST = { ...H1, method: 'POST', hasContent: true, fields: ['content-length', '2'] };

/** Waits until something has come to be. */
async function until(met: () => boolean): Promise<void> {
	while (!met()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('NODE-22: timeouts', () => {
	for (const who of ['req', 'res', 'socket'] as const) {
		test(`of ${who} are told to all three`, async () => {
			const { req, res, asked, events } = await openNode(POST);
			let called = 0;
			const from = { req, res, socket: req.socket }[who];
			from.setTimeout(1, () => called++);
			await until(() => called > 0);
			expect(events).toEqual(['socket timeout', 'req timeout', 'res timeout']);
			expect(req.socket.destroyed).toBe(false);
			expect(asked.log).toEqual([]);
			res.end();
		});
	}

	test('destroy the exchange where nobody listens', async () => {
		const { req, asked } = await openNode(H1, { listen: false });
		req.socket.setTimeout(1);
		await until(() => req.socket.destroyed);
		await turns();
		expect(asked.log).toEqual(['reset 8']);
	});

	test('are taken back by 0, and go with the exchange', async () => {
		const { req, res } = await openNode(H1);
		const listener = (): void => {};
		req.socket.setTimeout(1_000_000, listener);
		expect([req.socket.timeout, req.socket.listenerCount('timeout')]).toEqual([1_000_000, 2]);
		req.socket.setTimeout(0, listener);
		expect([req.socket.timeout, req.socket.listenerCount('timeout')]).toEqual([0, 1]);
		req.socket.setTimeout(1);
		res.end();
		await turns();
		let told = false;
		req.socket.on('timeout', () => {
			told = true;
		});
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(told).toBe(false);
	});
});

describe('NODE-23: facts', () => {
	test('of a plain connection', async () => {
		const connection = {
			id: 7,
			peer: { family: 'IPv6', address: '::1', port: 1 },
			local: { family: 'IPv4', address: '127.0.0.1', port: 2 },
			tls: null,
		} as const;
		const { req, res } = await openNode(H1, { connection });
		const { socket } = req;
		expect([req.connection, res.socket, res.connection]).toEqual([socket, socket, socket]);
		expect([socket.remoteAddress, socket.remotePort, socket.remoteFamily]).toEqual(['::1', 1, 'IPv6']);
		expect([socket.localAddress, socket.localPort, socket.localFamily]).toEqual(['127.0.0.1', 2, 'IPv4']);
		expect(socket.address()).toEqual(connection.local);
		const facts = socket as unknown as Record<string, unknown>;
		expect([facts.encrypted, facts.authorized, facts.alpnProtocol, facts.servername]).toEqual([
			...[undefined, undefined, undefined, undefined],
		]);
		expect([socket.readable, socket.writable, socket.destroyed, socket.connecting, socket.readyState]).toEqual([
			...[true, true, false, false, 'open'],
		]);
		expect(socket).not.toBeInstanceOf(Socket);
		expect(socket.setNoDelay(true).setKeepAlive(true).ref().unref()).toBe(socket);
		socket.cork();
		socket.uncork();
		res.end();
		await turns();
		expect([socket.destroyed, socket.readyState, socket.writable]).toEqual([true, 'closed', false]);
	});

	test('of a path and of none there are none', async () => {
		const unix = {
			id: 7,
			peer: { family: 'unix', path: '' },
			local: { family: 'unix', path: '/a' },
			tls: null,
		} as const;
		for (const options of [{ connection: unix }, {}]) {
			const { req } = await openNode(H1, options);
			expect([req.socket.remoteAddress, req.socket.localPort, req.socket.address()]).toEqual([
				undefined,
				undefined,
				{},
			]);
		}
	});

	test('of TLS, with the certificate of the client', async () => {
		const client = await makeCertificate('client');
		const seen: Record<string, unknown>[] = [];
		const app = node((req, res) => {
			const socket = req.socket as unknown as import('node:tls').TLSSocket;
			const { encrypted, authorized, alpnProtocol, servername } = socket as typeof socket & { servername: unknown };
			const certificate = socket.getPeerCertificate();
			seen.push({ encrypted, authorized, alpnProtocol, servername, protocol: socket.getProtocol() });
			seen.push({ cipher: socket.getCipher().name.slice(0, 4), subject: certificate.subject?.CN });
			seen.push({ fingerprint: socket.getPeerX509Certificate()?.fingerprint256 === certificate.fingerprint256 });
			res.end();
		});
		for (const shown of [client, null]) {
			const { port } = await servedTls(nodeToRich(app), {
				tls: { clientAuthorities: client.cert, clientCertificate: 'optional' } as never,
			});
			await new Promise<void>((resolve, reject) => {
				const options = { port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false };
				const socket = connect({ ...options, ...shown, ALPNProtocols: ['http/1.1'] }, () =>
					socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
				);
				socket.on('error', reject).on('close', () => resolve());
				socket.resume();
			});
		}
		const facts = { encrypted: true, alpnProtocol: 'http/1.1', servername: 'localhost', protocol: 'TLSv1.3' };
		expect(seen).toEqual([
			{ ...facts, authorized: true },
			{ cipher: 'TLS_', subject: 'client' },
			{ fingerprint: true },
			{ ...facts, authorized: false },
			{ cipher: 'TLS_', subject: undefined },
			{ fingerprint: true },
		]);
	});

	test('close is told with whether it went wrong', async () => {
		for (const lose of [false, true]) {
			const { req, res, asked } = await openNode(H1);
			const told: unknown[] = [];
			req.socket.on('close', (failed) => told.push(failed));
			if (lose) asked.client.lose();
			else res.end();
			await turns();
			expect(told).toEqual([lose]);
		}
	});
});

test('NODE-24: what reads or writes on it is refused', async () => {
	const { req, res } = await openNode(H1);
	const { socket } = req;
	const acts: Record<string, () => unknown> = {
		write: () => socket.write('a'),
		end: () => socket.end(),
		read: () => socket.read(),
		pipe: () => socket.pipe(process.stdout),
		unshift: () => socket.unshift('a'),
		setEncoding: () => socket.setEncoding('utf8'),
		"on('data')": () => socket.on('data', () => {}),
		"on('readable')": () => socket.once('readable', () => {}),
	};
	for (const [name, act] of Object.entries(acts)) {
		expect(refusal('NODE-24', act)).toContain(`socket.${name} is not to be had`);
	}
	socket.addListener('end', () => {});
	const raw = res as unknown as { _writeRaw(text: string | Uint8Array): void };
	for (const text of ['hello', utf8('hello'), 'HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\n\r\n']) {
		expect(refusal('NODE-24', () => raw._writeRaw(text))).toContain('use write() and end()');
	}
	res.end();
});
