import { parseSync, Visitor } from 'oxc-parser';

/** One import, re-export, `import()` or import type of a module. */
export interface ImportEdge {
	/** The module as the source names it; null when it is computed. */
	readonly specifier: string | null;
	/** Nothing of it is left at run time. */
	readonly typeOnly: boolean;
	/** Line of the statement, from 1. */
	readonly line: number;
}

/**
 * All modules that a source refers to, in order of appearance.
 * @throws Error when the source is not TypeScript
 */
export function importEdges(path: string, text: string): ImportEdge[] {
	const { module, program, errors } = parseSync(path, text);
	const [error] = errors;
	if (error !== undefined) throw new Error(`${path}: ${error.message}`);
	const found: { at: number; specifier: string | null; typeOnly: boolean }[] = [];
	for (const { start, moduleRequest, entries } of module.staticImports) {
		// `import {} from` and `import { type A } from` stay at run time under verbatimModuleSyntax.
		const typeOnly = entries.length > 0 && /^import\s+type\b/.test(text.slice(start));
		found.push({ at: start, specifier: moduleRequest.value, typeOnly });
	}
	for (const { start, entries } of module.staticExports) {
		const from = entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest;
		if (from === undefined || from === null) continue;
		found.push({ at: start, specifier: from.value, typeOnly: /^export\s+type\b/.test(text.slice(start)) });
	}
	new Visitor({
		ImportExpression({ start, source }) {
			const literal = source.type === 'Literal' && typeof source.value === 'string';
			found.push({ at: start, specifier: literal ? (source.value as string) : null, typeOnly: false });
		},
		TSImportType({ start, source }) {
			found.push({ at: start, specifier: source.value, typeOnly: true });
		},
	}).visit(program);
	return found
		.sort((a, b) => a.at - b.at)
		.map(({ at, specifier, typeOnly }) => ({ specifier, typeOnly, line: text.slice(0, at).split('\n').length }));
}
