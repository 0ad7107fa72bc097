import { describe, expect, it } from 'vitest';
import { specProblems } from '../../scripts/spec-coverage.ts';
import { specRules } from '../../scripts/spec-rules.ts';
import { testTitles } from '../../scripts/test-titles.ts';

const SPEC = `# The demo layer

The word MUST is that of RFC 2119.

## 1. Rules

- **DEMO-1** A server MUST answer. It
  MUST answer once.
- **DEMO-2** A client MAY ask.
  MAY it not?

**DEMO-3** A paragraph MUST do as well.

\`\`\`ts
// A comment MUST NOT count.
\`\`\`

The name \`MUST\` in code is none.
`;

const TESTS = `
import { describe, it } from 'vitest';
describe('DEMO-1', () => { it('answers', () => {}); });
it.each([1, 2])('DEMO-2, and %d', () => {});
it('DEMO-3' + ' in a sum', () => {});
`;

function problems(spec: string, tests: string, source = ''): string[] {
	return specProblems(new Map([['spec/demo.md', spec]]), new Map([['t.test.ts', tests]]), new Map([['s.ts', source]]));
}

describe('the specification check', () => {
	it('passes where each rule has a number and each number a test', () => {
		expect(problems(SPEC, TESTS)).toEqual([]);
	});

	it('sees a rule without a test', () => {
		expect(problems(SPEC, TESTS.replace('DEMO-2', 'demo'))).toEqual([
			'spec/demo.md:9: DEMO-2 has no test whose title names it',
		]);
	});

	it.each([
		['skipped', "it.skip('DEMO-3', () => {});"],
		['to do', "it.todo('DEMO-3');"],
		['in a skipped group', "describe.skip('DEMO-3', () => { it('x', () => {}); });"],
		['a group without tests', "describe('DEMO-3', () => {});"],
		['a comment', '// DEMO-3'],
		['a string', "const s = 'DEMO-3';"],
		['another number', "it('DEMO-1 DEMO-30', () => {});"],
	])('does not take for a test what is %s', (_, test) => {
		const without = TESTS.replace("it('DEMO-3' + ' in a sum', () => {});", test);
		expect(problems(SPEC, without)).toContain('spec/demo.md:12: DEMO-3 has no test whose title names it');
	});

	it('sees MUST without a number, in a paragraph, an item, a table and bold', () => {
		const spec = `${SPEC}\nThis MUST be\nseen.\n\n- and this\n  MUST too\n\n| a | MUST |\n\nIt **must not** be missed.\n`;
		expect(problems(spec, TESTS)).toEqual([
			'spec/demo.md:20: says MUST without a number',
			'spec/demo.md:23: says MUST without a number',
			'spec/demo.md:26: says MUST without a number',
			'spec/demo.md:28: says MUST without a number',
		]);
	});

	it('takes what is indented below a rule for a part of it, and nothing else', () => {
		const spec =
			'## 1\n\n- **DEMO-1** One.\n\n  It MUST go on.\n  - And a sub-item MUST.\n\nThis MUST NOT belong to it.\n';
		expect(specRules('spec/demo.md', spec)).toEqual({
			rules: [{ number: 'DEMO-1', place: 'spec/demo.md:3' }],
			unnumbered: ['spec/demo.md:8'],
		});
	});

	it('sees a number used twice', () => {
		expect(problems(`${SPEC}\n**DEMO-2** Again.\n`, TESTS)).toEqual([
			'spec/demo.md:20: DEMO-2 is used already, at spec/demo.md:9',
		]);
	});

	it('sees a test that names a number that is not there', () => {
		expect(problems(SPEC, `${TESTS}it('DEMO-9', () => {});\nit('UTF-8', () => {});\n`)).toEqual([
			't.test.ts:6: the test names DEMO-9, which is not in the specification',
		]);
	});

	it('sees a source that cites a number that is not there', () => {
		expect(problems(SPEC, TESTS, "// DEMO-1\nthrow new Misuse('DEMO-9');")).toEqual([
			's.ts:2: cites DEMO-9, which is not in the specification',
		]);
	});
});

describe('the reader of titles', () => {
	it('joins the titles of groups and tests', () => {
		const text = "describe('a', () => {\n\tdescribe.each([1])('b %d', () => {\n\t\ttest('c', () => {});\n\t});\n});\n";
		expect(testTitles('x.test.ts', text)).toEqual([{ title: 'a > b %d > c', place: 'x.test.ts:3' }]);
	});

	it('does not take the table of each() for a title', () => {
		expect(testTitles('x.test.ts', "it.each(['DEMO-1'])('t', () => {});")).toEqual([
			{ title: 't', place: 'x.test.ts:1' },
		]);
	});

	it('takes the literal parts of a template', () => {
		expect(testTitles('x.test.ts', 'it(`DEMO-1 on $' + '{host}`, () => {});').map(({ title }) => title)).toEqual([
			'DEMO-1 on  … ',
		]);
	});

	it('refuses what it cannot parse', () => {
		expect(() => testTitles('x.test.ts', 'it(')).toThrow('x.test.ts');
	});
});
