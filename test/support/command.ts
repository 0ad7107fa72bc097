/** Runs the commands of real clients. */
import { spawn } from 'node:child_process';

/** What a command printed, and how it ended. */
export interface CommandResult {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
	readonly bytes: Uint8Array;
}

/**
 * Runs a command to its end.
 * @param input what it reads on standard input
 * @param printed told all that it has printed on standard output, whenever that has grown
 * @throws Error when it cannot be started: it is not installed (CONTRIBUTING.md says how)
 */
export function command(
	name: string,
	args: readonly string[],
	input?: Uint8Array | string,
	printed?: (output: string) => void,
): Promise<CommandResult> {
	return new Promise((resolve, reject) => {
		const child = spawn(name, args, { stdio: 'pipe' });
		const stdout: Buffer[] = [];
		const stderr: Buffer[] = [];
		child.stdout.on('data', (chunk: Buffer) => {
			stdout.push(chunk);
			printed?.(Buffer.concat(stdout).toString('latin1'));
		});
		child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
		child.on('error', (error) => reject(new Error(`${name} cannot be run (see CONTRIBUTING.md): ${error.message}`)));
		child.on('close', (code) => {
			const bytes = Buffer.concat(stdout);
			resolve({ code, stdout: bytes.toString('latin1'), stderr: Buffer.concat(stderr).toString('latin1'), bytes });
		});
		child.stdin.on('error', () => {});
		child.stdin.end(input ?? '');
	});
}

/** Runs a command that must succeed, and gives what it printed on standard output. */
export async function succeed(name: string, args: readonly string[], input?: Uint8Array | string): Promise<string> {
	const result = await command(name, args, input);
	if (result.code !== 0)
		throw new Error(`${name} ${args.join(' ')} ended with ${result.code}:\n${result.stderr}\n${result.stdout}`);
	return result.stdout;
}
