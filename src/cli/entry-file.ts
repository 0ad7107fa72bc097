/** From what the user named to the file to import. */
import { type Stats, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { FAILED, Failure } from './failure.ts';

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/**
 * The absolute path of an entry.
 * @param entry as the user wrote it, relative to `directory`
 * @throws Failure when there is no such file, or it is none that can be an entry; with a suggestion where there is one
 */
export function entryFile(entry: string, directory: string): string {
	const path = resolve(directory, entry);
	const found = statOf(path);
	if (found === null) {
		const meant = existing(
			EXTENSIONS.map((extension) => entry + extension),
			directory,
		);
		throw new Failure(FAILED, `${entry}: there is no such file.${meant}`);
	}
	if (found.isDirectory()) {
		// First what builds have that does not listen: of SvelteKit, of Nitro and of Astro.
		const built = ['handler', 'server/index', 'server/entry'];
		const names = [...built, 'app', 'index', 'main', 'server', 'src/app', 'src/index'];
		const candidates = names.flatMap((name) => EXTENSIONS.map((extension) => join(entry, name + extension)));
		throw new Failure(
			FAILED,
			`${entry} is a directory: name the file in it that exports the application.${existing(candidates, directory)}`,
		);
	}
	if (!EXTENSIONS.includes(extname(path))) {
		throw new Failure(FAILED, `${entry}: an entry is a ${EXTENSIONS.join(', ')} file.`);
	}
	return path;
}

function existing(candidates: readonly string[], directory: string): string {
	const meant = candidates.find((candidate) => statOf(resolve(directory, candidate))?.isFile() === true);
	return meant === undefined ? '' : ` Did you mean ${meant}?`;
}

function statOf(path: string): Stats | null {
	return statSync(path, { throwIfNoEntry: false }) ?? null;
}
