/** From what the command line names to the application: its file, imported, and what that exports. */
import { relative } from 'node:path';
import type { AnyApp } from '../adapter/adapt.ts';
import { type EntryWords, entryApp } from './entry-app.ts';
import { entryFile } from './entry-file.ts';
import { importEntry } from './entry-import.ts';
import { FAILED, Failure } from './failure.ts';

/** What the command line says of an entry. */
export interface EntryLine extends EntryWords {
	/** Its file, as the user wrote it. */
	readonly entry: string;
}

/**
 * The application that the command line names. One that also opens a server of its own is taken, and that is told.
 * @throws Failure when there is none, saying why and what to do
 */
export async function loadEntry(line: EntryLine): Promise<AnyApp> {
	const directory = process.cwd();
	const { exports, listens } = await importEntry(entryFile(line.entry, directory), line.entry);
	const [place] = listens;
	if (place === undefined) return entryApp(exports, line.entry, line);
	const where = `at ${place.replace(/^[^:]+/, (path) => relative(directory, path) || path)}`;
	let app: AnyApp;
	try {
		app = entryApp(exports, line.entry, line);
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		throw new Failure(
			FAILED,
			`${line.entry} opens a server of its own, ${where}, and exports no application that could be served here. ` +
				'Export the application, as `export default app;`, and leave the listening to rsgi. What a framework has built to ' +
				'listen by itself can be built to export its handler: docs/frameworks.md says how.',
		);
	}
	console.error(
		`rsgi: ${line.entry} also opens a server of its own, ${where}, beside that of rsgi: leave out its listen().`,
	);
	return app;
}
