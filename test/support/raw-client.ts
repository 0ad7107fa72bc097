/** A client on a socket that says any octets and keeps what it is told: for tests of what no honest client does. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection to 127.0.0.1. */
export class RawClient {
	readonly socket: Socket;
	/** What has come, latin-1. */
	received = '';
	readonly #closed: Promise<void>;

	/** @param reads false: nothing is ever read */
	constructor(port: number, reads: boolean = true) {
		this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
		this.socket.on('error', () => {});
		this.#closed = new Promise((resolve) => {
			this.socket.on('close', () => resolve());
			this.socket.on('end', () => resolve());
		});
		if (reads) {
			this.socket.on('data', (chunk: Buffer) => {
				this.received += chunk.toString('latin1');
			});
		}
	}

	/** Resolves when the connection has been made. */
	async connected(): Promise<this> {
		if (this.socket.connecting) await once(this.socket, 'connect');
		return this;
	}

	/** Sends octets, and resolves when they have left this process; or when they cannot. */
	async send(octets: Uint8Array | string): Promise<void> {
		await new Promise<void>((resolve) => {
			if (this.socket.destroyed) resolve();
			else this.socket.write(octets, 'latin1', () => resolve());
		});
	}

	/** Resolves when the server has closed its half, or the connection is gone. */
	closed(): Promise<void> {
		return this.#closed;
	}

	end(): void {
		this.socket.end();
	}

	reset(): void {
		this.socket.resetAndDestroy();
	}

	destroy(): void {
		this.socket.destroy();
	}
}

/** GET on a connection of its own: the whole response. */
export async function probe(port: number, target: string = '/hello'): Promise<string> {
	const client = await new RawClient(port).connected();
	await client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
	await client.closed();
	client.destroy();
	return client.received;
}
