/** Imports an entry, and explains what keeps it from being imported. */
import { pathToFileURL } from 'node:url';
import { FAILED, Failure } from './failure.ts';
import { exportFix, subpathsOf } from './import-fix.ts';
import { OwnServers } from './own-servers.ts';

const OLDEST = '22.18';

/** An entry that has been imported. */
export interface Imported {
	readonly exports: Readonly<Record<string, unknown>>;
	/** Where it told servers to listen meanwhile. */
	readonly listens: readonly string[];
}

/**
 * Imports an entry.
 * @param path absolute
 * @param name how the user calls it, for the messages
 * @throws Failure when it cannot be imported, or throws while it is
 */
export async function importEntry(path: string, name: string): Promise<Imported> {
	const stuck = (): void => {
		console.error(
			`rsgi: ${name} waits for something that never happens: look for an \`await\` outside of functions, in it or in what it imports.`,
		);
		process.exitCode = FAILED;
		process.exit();
	};
	process.once('beforeExit', stuck);
	const servers = new OwnServers();
	try {
		const exports = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
		return { exports, listens: servers.places };
	} catch (error) {
		throw await explained(error, name);
	} finally {
		servers.end();
		process.off('beforeExit', stuck);
	}
}

async function explained(error: unknown, name: string): Promise<Failure> {
	if (!(error instanceof Error)) return new Failure(FAILED, `${name} threw while it was imported: ${String(error)}`);
	switch ((error as NodeJS.ErrnoException).code) {
		case 'ERR_UNKNOWN_FILE_EXTENSION':
			return new Failure(
				FAILED,
				`${name} cannot be imported: ${error.message}. ` +
					`This is Node ${process.version}: from ${OLDEST} on Node runs TypeScript as it is; with an older one compile to JavaScript first.`,
			);
		case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
			return new Failure(
				FAILED,
				`${name} uses TypeScript that does not go away by erasing types:\n\n${placed(error)}\n\n` +
					'Node strips types and compiles nothing: write an enum as a constant object, a namespace as a module, a parameter ' +
					'property as a property. `"erasableSyntaxOnly": true` in tsconfig.json makes the compiler find the rest.',
			);
		case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
			return new Failure(
				FAILED,
				`${name} imports TypeScript from node_modules, which Node does not strip of types: ${error.message}`,
			);
		case 'ERR_MODULE_NOT_FOUND':
		case 'MODULE_NOT_FOUND':
			return new Failure(FAILED, `${name} imports something that is not there: ${error.message}${missing(error)}`);
		case 'ERR_PACKAGE_PATH_NOT_EXPORTED':
			return new Failure(FAILED, `${name} imports something that is not there: ${error.message}.${subpathsOf(error)}`);
	}
	if (error instanceof SyntaxError) {
		const place = placed(error);
		if (/^(Cannot use import statement outside a module|Unexpected token 'export')/.test(error.message)) {
			return new Failure(
				FAILED,
				`${name}, or what it imports, is an ES module, but the package.json next to it says otherwise ("type": "commonjs"):\n\n${place}\n\n` +
					'Say what it is: npm pkg set type=module, or name the file .mts or .mjs.',
			);
		}
		if (place.includes('\n')) {
			const fix = await exportFix(error);
			return new Failure(FAILED, `${name}, or what it imports, has a syntax error:\n\n${place}${fix}`);
		}
		error.stack = place;
		return new Failure(FAILED, `${name}, or what it imports, has a syntax error:\n`, error);
	}
	return new Failure(FAILED, `${name} threw while it was imported:\n\n${error.stack ?? error.message}`);
}

/** The head of a syntax error's stack, where Node puts file, line and a pointer; its frames are all of Node's loader. */
function placed(error: Error): string {
	const lines = (error.stack ?? error.message).split('\n');
	const frames = lines.findIndex((line) => /^ {4}at /.test(line));
	return (frames < 0 ? lines : lines.slice(0, frames)).join('\n').trim();
}

function missing(error: Error): string {
	const found = /^Cannot find package '([^']+)'/.exec(error.message);
	if (found === null) return '. Relative imports need the file extension.';
	return `. Install it: npm install ${found[1]}`;
}
