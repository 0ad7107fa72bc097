/** One server of the comparison as a process pinned, with all that it starts, to its own core. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant, Start } from './contestants.ts';
import { processTree, stat } from './process-tree.ts';

/** The cores: the server's, and the load generator's. */
export const CORES = { server: '0', client: '1' } as const;

const TICKS_PER_SECOND = 100;

/** A running server. */
export class ServerProcess {
	readonly contestant: Contestant;
	readonly start: Start;
	readonly #child: ChildProcess;
	#said = '';

	private constructor(contestant: Contestant, start: Start, child: ChildProcess) {
		this.contestant = contestant;
		this.start = start;
		this.#child = child;
		const keep = (text: Buffer): void => {
			this.#said = (this.#said + text.toString()).slice(-2000);
		};
		child.stdout?.on('data', keep);
		child.stderr?.on('data', keep);
		child.on('error', keep as never);
	}

	/**
	 * Starts it and waits until it takes connections.
	 * @throws Error with what it printed when it does not within 15 seconds
	 */
	static async begin(contestant: Contestant, start: Start): Promise<ServerProcess> {
		for (const [path, text] of Object.entries(contestant.files?.(start) ?? {})) writeFileSync(path, text);
		const child = spawn('taskset', ['-c', CORES.server, ...contestant.command(start)], {
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		const server = new ServerProcess(contestant, start, child);
		for (let tries = 0; tries < 150; tries++) {
			if (child.exitCode !== null) break;
			if (await takesConnections(start.port)) return server;
			await sleep(100);
		}
		await server.stop();
		throw new Error(`${contestant.name} did not start for ${start.protocol}: ${server.#said}`);
	}

	get #pid(): number {
		const { pid } = this.#child;
		if (pid === undefined) throw new Error(`${this.contestant.name} is not running`);
		return pid;
	}

	/** Processor time used so far, user and system, in seconds. */
	cpuSeconds(): number {
		let ticks = 0;
		for (const pid of processTree(this.#pid)) {
			const fields = stat(pid);
			if (fields !== null) ticks += Number(fields[11]) + Number(fields[12]);
		}
		return ticks / TICKS_PER_SECOND;
	}

	/** Resident memory, in KiB; what several of its processes share is counted for each. */
	residentKib(): number {
		let sum = 0;
		for (const pid of processTree(this.#pid)) {
			const status = readFileSync(`/proc/${pid}/status`, 'utf8');
			sum += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
		}
		return sum;
	}

	/** Ends it, by force if need be. */
	async stop(): Promise<void> {
		const child = this.#child;
		if (child.exitCode !== null || child.signalCode !== null) return;
		const gone = new Promise((resolve) => child.once('exit', resolve));
		child.kill('SIGTERM');
		const force = setTimeout(() => child.kill('SIGKILL'), 1000);
		await gone;
		clearTimeout(force);
	}
}

function takesConnections(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
}
