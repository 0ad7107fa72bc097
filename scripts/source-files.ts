import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT } from './package-entries.ts';

/** The texts of the repository's files that match the globs, by path from the root, in order of path. */
export function sourceFiles(...globs: string[]): Map<string, string> {
	const paths = globSync(globs, { cwd: fileURLToPath(ROOT), exclude: ['**/node_modules/**', '**/dist/**'] });
	return new Map(
		paths
			.map((path) => path.replaceAll('\\', '/'))
			.sort()
			.map((path) => [path, readFileSync(new URL(path, ROOT), 'utf8')]),
	);
}
