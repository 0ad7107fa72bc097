/**
 * Installs and builds the sites of this folder: `node compat/sites/build.ts [name …]`, all of them without a name. Each is a
 * package of its own, with a lockfile: their tools do not agree on one version of vite. What is installed as the lockfile says is
 * not installed again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = import.meta.dirname;
const BIN = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
const ENV = {
	...process.env,
	// The pinned Node runs the tools of the frameworks too.
	PATH: `${BIN}${delimiter}${process.env.PATH}`,
	NODE_ENV: 'production',
	NEXT_TELEMETRY_DISABLED: '1',
	NUXT_TELEMETRY_DISABLED: '1',
	ASTRO_TELEMETRY_DISABLED: '1',
};

const all = readdirSync(HERE).filter((name) => existsSync(join(HERE, name, 'package.json')));
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !all.includes(name));
if (unknown !== undefined) {
	console.error(`There is no site ${unknown}: there are ${all.join(', ')}.`);
	process.exit(2);
}
for (const name of asked.length > 0 ? asked : all) {
	const cwd = join(HERE, name);
	const begun = performance.now();
	if (!installed(cwd)) npm(cwd, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error');
	npm(cwd, 'run', '--silent', 'build');
	console.log(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

/** Whether what npm has installed is not older than what the lockfile asks for. */
function installed(cwd: string): boolean {
	const state = join(cwd, 'node_modules/.package-lock.json');
	return existsSync(state) && statSync(state).mtimeMs >= statSync(join(cwd, 'package-lock.json')).mtimeMs;
}

/** Runs npm; what it prints is shown only when it fails. */
function npm(cwd: string, ...args: string[]): void {
	const { status, stdout, stderr } = spawnSync('npm', args, { cwd, env: ENV, encoding: 'utf8' });
	if (status === 0) return;
	console.error(`${stdout}${stderr}\nnpm ${args.join(' ')} failed in ${cwd}.`);
	process.exit(1);
}
