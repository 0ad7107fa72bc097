/** `node --import ./test/fuzz/counted.ts`: what is loaded from `src` counts its branches. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../scripts/package-entries.ts';
import { Coverage } from './coverage.ts';
import { instrument } from './instrument.ts';

const sources = new URL('src/', ROOT).href;
Coverage.install();

registerHooks({
	load(url, context, nextLoad) {
		if (!url.startsWith(sources) || !url.endsWith('.ts')) return nextLoad(url, context);
		const source = instrument(url, readFileSync(fileURLToPath(url), 'utf8'), Coverage.take);
		return { format: 'module', source, shortCircuit: true };
	},
});
