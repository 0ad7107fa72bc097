import { describe, expect, it } from 'vitest';
import { docExamples } from '../../scripts/doc-examples.ts';

/** A fence of three backticks, which this file cannot hold without hiding it from its own reader. */
const FENCE = '`'.repeat(3);

function fenced(info: string, code = 'a();'): string {
	return `Text.\n\n${FENCE}${info}\n${code}\n${FENCE}\n`;
}

describe('the reader of examples', () => {
	it('finds what is to be run and what to be compiled', () => {
		expect(docExamples('A.md', `${fenced('ts run')}${fenced('typescript check', 'b();')}`)).toEqual({
			examples: [
				{ language: 'ts', mode: 'run', server: null, code: 'a();\n', place: 'A.md:3' },
				{ language: 'ts', mode: 'check', server: null, code: 'b();\n', place: 'A.md:8' },
			],
			problems: [],
		});
	});

	it('refuses TypeScript that says neither', () => {
		expect(docExamples('A.md', fenced('ts'))).toEqual({
			examples: [],
			problems: [`A.md:3: say ${FENCE}ts run or ${FENCE}ts check`],
		});
	});

	it('takes a shell block that says run, with a server or without', () => {
		expect(docExamples('A.md', `${fenced('sh')}${fenced('sh run')}${fenced('bash run with=examples/a.ts')}`)).toEqual({
			examples: [
				{ language: 'sh', mode: 'run', server: null, code: 'a();\n', place: 'A.md:8' },
				{ language: 'sh', mode: 'run', server: 'examples/a.ts', code: 'a();\n', place: 'A.md:13' },
			],
			problems: [],
		});
	});

	it.each([
		['ts skip', 'A.md:3: a ts block cannot be "skip"'],
		['sh check', 'A.md:3: a sh block cannot be "check"'],
		['ts run with=a.ts', 'A.md:3: "with=a.ts" says nothing'],
	])('refuses %s', (info, problem) => {
		expect(docExamples('A.md', fenced(info)).problems).toEqual([problem]);
	});

	it('leaves other languages alone', () => {
		expect(docExamples('A.md', `${fenced('')}${fenced('json')}${fenced('text run')}`)).toEqual({
			examples: [],
			problems: [],
		});
	});

	it('reads a longer fence as one block', () => {
		const text = `${FENCE}\`ts check\n${FENCE}ts\n${FENCE}\n${FENCE}\`\n`;
		expect(docExamples('A.md', text).examples.map(({ code }) => code)).toEqual([`${FENCE}ts\n${FENCE}\n`]);
	});

	it('sees a fence that is never closed', () => {
		expect(docExamples('A.md', `${FENCE}ts run\na();\n`).problems).toEqual(['A.md:1: the fence is never closed']);
	});
});
