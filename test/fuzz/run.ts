/**
 * `npm run fuzz -- http1 --minutes 10`: searches for inputs that break a law of a target. What is new is added to its corpus; what
 * breaks a law is printed, and the command fails. `--runs` and `--seed` make a run that is the same every time; `--keep no` leaves
 * the corpus alone; `--minimise yes` removes from it what others do as well.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { search } from './fuzzer.ts';
import type { Target } from './target.ts';

const { positionals, values } = parseArgs({
	allowPositionals: true,
	options: {
		minutes: { type: 'string', default: '1' },
		runs: { type: 'string' },
		seed: { type: 'string' },
		keep: { type: 'string', default: 'yes' },
		minimise: { type: 'string', default: 'no' },
	},
});
const [name = ''] = positionals;
const targets = readdirSync(new URL('target/', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
if (!targets.includes(name)) {
	console.error(`Name a target: ${targets.join(', ')}.`);
	process.exit(2);
}
const { target } = (await import(`./target/${name}.ts`)) as { target: Target };
const folder = new URL(`corpus/${name}/`, import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).sort() : [];
const corpus = files.map((file) => new Uint8Array(readFileSync(new URL(file, folder))));
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const runs = values.runs === undefined ? Number.POSITIVE_INFINITY : Number(values.runs);
const minutes = values.runs === undefined ? Number(values.minutes) : Number.POSITIVE_INFINITY;
const done = await search(target, corpus, { seed, runs, until: performance.now() + minutes * 60_000 });

if (done.found !== null) {
	const { input, error } = done.found;
	console.error(`${name}: a law is broken, after ${done.runs} inputs of seed ${seed}, by`);
	console.error(`Buffer.from('${Buffer.from(input).toString('base64')}', 'base64')`);
	console.error(error);
	process.exit(1);
}
if (values.keep === 'yes') {
	mkdirSync(folder, { recursive: true });
	const kept = new Set<string>();
	for (const input of done.corpus) {
		if (input.length === 0) continue;
		const file = createHash('sha256').update(input).digest('hex').slice(0, 16);
		kept.add(file);
		writeFileSync(new URL(file, folder), input);
	}
	if (values.minimise === 'yes') for (const file of files) if (!kept.has(file)) rmSync(new URL(file, folder));
}
console.log(
	`${name}: ${done.runs} inputs, seed ${seed}, ${done.reached} of ${done.total} branches, ${done.corpus.length} kept`,
);
