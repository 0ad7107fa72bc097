/**
 * Installs Python packages into an environment below `.cache`, once for each state of their list: `python` has what the tests
 * of WSGI run, `python-newest` what of it needs a newer Python than Debian's, where there is one, and `python-bench` the servers that
 * they are compared with.
 *
 *     node scripts/python-env.ts [bench]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT } from './package-entries.ts';
import { pythons, SYSTEM_PYTHON } from './pythons.ts';

/** A virtual environment, and the list of what is in it. */
export class PythonEnv {
	readonly #folder: string;
	readonly #requirements: string;
	readonly #interpreter: string;

	/** Both are paths from the root of the repository. */
	constructor(folder: string, requirements: string, interpreter: string = SYSTEM_PYTHON) {
		this.#interpreter = interpreter;
		this.#folder = fileURLToPath(new URL(folder, ROOT));
		this.#requirements = fileURLToPath(new URL(requirements, ROOT));
	}

	/** Where a program of it is. */
	program(name: string): string {
		return `${this.#folder}/bin/${name}`;
	}

	/** Whether all of the list is there. */
	get isReady(): boolean {
		const stamp = this.#stamp;
		return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(this.#requirements, 'utf8');
	}

	/** @throws Error when something cannot be installed */
	install(): void {
		if (this.isReady) return;
		rmSync(this.#folder, { recursive: true, force: true });
		run(this.#interpreter, '-m', 'venv', this.#folder);
		const quietly = ['--quiet', '--disable-pip-version-check', '--requirement', this.#requirements];
		run(this.program('python'), '-m', 'pip', 'install', ...quietly);
		writeFileSync(this.#stamp, readFileSync(this.#requirements));
		console.log(`Python's packages are in ${this.#folder}`);
	}

	get #stamp(): string {
		return `${this.#folder}/requirements.txt`;
	}
}

/** Of the tests. */
export const TEST_ENV: PythonEnv = new PythonEnv('.cache/python', 'test/wsgi/requirements.txt');
/** Django of today needs Python 3.12; null where there is none. */
const newest = pythons().findLast(({ minor }) => minor >= 12);
export const NEWEST_ENV: PythonEnv | null =
	newest === undefined ? null : new PythonEnv('.cache/python-newest', 'test/wsgi/requirements-newest.txt', newest.path);
/** Of the comparison. */
export const BENCH_ENV: PythonEnv = new PythonEnv('.cache/python-bench', 'bench/python/requirements.txt');

function run(command: string, ...args: string[]): void {
	const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
	if (error !== undefined) throw error;
	if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

if (import.meta.main) {
	if (process.argv[2] === 'bench') BENCH_ENV.install();
	else {
		TEST_ENV.install();
		NEWEST_ENV?.install();
	}
}
