/** The one process that accepts connections, and to which worker it hands each (decisions/019). */
import { createServer, type Server, type Socket } from 'node:net';
import { listeningAddress } from '../../adapter/socket-facts.ts';
import { type ListenOptions, listen } from '../../host/node/listen.ts';
import type { Address } from '../../rich/connection-facts.ts';
import type { WorkerProcess } from './worker-process.ts';

/** So many connections wait for a worker when there is none for the moment; what comes then is closed. */
const WAITING = 4096;

/** Accepts, and hands over. */
export class SharedListener {
	readonly #workers: () => readonly WorkerProcess[];
	readonly #server: Server;
	readonly #waiting: Socket[] = [];
	#next = 0;

	/** @param workers those that there are; a connection goes to one that takes it */
	constructor(workers: () => readonly WorkerProcess[], failed: (error: Error) => void) {
		this.#workers = workers;
		this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => this.hand(socket));
		this.#server.on('error', failed);
	}

	/** @throws Error when it cannot be listened there */
	async open(options: ListenOptions): Promise<Address> {
		await listen(this.#server, options);
		return listeningAddress(this.#server);
	}

	/** Takes no more. What has come and waits is handed over all the same. */
	close(): void {
		this.#server.close();
	}

	/** A worker takes connections: those that wait are handed over. */
	flush(): void {
		for (const socket of this.#waiting.splice(0)) this.hand(socket);
	}

	/** Hands a connection to a worker; nothing of it has been read. */
	hand(socket: Socket): void {
		const worker = this.#leastBusy();
		if (worker !== null) {
			worker.give(socket);
		} else if (this.#waiting.length < WAITING) {
			socket.on('error', () => {});
			this.#waiting.push(socket);
		} else {
			socket.destroy();
		}
	}

	/** The one with the fewest connections; among equals each in turn. */
	#leastBusy(): WorkerProcess | null {
		const workers = this.#workers();
		let found: WorkerProcess | null = null;
		for (let at = 0; at < workers.length; at++) {
			const worker = workers[(this.#next + at) % workers.length] as WorkerProcess;
			if (worker.takes && (found === null || worker.connections < found.connections)) found = worker;
		}
		this.#next = found === null ? 0 : workers.indexOf(found) + 1;
		return found;
	}
}
