/** The compiler, over the applications of compat. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { compatInstalled } from '../support/compat-package.ts';

const ROOT = new URL('../../', import.meta.url);

test.skipIf(!compatInstalled())('compat has no errors of types', { timeout: 120_000 }, async () => {
	const compiler = fileURLToPath(new URL('node_modules/.bin/tsc', ROOT));
	const { stdout, code } = await command(compiler, ['--noEmit', '-p', fileURLToPath(new URL('compat', ROOT))]);
	expect([stdout, code]).toEqual(['', 0]);
});
