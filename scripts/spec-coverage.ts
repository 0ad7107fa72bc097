/** Whether the specification and the tests agree: each rule has a number, and each number a test. */
import { sourceFiles } from './source-files.ts';
import { type SpecRule, specRules } from './spec-rules.ts';
import { testTitles } from './test-titles.ts';

/** Files by path. */
type Files = ReadonlyMap<string, string>;

/**
 * All that does not agree, a line each, with the place.
 * @param specs the specification texts, in Markdown
 * @param tests the vitest files
 * @param sources what may cite rules in its errors and comments
 */
export function specProblems(specs: Files, tests: Files, sources: Files): string[] {
	const problems: string[] = [];
	const rules = new Map<string, SpecRule>();
	for (const [path, markdown] of specs) {
		const spec = specRules(path, markdown);
		for (const place of spec.unnumbered) problems.push(`${place}: says MUST without a number`);
		for (const rule of spec.rules) {
			const first = rules.get(rule.number);
			if (first === undefined) rules.set(rule.number, rule);
			else problems.push(`${rule.place}: ${rule.number} is used already, at ${first.place}`);
		}
	}
	const series = new Set([...rules.keys()].map((number) => number.slice(0, number.lastIndexOf('-'))));
	const tested = new Set<string>();
	for (const [path, text] of tests) {
		for (const { title, place } of testTitles(path, text)) {
			for (const number of numbersIn(title, series)) {
				if (rules.has(number)) tested.add(number);
				else problems.push(`${place}: the test names ${number}, which is not in the specification`);
			}
		}
	}
	for (const [path, text] of sources) {
		for (const [index, line] of text.split('\n').entries()) {
			for (const number of numbersIn(line, series)) {
				if (!rules.has(number))
					problems.push(`${path}:${index + 1}: cites ${number}, which is not in the specification`);
			}
		}
	}
	for (const { number, place } of rules.values()) {
		if (!tested.has(number)) problems.push(`${place}: ${number} has no test whose title names it`);
	}
	return problems;
}

/** The rule numbers in a text, of the series that the specification has; `UTF-8` is none. */
function numbersIn(text: string, series: ReadonlySet<string>): string[] {
	return [...text.matchAll(/\b([A-Z][A-Z0-9]*)-\d+\b/g)]
		.filter(([, name]) => name !== undefined && series.has(name))
		.map(([number]) => number);
}

if (import.meta.main) {
	const specs = sourceFiles('spec/**/*.md');
	const problems = specProblems(specs, sourceFiles('test/**/*.test.ts'), sourceFiles('src/**/*.ts'));
	for (const problem of problems) console.error(problem);
	if (problems.length > 0) process.exitCode = 1;
	else {
		let count = 0;
		for (const [path, markdown] of specs) count += specRules(path, markdown).rules.length;
		console.log(`${count} rules in ${specs.size} texts, each with a test.`);
	}
}
