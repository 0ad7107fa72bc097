/** A real broker, Redis or NATS, on a free port of 127.0.0.1: it can be killed, and started again at the same place. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

export class BrokerServer {
	readonly port: number;
	readonly #command: readonly string[];
	#child: ChildProcess | null = null;

	private constructor(command: readonly string[], port: number) {
		this.#command = command;
		this.port = port;
	}

	/** Starts it; it ends with the test. */
	static async start(name: 'redis' | 'nats'): Promise<BrokerServer> {
		const port = await freePort();
		const command =
			name === 'redis'
				? ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
				: ['nats-server', '--addr', '127.0.0.1', '--port', String(port)];
		const server = new BrokerServer(command, port);
		onTestFinished(() => server.kill());
		await server.up();
		return server;
	}

	/** Starts it where it was. */
	async up(): Promise<void> {
		const [file, ...args] = this.#command as [string, ...string[]];
		// Debian puts nats-server where only root looks.
		const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
		const child = spawn(file, args, { stdio: 'ignore', env });
		this.#child = child;
		let failure: Error | null = null;
		child.on('error', (error) => {
			failure = new Error(`${file} cannot be started: apt-get install redis-server nats-server`, { cause: error });
		});
		while (!(await isListening(this.port))) {
			if (failure !== null) throw failure;
			if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`);
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	}

	/** Kills it, as a machine dies. */
	async kill(): Promise<void> {
		const child = this.#child;
		this.#child = null;
		if (child === null || child.exitCode !== null || child.pid === undefined) return;
		const ended = once(child, 'close');
		child.kill('SIGKILL');
		await ended;
	}
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}

function isListening(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = createConnection(port, '127.0.0.1');
		socket.on('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.on('error', () => resolve(false));
	});
}
