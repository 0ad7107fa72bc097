/** Installs the Python packages of the tests into `.cache/python`, once for each state of `test/wsgi/requirements.txt`. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT } from './package-entries.ts';

/** The interpreter of the environment. */
export const PYTHON_ENV: string = fileURLToPath(new URL('.cache/python/bin/python', ROOT));

const folder = fileURLToPath(new URL('.cache/python', ROOT));
const requirements = fileURLToPath(new URL('test/wsgi/requirements.txt', ROOT));
const stamp = `${folder}/requirements.txt`;

/** Whether all that the tests need is there. */
export function hasPythonEnv(): boolean {
	return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(requirements, 'utf8');
}

function run(command: string, ...args: string[]): void {
	const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
	if (error !== undefined) throw error;
	if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

if (import.meta.main && !hasPythonEnv()) {
	rmSync(folder, { recursive: true, force: true });
	run('/usr/bin/python3', '-m', 'venv', folder);
	run(PYTHON_ENV, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements);
	writeFileSync(stamp, readFileSync(requirements));
	console.log(`Python's packages are in ${folder}`);
}
