import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type DocExample, docExamples } from '../../scripts/doc-examples.ts';
import { ROOT } from '../../scripts/package-entries.ts';
import { sourceFiles } from '../../scripts/source-files.ts';
import { childRun, childServer } from '../support/child-run.ts';

/** Long enough for a slow machine; an example that waits for ever fails by it. */
const LIMIT = 60_000;

const root = fileURLToPath(ROOT);
const bin = join(root, 'node_modules', '.bin');
const fromSource = ['--import', new URL('scripts/from-source.ts', ROOT).href];
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, NODE_OPTIONS: '' };

// Inside the repository, so that the compiler finds its types, but not in node_modules, where Node strips none.
mkdirSync(join(root, '.cache'), { recursive: true });
const scratch = mkdtempSync(join(root, '.cache', 'doc-examples-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const documents = [...sourceFiles('*.md', 'docs/**/*.md', 'examples/**/*.md', 'spec/**/*.md')].map(([path, text]) =>
	docExamples(path, text),
);
const examples = documents.flatMap((document) => document.examples);
const modules = examples
	.filter(({ language }) => language === 'ts')
	.map((example) => ({ example, file: join(scratch, `${example.place.replace(/[^\w]+/g, '-')}.ts`) }));
for (const { example, file } of modules) writeFileSync(file, example.code);

describe('examples in documents', () => {
	it('say what is to be done with them', () => {
		expect(documents.flatMap((document) => document.problems)).toEqual([]);
	});

	it.skipIf(modules.length === 0)('compile', { timeout: LIMIT }, async () => {
		const config = join(scratch, 'tsconfig.json');
		// As an application compiles them: what the house asks of its own sources is no business of an example.
		const compilerOptions = { isolatedDeclarations: false, declaration: false, noUnusedLocals: false };
		writeFileSync(config, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] }));
		const { ended, output } = await childRun([join(bin, 'tsc'), '--noEmit', '-p', config], { cwd: root, env }, LIMIT);
		const readable = modules.reduce(
			(text, { example, file }) => text.replaceAll(file.slice(root.length), example.place),
			output,
		);
		expect({ ended, output: readable }).toEqual({ ended: 0, output: '' });
	});

	const running = modules.filter(({ example }) => example.mode === 'run');
	it.for(running)('run: $example.place', { timeout: LIMIT + 10_000 }, async ({ file }) => {
		// An example has run when its top level is done: it may leave a server open, as the reader's would stay.
		const run = `await import(${JSON.stringify(pathToFileURL(file).href)}); process.exit();`;
		const command = [process.execPath, ...fromSource, '--input-type=module', '--eval', run];
		expect(await childRun(command, { cwd: root, env }, LIMIT)).toMatchObject({ ended: 0 });
	});

	const shell = examples.filter(({ language }) => language === 'sh');
	it.for(shell)('run: $place', { timeout: LIMIT + 10_000 }, async (example: DocExample) => {
		const stop =
			example.server === null
				? null
				: await childServer([process.execPath, ...fromSource, example.server], { cwd: root, env });
		try {
			const command = ['bash', '-euo', 'pipefail', '-c', example.code];
			expect(await childRun(command, { cwd: root, env }, LIMIT)).toMatchObject({ ended: 0 });
		} finally {
			await stop?.();
		}
	});
});
