/** Fails a run of tests in which anybody has seen a tag of an escape. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FINDINGS } from './watch.ts';

/** Called by vitest before the run. @returns what is called behind it */
export default function begin(): () => void {
	const file = join(mkdtempSync(join(tmpdir(), 'rsgi-tags-')), 'findings');
	writeFileSync(file, '');
	process.env[FINDINGS] = file;
	return () => {
		try {
			requireNone(file);
		} finally {
			rmSync(dirname(file), { recursive: true });
		}
	};
}

/** @throws Error that says what was seen, and where it was sent or logged */
export function requireNone(file: string): void {
	const findings = readFileSync(file, 'utf8');
	if (findings === '') return;
	process.exitCode = 1;
	throw new Error(`Tags of escapes were seen outside of the server (ESC-4):\n${findings}`);
}
