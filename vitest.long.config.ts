import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { sourceAliases } from './scripts/source-aliases.ts';

/** The tests that take too long for every change: soaks, whole corpora, wide property runs. One file at a time. */
const config: ViteUserConfig = defineConfig({
	resolve: { alias: sourceAliases() },
	test: {
		include: ['test/long/**/*.test.ts'],
		pool: 'forks',
		fileParallelism: false,
		testTimeout: 3_600_000,
		hookTimeout: 120_000,
		teardownTimeout: 30_000,
		passWithNoTests: true,
	},
});

export default config;
