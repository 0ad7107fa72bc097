/** Tells when the files of an application have changed (WSGI-23). */
import { type FSWatcher, watch } from 'node:fs';

/** What an application is made of: code, templates, settings. Not data, which it may write by itself. */
const NAMES = /\.(?:py|html?|jinja2?|j2|mako|xml|txt|toml|ini|cfg|ya?ml)$/i;
/** Folders that are not the application's, or that change by themselves. */
const FOREIGN = /(?:^|[/\\])(?:\.[^/\\]+|node_modules|__pycache__|site-packages|venv|env)(?:[/\\]|$)/;
/** Editors and version control write several files at a time, and a file in several steps; in milliseconds. */
const REST = 150;

/**
 * Watches a folder and all below it.
 * @param changed called with the name of a file when changes have come to a rest
 * @param failed called when it cannot be watched, or not any more
 * @returns what ends it
 */
export function watchFiles(
	folder: string,
	changed: (file: string) => void,
	failed: (error: Error) => void,
): () => void {
	let timer: NodeJS.Timeout | null = null;
	let watcher: FSWatcher;
	try {
		watcher = watch(folder, { recursive: true, persistent: false }, (_event, file) => {
			if (file === null || !NAMES.test(file) || FOREIGN.test(file)) return;
			if (timer !== null) clearTimeout(timer);
			timer = setTimeout(() => {
				timer = null;
				changed(file);
			}, REST);
		});
	} catch (error) {
		failed(error as Error);
		return () => {};
	}
	watcher.on('error', failed);
	return () => {
		if (timer !== null) clearTimeout(timer);
		watcher.close();
	};
}
