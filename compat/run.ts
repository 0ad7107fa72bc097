/** `npm run compat`: compares each framework on RSGI with itself on its own server, and writes docs/compatibility.md. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { judged } from './accepted.ts';
import { compare } from './compare/comparison.ts';
import { rowText } from './compare/rows.ts';
import { DOCUMENT, page } from './page.ts';
import { SUBJECTS } from './subjects.ts';

const USAGE = `npm run compat -- [options]
  --only WORDS   frameworks whose name has one of these words, separated by commas; all by default
  --list         the frameworks, and nothing else

Ends with 1 when a difference is not in compat/differences.ts, when one that is there is gone, or when something could not be
compared. When all were compared and none of this is so, docs/compatibility.md is written.`;

const { values } = parseArgs({
	options: { only: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
});
const words = values.only?.toLowerCase().split(',') ?? [''];
const chosen = SUBJECTS.filter(({ id, title }) => words.some((word) => `${id} ${title.toLowerCase()}`.includes(word)));
if (values.help || chosen.length === 0) {
	console.log(USAGE);
	process.exit(values.help ? 0 : 1);
}
if (values.list) {
	for (const { id, title, own } of chosen) console.log(`${id.padEnd(16)}${title}, compared with ${own}`);
	process.exit(0);
}

let wrong = 0;
for (const subject of chosen) {
	const { answers, rows, failures } = await compare(subject);
	const found = rows.map(rowText);
	const { unlisted, gone } = judged(subject.title, found);
	const problems = [
		...failures.map((failure) => `not compared: ${failure}`),
		...unlisted.map((row) => `not listed: ${row}`),
		...gone.map((row) => `listed, but gone: ${row}`),
	];
	console.log(`${subject.title}: ${answers} answers, ${found.length} differences`);
	for (const problem of problems) console.log(`  ${problem}`);
	wrong += problems.length;
}
if (wrong > 0) process.exitCode = 1;
else if (chosen.length === SUBJECTS.length) {
	writeFileSync(DOCUMENT, page());
	console.log('docs/compatibility.md is written');
}
