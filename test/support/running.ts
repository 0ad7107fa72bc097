/** Processes that run while a test does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How a process ended, and all that it printed. */
export interface Ended {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

/** Where a process runs. */
export interface RunOptions {
	/** The working directory; the repository by default. */
	readonly cwd?: string;
	/** Environment variables, beside those of the test; PORT and HOST are not passed on. */
	readonly env?: Readonly<Record<string, string>>;
	/** Options of Node, in front of the program. */
	readonly node?: readonly string[];
}

/** A program of the repository, run by Node from its source. It is killed when the test has ended. */
export class Running {
	readonly ended: Promise<Ended>;
	readonly #child: ChildProcess;
	#stdout = '';
	#stderr = '';
	#waiting: { pattern: RegExp; resolve: (found: RegExpExecArray) => void }[] = [];

	/** @param program the file, relative to the repository */
	constructor(program: string, args: readonly string[], options: RunOptions = {}) {
		const { PORT: _port, HOST: _host, ...env } = process.env;
		const hooks = `${ROOT}scripts/from-source.ts`;
		this.#child = spawn(process.execPath, [...(options.node ?? []), '--import', hooks, `${ROOT}${program}`, ...args], {
			cwd: options.cwd ?? ROOT,
			env: { ...env, NO_COLOR: '1', ...options.env },
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		this.#child.stdout?.on('data', (chunk) => {
			this.#stdout += chunk;
			this.#heard();
		});
		this.#child.stderr?.on('data', (chunk) => {
			this.#stderr += chunk;
			this.#heard();
		});
		this.ended = new Promise((resolve) => {
			this.#child.on('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
		});
		onTestFinished(async () => {
			this.#child.kill('SIGKILL');
			await this.ended;
		});
	}

	/** What has been printed on standard output so far. */
	get stdout(): string {
		return this.#stdout;
	}

	/** The process. */
	get pid(): number {
		return this.#child.pid ?? 0;
	}

	/** How often it has printed something. */
	count(pattern: RegExp): number {
		return [...(this.#stdout + this.#stderr).matchAll(new RegExp(pattern, 'g'))].length;
	}

	/** Resolves once standard output or error matches; rejects when the process ends before. */
	prints(pattern: RegExp): Promise<RegExpExecArray> {
		const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
		if (found !== null) return Promise.resolve(found);
		return new Promise((resolve, reject) => {
			this.#waiting.push({ pattern, resolve });
			void this.ended.then(({ code, stdout, stderr }) => {
				reject(new Error(`It ended with ${code} and never printed ${pattern}:\n${stdout}\n${stderr}`));
			});
		});
	}

	/** Sends a signal. */
	signal(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	#heard(): void {
		this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
			const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
			if (found === null) return true;
			resolve(found);
			return false;
		});
	}
}
