/** Starts `serving-process.ts`, under limits of the shell where a test wants some. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

export interface ServerChild {
	readonly port: number;
	readonly url: string;
	readonly child: ChildProcess;
	/** What it has printed. */
	output(): string;
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** @param limits a command of the shell, as `ulimit -n 64`, that goes before */
export async function serverChild(limits: string = 'true'): Promise<ServerChild> {
	const child = spawn(
		'/bin/sh',
		[
			'-c',
			`${limits} && exec "$0" --import "$1" "$2"`,
			process.execPath,
			at('../../scripts/from-source.ts'),
			at('./serving-process.ts'),
		],
		{ stdio: ['ignore', 'pipe', 'inherit'] },
	);
	onTestFinished(() => void child.kill('SIGKILL'));
	let output = '';
	child.stdout?.on('data', (chunk: Buffer) => {
		output += chunk.toString();
	});
	await vi.waitUntil(() => /^\d+$/m.test(output), { timeout: 20_000, interval: 5 });
	const port = Number(/^\d+$/m.exec(output)?.[0]);
	return { port, url: `http://127.0.0.1:${port}`, child, output: () => output };
}
