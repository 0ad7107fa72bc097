/**
 * Runs every `check:*` script of package.json, also when one has failed, and says at the end which have passed.
 * `--record <file>` writes how many passed and failed, as JSON.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT } from './package-entries.ts';

const { values } = parseArgs({ options: { record: { type: 'string' } } });
const cwd = fileURLToPath(ROOT);
const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
	scripts: Record<string, string>;
};

const results: { name: string; passed: boolean; seconds: string }[] = [];
for (const name of Object.keys(scripts).filter((script) => script.startsWith('check:'))) {
	console.log(`\n— ${name}`);
	const begun = performance.now();
	const { status } = spawnSync('npm', ['run', '--silent', name], { cwd, stdio: 'inherit' });
	results.push({ name, passed: status === 0, seconds: ((performance.now() - begun) / 1000).toFixed(1) });
}

console.log('');
for (const { name, passed, seconds } of results) console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`);
const failed = results.filter((result) => !result.passed).length;
if (values.record !== undefined) {
	writeFileSync(values.record, JSON.stringify({ passed: results.length - failed, failed }));
}
process.exitCode = failed > 0 ? 1 : 0;
