/** Runs a load generator on its own core. */
import { spawn } from 'node:child_process';
import { CORES } from './server-process.ts';

/** A command that had to be killed. */
export class TookTooLong extends Error {}

/**
 * Runs a command to its end and returns what it printed.
 * @throws Error with its output when it fails; TookTooLong when it takes longer than `seconds`
 */
export function run(command: readonly string[], seconds: number): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn('taskset', ['-c', CORES.client, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
		let out = '';
		let errors = '';
		child.stdout.on('data', (text: Buffer) => {
			out += text.toString();
		});
		child.stderr.on('data', (text: Buffer) => {
			errors = (errors + text.toString()).slice(-2000);
		});
		const force = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
		child.on('error', reject);
		child.on('close', (code, signal) => {
			clearTimeout(force);
			if (code === 0) resolve(out);
			else {
				const Kind = signal === 'SIGKILL' ? TookTooLong : Error;
				reject(new Kind(`${command.join(' ')} ended with ${code ?? signal}: ${errors || out.slice(-1000)}`));
			}
		});
	});
}
