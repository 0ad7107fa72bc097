import { defineConfig, type UserConfig } from 'tsdown';
import { packageEntries } from './scripts/package-entries.ts';

/** `rsgi` is built to `dist/index.js`, `rsgi/files` to `dist/files.js`, and so on; the command to `dist/cli/main.js`. */
const entry: Record<string, string> = { 'cli/main': 'src/cli/main.ts' };
for (const [name, source] of packageEntries()) {
	const slash = name.indexOf('/');
	entry[slash === -1 ? 'index' : name.slice(slash + 1)] = source;
}

const config: UserConfig = defineConfig({
	entry,
	format: 'esm',
	platform: 'node',
	target: 'node22.18',
	dts: true,
	// Server has [Symbol.asyncDispose], which no year's library knows yet: a project need not add it to its `lib`.
	banner: { dts: '/// <reference lib="esnext.disposable" />' },
	fixedExtension: false,
	// The worker of Python and the page of --inspect, which their modules look for beside themselves.
	copy: [
		{ from: 'src/cli/inspect/inspector-page/*', to: 'dist/inspector-page' },
		{ from: 'src/wsgi/python/start.py', to: 'dist/python' },
		{ from: 'src/wsgi/python/rsgi/*.py', to: 'dist/python/rsgi' },
		{ from: 'src/wsgi/python/rsgi/py.typed', to: 'dist/python/rsgi' },
	],
	clean: true,
});

export default config;
