/**
 * Lets examples import the package by its name without a build: `node --import ./scripts/from-source.ts example.ts`
 * resolves `rsgi` and its subpaths to the sources.
 */
import { registerHooks } from 'node:module';
import { packageEntries, ROOT } from './package-entries.ts';

const entries = packageEntries();

registerHooks({
	resolve(specifier, context, nextResolve) {
		const source = entries.get(specifier);
		return nextResolve(source === undefined ? specifier : new URL(source, ROOT).href, context);
	},
});
