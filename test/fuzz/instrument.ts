/** Counts which branches of a source are taken: a counter at the beginning of each, added to its syntax tree. */
import { stripTypeScriptTypes } from 'node:module';
import { parseSync } from 'oxc-parser';

/** A node of the tree, as far as it is looked at. */
interface Node {
	readonly type: string;
	readonly start: number;
	readonly end: number;
	readonly [key: string]: unknown;
}

interface Insertion {
	readonly at: number;
	readonly text: string;
}

/**
 * JavaScript of this TypeScript, in which every function, branch, case and operand that may be left out counts in
 * `globalThis.branches`.
 * @param take gives the number of the next counter
 */
export function instrument(name: string, source: string, take: () => number): string {
	const code = stripTypeScriptTypes(source, { mode: 'strip' });
	const { program, errors } = parseSync(name.replace(/\.ts$/, '.js'), code);
	if (errors.length > 0) throw new Error(`${name}: ${errors[0]?.message}`);
	// In the order of the tree, so that a stable sort by place nests them rightly.
	const insertions: Insertion[] = [];
	const count = (): string => `globalThis.branches[${take()}]++`;
	const wrap = (node: Node, before: string, after: string): void => {
		insertions.push({ at: node.start, text: before });
		children(node);
		insertions.push({ at: node.end, text: after });
	};
	const expression = (node: Node): void => wrap(node, `(${count()},`, ')');
	const statement = (node: Node | null): void => {
		if (node === null) return;
		if (node.type === 'BlockStatement') visit(node);
		else wrap(node, `{${count()};`, '}');
	};
	const children = (node: Node): void => {
		for (const value of Object.values(node)) {
			if (Array.isArray(value)) for (const each of value) visit(each);
			else visit(value);
		}
	};
	const visit = (value: unknown): void => {
		if (!isNode(value)) return;
		switch (value.type) {
			case 'BlockStatement':
				insertions.push({ at: value.start + 1, text: `${count()};` });
				children(value);
				break;
			case 'IfStatement':
				visit(value.test);
				statement(value.consequent as Node);
				statement(value.alternate as Node | null);
				break;
			case 'ConditionalExpression':
				visit(value.test);
				expression(value.consequent as Node);
				expression(value.alternate as Node);
				break;
			case 'LogicalExpression':
				visit(value.left);
				expression(value.right as Node);
				break;
			case 'SwitchCase': {
				visit(value.test);
				const [first, ...rest] = value.consequent as Node[];
				if (first !== undefined) insertions.push({ at: first.start, text: `${count()};` });
				for (const each of [first, ...rest]) visit(each);
				break;
			}
			case 'ForStatement':
			case 'ForOfStatement':
			case 'ForInStatement':
			case 'WhileStatement':
				for (const key of ['init', 'left', 'test', 'right', 'update']) visit(value[key]);
				statement(value.body as Node);
				break;
			case 'ArrowFunctionExpression': {
				for (const parameter of value.params as Node[]) visit(parameter);
				const body = value.body as Node;
				if (body.type === 'BlockStatement' || body.type === 'FunctionBody') visit(body);
				else expression(body);
				break;
			}
			default:
				children(value);
		}
	};
	visit(program);
	const sorted = insertions
		.map((insertion, order) => ({ ...insertion, order }))
		.sort((a, b) => a.at - b.at || a.order - b.order);
	let out = '';
	let at = 0;
	for (const insertion of sorted) {
		out += code.slice(at, insertion.at) + insertion.text;
		at = insertion.at;
	}
	return out + code.slice(at);
}

function isNode(value: unknown): value is Node {
	return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}
