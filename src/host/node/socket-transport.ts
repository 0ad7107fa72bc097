/** A connection's transport over a socket of `node:net` or `node:tls`. */
import type { Socket } from 'node:net';
import type { Connection } from '../../connection/connection.ts';
import type { Transport } from '../../connection/transport.ts';

/** Joins a socket and a connection: bytes and events up, bytes and commands down. */
export class SocketTransport implements Transport {
	readonly #socket: Socket;

	constructor(socket: Socket) {
		this.#socket = socket;
	}

	/** Hands the socket's events to the connection from now on. */
	join(connection: Connection, gone: () => void): void {
		const socket = this.#socket;
		socket.on('data', (bytes: Uint8Array) => connection.receive(bytes));
		socket.on('end', () => connection.eof());
		socket.on('drain', () => connection.drained());
		// `close` always follows, and tells the connection.
		socket.on('error', () => {});
		socket.on('close', () => {
			connection.lost();
			gone();
		});
	}

	get waiting(): number {
		return this.#socket.writableLength;
	}

	write(bytes: Uint8Array): void {
		this.#socket.write(bytes);
	}

	end(): void {
		this.#socket.end();
	}

	destroy(): void {
		this.#socket.destroy();
	}

	read(wanted: boolean): void {
		if (wanted) this.#socket.resume();
		else this.#socket.pause();
	}
}
