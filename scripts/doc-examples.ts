/** The examples in documents that a test runs. */

/** A fenced block of TypeScript, or a shell block that asks to be run. */
export interface DocExample {
	readonly language: 'ts' | 'sh';
	/** `run`: executed, and must succeed; `check`: must compile. */
	readonly mode: 'run' | 'check';
	/** For a shell block, the module that must be running meanwhile: ```` ```sh run with=examples/hello.ts ````. */
	readonly server: string | null;
	readonly code: string;
	/** `README.md:34`, where the fence opens. */
	readonly place: string;
}

/** What a document holds. */
export interface DocExamples {
	readonly examples: readonly DocExample[];
	/** Where a fence does not say what is to be done with it, or says what nobody knows. */
	readonly problems: readonly string[];
}

const MODES: Readonly<Record<string, readonly string[]>> = { ts: ['run', 'check'], sh: ['run'] };

/**
 * Reads the fenced examples of a document. Each `ts` block must say `run` or `check` behind the language; an `sh` block
 * may say `run`, and may add `with=` and a module to be started before it.
 */
export function docExamples(path: string, markdown: string): DocExamples {
	const examples: DocExample[] = [];
	const problems: string[] = [];
	let open: { fence: string; info: string; line: number; code: string[] } | null = null;
	for (const [index, line] of markdown.split('\n').entries()) {
		const [, fence = '', info = ''] = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
		if (open === null) {
			if (fence !== '') open = { fence, info: info.trim(), line: index + 1, code: [] };
		} else if (fence.startsWith(open.fence) && info === '') {
			const found = example(open.info, `${path}:${open.line}`, `${open.code.join('\n')}\n`);
			if (typeof found === 'string') problems.push(found);
			else if (found !== null) examples.push(found);
			open = null;
		} else {
			open.code.push(line);
		}
	}
	if (open !== null) problems.push(`${path}:${open.line}: the fence is never closed`);
	return { examples, problems };
}

/** An example, a problem, or null for a block that is no matter of ours. */
function example(info: string, place: string, code: string): DocExample | string | null {
	const [name = '', mode, ...options] = info.split(/\s+/);
	const language = name === 'typescript' ? 'ts' : name === 'bash' || name === 'shell' ? 'sh' : name;
	if (language !== 'ts' && language !== 'sh') return null;
	if (mode === undefined) return language === 'ts' ? `${place}: say \`\`\`ts run or \`\`\`ts check` : null;
	if (MODES[language]?.includes(mode) !== true) return `${place}: a ${language} block cannot be "${mode}"`;
	let server: string | null = null;
	for (const option of options) {
		if (language !== 'sh' || !option.startsWith('with=')) return `${place}: "${option}" says nothing`;
		server = option.slice('with='.length);
	}
	return { language, mode: mode as DocExample['mode'], server, code, place };
}
