/** The packages below compat, whose frameworks the root's `npm ci` does not install. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Whether something below the repository's root is there for the tests that need it; for `describe.skipIf(!…)`. Where it is
 * missing that is said once, for each file of tests.
 * @param path what has to exist, as `compat/node_modules`
 * @param fix the command that brings it, from the root
 * @throws Error where it is missing in CI, so that nothing is skipped there
 */
export function compatInstalled(path = 'compat/node_modules', fix = 'npm ci --prefix compat'): boolean {
	if (existsSync(`${ROOT}${path}`)) return true;
	const message = `${path} is missing: ${fix}`;
	if (process.env.CI === 'true') throw new Error(message);
	console.warn(`Tests are skipped: ${message}`);
	return false;
}
