import { fileURLToPath } from 'node:url';
import { packageEntries, ROOT } from './package-entries.ts';

/** An alias as vite and vitest take it. */
export interface SourceAlias {
	readonly find: RegExp;
	readonly replacement: string;
}

/** Aliases from the package's public names to their sources, so that tests run against the tree and not a build. */
export function sourceAliases(): SourceAlias[] {
	return [...packageEntries()].map(([name, source]) => ({
		find: new RegExp(`^${name}$`),
		replacement: fileURLToPath(new URL(source, ROOT)),
	}));
}
