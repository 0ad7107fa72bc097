/** Rich applications that Python escapes to by name: `--remote chat=./chat.ts`. */
import { described } from '../rich/described.ts';
import { layerOf } from '../wire/layer.ts';
import type { Remote, Remotes } from '../wsgi/wsgi.ts';
import { entryFile } from './entry-file.ts';
import { importEntry } from './entry-import.ts';
import { FAILED, Failure } from './failure.ts';

/** A name, and the file whose default export it stands for. */
export interface RemoteLine {
	readonly name: string;
	readonly file: string;
}

/**
 * Imports them. A file exports a rich application, or a function that is given the data and gives one.
 * @throws Failure for a file that cannot be imported, or that exports neither
 */
export async function remoteApps(lines: readonly RemoteLine[]): Promise<Remotes> {
	const remotes: Record<string, Remote> = {};
	for (const { name, file } of lines) {
		const { exports } = await importEntry(entryFile(file, process.cwd()), file);
		const found = exports.default;
		if (typeof found !== 'function' || !['rich', null].includes(layerOf(found))) {
			const text = `${file} exports by default a rich application, or a function of data that gives one, not ${described(found)}.`;
			throw new Failure(FAILED, text);
		}
		remotes[name] = found as Remote;
	}
	return remotes;
}
