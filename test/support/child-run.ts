import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** How a child process ended, and what it said. */
export interface ChildRun {
	/** Exit code, or the signal's name. */
	readonly ended: number | string;
	/** Standard output and standard error, as they came. */
	readonly output: string;
}

/**
 * Runs a command to its end. It has a process group of its own, which is killed after `limit` milliseconds, or when the
 * command has ended and left something running.
 */
export async function childRun(command: string[], options: SpawnOptions, limit: number): Promise<ChildRun> {
	const child = start(command, options);
	const timer = setTimeout(() => killGroup(child), limit);
	let output = '';
	child.stdout?.on('data', (chunk: Buffer) => {
		output += chunk.toString();
	});
	child.stderr?.on('data', (chunk: Buffer) => {
		output += chunk.toString();
	});
	try {
		const ended = await new Promise<number | string>((resolve, reject) => {
			child.once('error', reject);
			child.once('exit', (code, signal) => {
				killGroup(child);
				child.once('close', () => resolve(code ?? signal ?? 'unknown'));
			});
		});
		return { ended, output };
	} finally {
		clearTimeout(timer);
		killGroup(child);
	}
}

/**
 * Starts a server and waits for its first line of output.
 * @returns what stops it
 * @throws Error when it ends before that, with what it said
 */
export async function childServer(command: string[], options: SpawnOptions): Promise<() => Promise<void>> {
	const child = start(command, options);
	const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
	let output = '';
	await new Promise<void>((resolve, reject) => {
		child.once('error', reject);
		child.stdout?.on('data', (chunk: Buffer) => {
			output += chunk.toString();
			if (output.includes('\n')) resolve();
		});
		child.stderr?.on('data', (chunk: Buffer) => {
			output += chunk.toString();
		});
		child.once('close', () => reject(new Error(`${command.join(' ')} ended before it said anything:\n${output}`)));
	});
	return async () => {
		killGroup(child);
		await gone;
	};
}

function start([command = '', ...args]: string[], options: SpawnOptions): ChildProcess {
	return spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

function killGroup(child: ChildProcess): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch {
		// Nothing of the group is left.
	}
}
