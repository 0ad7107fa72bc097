/** What docs/frameworks.md shows is what tests run: its files are those of compat, its commands those of the tests there. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ENTRIES, SITES } from '../support/framework-commands.ts';

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/frameworks.md', ROOT), 'utf8');

test('every file that is shown is the file', () => {
	const shown = [...text.matchAll(/^```js(.*)\n([\s\S]*?)^```$/gm)];
	expect(shown.length).toBeGreaterThan(4);
	for (const [, info = '', code] of shown) {
		const [, path = ''] = /^ file=(\S+)$/.exec(info) ?? [];
		expect(path, info).not.toBe('');
		expect(code).toBe(readFileSync(new URL(path, ROOT), 'utf8'));
	}
});

test('every command is run by test/compat, and every one that is run there is shown', () => {
	const section = text.slice(text.indexOf('\n## '));
	const shown = [...section.matchAll(/(?:^ {4}|`)((?:[A-Z_]+=\S+ )*rsgi serve [^`\n]+)/gm)].map(([, run = '']) =>
		run.replace('NODE_ENV=production ', ''),
	);
	const run = [...ENTRIES, ...SITES].map((one) => one.run);
	expect(new Set(shown)).toEqual(new Set(run));
});
