/** The frameworks of compat, for tests that run them. */
import { createRequire } from 'node:module';

const load = createRequire(new URL('../../compat/package.json', import.meta.url));

/** What these packages give has no types here: they are not installed where types are checked. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Untyped = any;

/** A package of compat, by the name it has there. */
export function compatModule(name: string): Untyped {
	return load(name);
}
