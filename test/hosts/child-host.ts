/** Hosts that are processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server in a child process that tells where it listens on its first line. */
export interface ChildHost {
	readonly url: string;
	/** Asks it to stop, by the end of its input; kills it if it will not. @returns its last words on standard output */
	stop(): Promise<string>;
}

/** How long a child may take to stop, in milliseconds. */
const PATIENCE = 10_000;

/** @throws Error when it ends before it has said where it listens, with what it said */
export async function childHost(command: readonly string[], cwd: string): Promise<ChildHost> {
	const [file = '', ...args] = command;
	const child = spawn(file, args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
	let said = '';
	let errors = '';
	child.stdout.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	child.stderr.on('data', (chunk: Buffer) => {
		errors += chunk.toString();
	});
	const ended = once(child, 'close');
	ended.catch(() => {});
	while (!said.includes('\n')) {
		await Promise.race([once(child.stdout, 'data'), ended]);
		if (gone(child)) throw new Error(`${command.join(' ')} ended before it listened:\n${said}${errors}`);
	}
	const { url } = JSON.parse(said.slice(0, said.indexOf('\n'))) as { url: string };
	return {
		url,
		async stop() {
			const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
			child.stdin.on('error', () => {});
			child.stdin.end();
			await ended;
			clearTimeout(timer);
			return said.trimEnd().split('\n').at(-1) ?? '';
		},
	};
}

function gone(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}
