import { availableParallelism } from 'node:os';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { sourceAliases } from './scripts/source-aliases.ts';

/** The tests of every change. Those in `test/long` have their own configuration: `npm run test:full`. */
const config: ViteUserConfig = defineConfig({
	resolve: { alias: sourceAliases() },
	test: {
		include: ['test/**/*.test.ts'],
		exclude: ['test/long/**'],
		// No client and no log may see a tag of an escape, in any test.
		globalSetup: ['test/support/tag-watch/run.ts'],
		setupFiles: ['test/support/tag-watch/in-test.ts'],
		pool: 'forks',
		maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
		testTimeout: 30_000,
		hookTimeout: 30_000,
		teardownTimeout: 5_000,
	},
});

export default config;
