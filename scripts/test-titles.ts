import { parseSync, Visitor } from 'oxc-parser';

/** The title of a test, with those of the groups round it. */
export interface TestTitle {
	readonly title: string;
	/** `test/spec/rich.test.ts:12` */
	readonly place: string;
}

/** What vitest calls a test, and a group of tests. */
const TESTS = new Set(['it', 'test']);
const GROUPS = new Set(['describe', 'suite']);
/** What may stand behind: `it.each(…)(…)`, `it.prop([…])(…)`, `describe.sequential(…)`. */
const NEVER_RUN = new Set(['skip', 'todo']);

interface Call {
	readonly kind: 'test' | 'group';
	readonly title: string;
	readonly skipped: boolean;
	readonly start: number;
	readonly end: number;
}

/**
 * The titles of all tests in a vitest file that can run; what is skipped or to do is left out, as is a group without a
 * test. Of a computed title the parts that are literal count.
 * @throws Error when the source is not TypeScript
 */
export function testTitles(path: string, text: string): TestTitle[] {
	const { program, errors } = parseSync(path, text);
	const [error] = errors;
	if (error !== undefined) throw new Error(`${path}: ${error.message}`);
	const calls: Call[] = [];
	new Visitor({
		CallExpression({ callee, arguments: [first], start, end }) {
			const names = calleeNames(callee);
			const [base] = names;
			if (base === undefined || first === undefined) return;
			const kind = TESTS.has(base) ? 'test' : GROUPS.has(base) ? 'group' : null;
			const title = literalText(first);
			if (kind === null || title === null) return;
			calls.push({ kind, title, skipped: names.some((name) => NEVER_RUN.has(name)), start, end });
		},
	}).visit(program);
	return calls
		.filter((call) => call.kind === 'test')
		.map((test) => ({ test, around: calls.filter((call) => call.start <= test.start && call.end >= test.end) }))
		.filter(({ around }) => !around.some((call) => call.skipped))
		.map(({ test, around }) => ({
			title: around.map((call) => call.title).join(' > '),
			place: `${path}:${text.slice(0, test.start).split('\n').length}`,
		}));
}

/** A node of the syntax tree, as far as it matters here. */
interface Node {
	readonly type: string;
}

/** `it.each(table)` is it, each; what is no such chain is empty. */
function calleeNames(node: Node): string[] {
	const { type, name, object, property, callee, tag } = node as Node & {
		name?: string;
		object?: Node;
		property?: Node & { name?: string };
		callee?: Node;
		tag?: Node;
	};
	if (type === 'Identifier' && name !== undefined) return [name];
	if (type === 'MemberExpression' && object !== undefined) return [...calleeNames(object), property?.name ?? ''];
	if (type === 'CallExpression' && callee !== undefined) return calleeNames(callee);
	if (type === 'TaggedTemplateExpression' && tag !== undefined) return calleeNames(tag);
	return [];
}

/** The literal text of a string, a template or a sum of them; null of anything else. */
function literalText(node: Node): string | null {
	const { type, value, quasis, left, right } = node as Node & {
		value?: unknown;
		quasis?: { value: { cooked: string | null } }[];
		left?: Node;
		right?: Node;
	};
	if (type === 'Literal') return typeof value === 'string' ? value : null;
	if (type === 'TemplateLiteral') return quasis?.map((quasi) => quasi.value.cooked ?? '').join(' … ') ?? null;
	if (type === 'BinaryExpression' && left !== undefined && right !== undefined) {
		return `${literalText(left) ?? ''}${literalText(right) ?? ''}`;
	}
	return null;
}
