import { readFileSync } from 'node:fs';

/** The root of the repository, as a URL that ends in a slash. */
export const ROOT: URL = new URL('../', import.meta.url);

/**
 * The package's public names and the sources they are built from, as `paths` in tsconfig.json has them: `rsgi` →
 * `src/index.ts`, `rsgi/files` → … The compiler, the bundler, the tests and the examples all take them from there.
 */
export function packageEntries(): Map<string, string> {
	const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.json', ROOT), 'utf8')) as {
		compilerOptions: { paths: Record<string, [string]> };
	};
	return new Map(Object.entries(compilerOptions.paths).map(([name, [source]]) => [name, source.slice('./'.length)]));
}
