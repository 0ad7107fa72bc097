/** Which files a process loads as modules: those are what a change of matters. */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Tells of each from now on, before it is read. What packages have is left out. */
export function reportFiles(loaded: (path: string) => void): void {
	registerHooks({
		load(url, context, next) {
			if (url.startsWith('file:') && !url.includes('/node_modules/')) loaded(fileURLToPath(url.replace(/[?#].*$/, '')));
			return next(url, context);
		},
	});
}
