/** One worker, as the supervisor sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import type { FromWorker, ToWorker } from './messages.ts';

/** What becomes of a worker. */
export interface WorkerListener {
	heard(worker: WorkerProcess, message: FromWorker): void;
	/** The process has ended; `how` is for people. */
	ended(worker: WorkerProcess, how: string): void;
}

/** Tells a program that it is a worker. */
export const WORKER_VARIABLE = 'RSGI_WORKER';

/** A process that serves the application. */
export class WorkerProcess {
	/** Its number among the workers of the server, from 1; whoever replaces it has the same. */
	readonly number: number;
	readonly #child: ChildProcess;
	/** Connections that are on their way to it, first first: ours too until it says that it has them. */
	readonly #given: Socket[] = [];
	/** Connections that it has, as far as is known. */
	connections = 0;
	/** When it was heard of last. */
	heardAt: number = performance.now();
	readonly startedAt: number = performance.now();
	/** It has loaded the application. */
	ready = false;
	/** It has been told where it is listened, without which it cannot tell what connections are. */
	addressed = false;
	/** It has been told to go. */
	draining = false;

	constructor(number: number, listener: WorkerListener) {
		this.number = number;
		this.#child = fork(process.argv[1] as string, [], {
			env: { ...process.env, [WORKER_VARIABLE]: String(number) },
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
			serialization: 'advanced',
		});
		this.#child.on('message', (message) => {
			this.heardAt = performance.now();
			listener.heard(this, message as FromWorker);
		});
		this.#child.once('error', (error) => listener.ended(this, `could not be started: ${error.message}`));
		this.#child.once('exit', (code, signal) => {
			listener.ended(this, signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
		});
	}

	get pid(): number {
		return this.#child.pid ?? 0;
	}

	/** As people are told of it. */
	get name(): string {
		return `worker ${this.number} (process ${this.pid})`;
	}

	/** Tells it something; one that has gone hears nothing. */
	tell(message: ToWorker): void {
		if (this.#child.connected) this.#child.send(message, () => {});
	}

	/** Hands it a connection. A message that is sent later comes later. */
	give(socket: Socket): void {
		this.connections++;
		this.#given.push(socket);
		this.#child.send({ what: 'connection' } satisfies ToWorker, socket, { keepOpen: true }, () => {});
	}

	/** It has the next of them: our own handle of that is closed. */
	taken(): void {
		this.#given.shift()?.destroy();
	}

	/** Connections that it never had: nothing of them has been read. */
	untaken(): readonly Socket[] {
		return this.#given.splice(0);
	}

	/** Whether a connection can be handed to it. */
	get takes(): boolean {
		return this.ready && this.addressed && !this.draining && this.#child.connected;
	}

	/** Ends it now. */
	kill(): void {
		this.#child.kill('SIGKILL');
	}
}
