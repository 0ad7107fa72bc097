/**
 * Runs the long tests and records how they went in test/long/RESULTS.md. With arguments, which go to vitest, it runs what
 * they choose and records nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ROOT } from './package-entries.ts';
import { tally, type VitestResult } from './vitest-result.ts';

const cwd = fileURLToPath(ROOT);
const choice = process.argv.slice(2);
const record = new URL('.cache/long.json', ROOT);
mkdirSync(new URL('.cache/', ROOT), { recursive: true });
rmSync(record, { force: true });

const measured = new URL('.cache/measured.jsonl', ROOT);
rmSync(measured, { force: true });

const { status } = spawnSync(
	'vitest',
	[
		'run',
		'--config=vitest.long.config.ts',
		'--reporter=default',
		'--reporter=json',
		`--outputFile.json=${fileURLToPath(record)}`,
		...choice,
	],
	{ cwd, stdio: 'inherit', env: { ...process.env, RSGI_RECORD: fileURLToPath(measured) } },
);
if (choice.length === 0 && existsSync(record)) {
	const result = JSON.parse(readFileSync(record, 'utf8')) as VitestResult;
	mkdirSync(new URL('test/long/', ROOT), { recursive: true });
	writeFileSync(new URL('test/long/RESULTS.md', ROOT), report(result));
}
process.exitCode = status ?? 1;

function report(result: VitestResult): string {
	const { passed, failed } = tally(result);
	const commit = execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
		cwd,
		encoding: 'utf8',
	}).trim();
	const [cpu] = cpus();
	const lines = [
		'# The last run of the long tests',
		'',
		'Written by `npm run test:full`.',
		'',
		`${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node.js ${process.version}, ${cpus().length} × ${cpu?.model.trim()}:`,
		`**${passed} passed, ${failed} failed.**`,
		'',
		'| test | result | seconds |',
		'| --- | --- | ---: |',
	];
	for (const file of result.testResults) {
		if (file.assertionResults.length === 0) lines.push(`| ${file.name.slice(cwd.length)} | ${file.status} | |`);
		for (const { fullName, status, duration } of file.assertionResults) {
			lines.push(`| ${fullName.replaceAll('|', '\\|')} | ${status} | ${((duration ?? 0) / 1000).toFixed(1)} |`);
		}
	}
	lines.push('', '| measured | |', '| --- | --- |');
	const figures = existsSync(measured) ? readFileSync(measured, 'utf8').trim().split('\n') : [];
	for (const line of figures.filter((line) => line !== '')) {
		const { what, figure } = JSON.parse(line) as { what: string; figure: string };
		lines.push(`| ${what} | ${figure} |`);
	}
	return `${lines.join('\n')}\n`;
}
