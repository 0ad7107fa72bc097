/**
 * Prints `N passed, N failed` of a CI run: of the checks (what `check.ts --record` wrote) and the tests (what vitest's
 * JSON reporter wrote). A record that is missing counts as one failure: something ended before it could write it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type Tally, tally, type VitestResult } from './vitest-result.ts';

const [checks, tests] = process.argv.slice(2);

function read<T>(file: string | undefined, count: (record: T) => Tally): Tally {
	if (file === undefined || !existsSync(file)) return { passed: 0, failed: 1 };
	return count(JSON.parse(readFileSync(file, 'utf8')) as T);
}

const parts = [read<Tally>(checks, (record) => record), read<VitestResult>(tests, tally)];
const passed = parts.reduce((sum, part) => sum + part.passed, 0);
const failed = parts.reduce((sum, part) => sum + part.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
