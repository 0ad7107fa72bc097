/** Folders with files for one test. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files, by path; removed when the test has ended. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
	const path = realpathSync(mkdtempSync(join(tmpdir(), 'rsgi-')));
	onTestFinished(() => rmSync(path, { recursive: true }));
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(path, name)), { recursive: true });
		writeFileSync(join(path, name), text);
	}
	return path;
}
