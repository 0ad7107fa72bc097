/** Tells when files change that have been loaded. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write a file in several steps, and some several files: changes so close together, in milliseconds, are one. */
const TOGETHER = 100;

/** Watches the folders of files, since editors put new files in the place of old ones. */
export class FileWatch {
	readonly #changed: (path: string) => void;
	readonly #folders = new Map<string, { readonly watcher: FSWatcher; readonly names: Set<string> }>();
	#timer: NodeJS.Timeout | null = null;
	/** Also what was not loaded, of these folders: what has failed to load may have missed a file. */
	any = false;

	/** @param changed told one of the files that have changed */
	constructor(changed: (path: string) => void) {
		this.#changed = changed;
	}

	/** Watches this file too. */
	add(path: string): void {
		const folder = dirname(path);
		const known = this.#folders.get(folder);
		if (known !== undefined) {
			known.names.add(basename(path));
			return;
		}
		const names = new Set([basename(path)]);
		try {
			const watcher = watch(folder, (_event, name) => {
				if (name === null || names.has(name) || (this.any && /\.[cm]?[jt]sx?$|\.json$/.test(name))) {
					this.#soon(name === null ? folder : `${folder}/${name}`);
				}
			});
			// A folder that goes away is watched no more.
			watcher.on('error', () => this.#folders.delete(folder));
			this.#folders.set(folder, { watcher, names });
		} catch {
			// It went away in between, or the system watches no more.
		}
	}

	#soon(path: string): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.#timer = null;
			this.#changed(path);
		}, TOGETHER);
	}
}
