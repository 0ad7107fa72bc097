/** Where to find what an entry imports by a path, or under a name, that a package does not have. */
import { readFileSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };

/** More paths than these are no help. */
const MOST = 40;

/** What a package may be imported by, after an import by another path; empty when that cannot be told. */
export function subpathsOf(error: Error): string {
	const manifest = / in (\S.*package\.json)(?: imported from |$)/.exec(error.message)?.[1];
	if (manifest === undefined) return '';
	try {
		const { name, exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { name: string; exports: object };
		const paths = pathsOf(name, exports);
		return paths.length === 0 || paths.length > MOST ? '' : ` There are ${paths.join(', ')}.`;
	} catch {
		return '';
	}
}

/** What to do about a name that a module does not export; empty for another error. */
export async function exportFix(error: Error): Promise<string> {
	const [, from = '', name] =
		/^The requested module '([^']+)' does not provide an export named '([^']+)'/.exec(error.message) ?? [];
	if (name === undefined) return '';
	const home = /^rsgi(?:\/|$)/.test(from) ? await homeOf(name) : null;
	if (home !== null) return `\n\nIt is in ${home}: import { ${name} } from '${home}';`;
	return `\n\nIf it is a type, say so, since Node erases only what says it: import { type ${name} } from '${from}';`;
}

/** Which module of this package exports a name. */
async function homeOf(name: string): Promise<string | null> {
	for (const path of pathsOf(packageJson.name, packageJson.exports)) {
		try {
			if (name in ((await import(path)) as object)) return path;
		} catch {
			// It wants a peer that is not installed.
		}
	}
	return null;
}

function pathsOf(name: string, exports: object): string[] {
	return Object.keys(exports)
		.filter((path) => /^\.(?:\/|$)/.test(path) && path !== './package.json')
		.map((path) => name + path.slice(1));
}
