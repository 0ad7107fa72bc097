/** Who may import whom under `src`, and what breaks it. */
import { posix } from 'node:path';
import { type ImportEdge, importEdges } from './import-edges.ts';

/**
 * What each folder may import beside itself. A name stands for the folder, or the file, of that path and for all below
 * it. The most particular row holds: `engine/http1` is under its own row, not under that of `engine`.
 */
export const IMPORT_TABLE: Readonly<Record<string, readonly string[]>> = {
	wire: [],
	'engine/hpack': ['wire'],
	'engine/http1': ['wire'],
	'engine/http2': ['wire', 'engine/hpack'],
	'engine/websocket': ['wire'],
	'engine/proxy': ['wire'],
	rich: ['wire'],
	connection: ['engine', 'rich', 'wire'],
	app: ['rich', 'wire', 'engine/websocket'],
	layer: ['rich', 'wire'],
	escape: ['layer', 'rich', 'wire'],
	adapter: ['escape/origin', 'layer', 'rich', 'wire'],
	middleware: ['layer', 'rich', 'wire'],
	journey: ['escape/frame', 'middleware/observed-exchange', 'layer', 'rich', 'wire'],
	validate: ['layer', 'rich', 'wire'],
	integration: ['app', 'rich', 'wire', 'engine/websocket', 'middleware/answered-exchange'],
	// Sockets of workers are read as those of clients are (decisions/005).
	wsgi: ['layer', 'rich', 'wire', 'app', 'integration/websocket', 'host/node/socket-reading'],
	host: ['connection', 'rich', 'adapter', 'layer/node', 'wire', 'engine/proxy'],
	cli: ['', '!index.ts'],
	'index.ts': ['', '!cli'],
	'core.ts': ['rich', 'wire'],
	'node.ts': ['layer/node', 'host/node'],
};

/** Who may import `node:` modules. The core runs anywhere. */
export const NODE_USERS: readonly string[] = [
	...['host', 'wsgi', 'cli', 'integration', 'layer/fetch', 'layer/node'],
	// node:zlib, and node:fs/promises where a developer is shown an error.
	...['middleware/compression/coder', 'middleware/error-pages/source-lines'],
];

/** Who may import optional peers. Nobody imports any other package: the core has no dependencies. */
export const PEER_USERS: readonly string[] = ['host', 'wsgi', 'cli', 'integration'];

/** Who may import by a computed name: the command line imports the user's application. */
export const ENTRY_IMPORTERS: readonly string[] = ['cli'];

/** Who may import package.json, for the version. */
export const MANIFEST_USERS: readonly string[] = ['cli'];

/** What a check knows of the package. */
export interface ImportRules {
	readonly table: Readonly<Record<string, readonly string[]>>;
	/** The optional peers, from package.json. */
	readonly peers: readonly string[];
}

/**
 * All that breaks the table, a line each, with the place.
 * @param files the sources by path, which begins with `src/`
 */
export function importProblems(files: ReadonlyMap<string, string>, rules: ImportRules): string[] {
	const problems: string[] = [];
	const runtime = new Map<string, string[]>();
	for (const [path, text] of files) {
		const targets: string[] = [];
		runtime.set(path, targets);
		const from = path.slice('src/'.length);
		for (const edge of importEdges(path, text)) {
			const problem = edgeProblem(from, edge, files, rules);
			if (problem !== null) problems.push(`${path}:${edge.line}: ${problem}`);
			else if (!edge.typeOnly && edge.specifier?.startsWith('.')) targets.push(resolved(path, edge.specifier));
		}
	}
	for (const cycle of cycles(runtime)) problems.push(`cycle: ${cycle.join(' → ')}`);
	return problems;
}

function edgeProblem(
	from: string,
	edge: ImportEdge,
	files: ReadonlyMap<string, string>,
	{ table, peers }: ImportRules,
): string | null {
	const { specifier } = edge;
	if (specifier === null) {
		return mayUse(from, ENTRY_IMPORTERS) ? null : 'imports a computed name, which nothing can check';
	}
	if (specifier.startsWith('node:')) {
		return mayUse(from, NODE_USERS) ? null : `only ${NODE_USERS.join(', ')} may import ${specifier}`;
	}
	if (!specifier.startsWith('.')) {
		const known = peers.some((peer) => within(specifier, peer));
		if (!known) return `imports the package ${specifier}: there are no runtime dependencies`;
		return mayUse(from, PEER_USERS) ? null : `only ${PEER_USERS.join(', ')} may import ${specifier}`;
	}
	const target = resolved(`src/${from}`, specifier);
	if (target === 'package.json' && mayUse(from, MANIFEST_USERS)) return null;
	if (!target.startsWith('src/')) return `${specifier} leaves src`;
	if (!files.has(target)) return `${specifier} is no source file`;
	const to = target.slice('src/'.length);
	const row = rowOf(from, table);
	if (row === null) return 'is in no row of the import table';
	if (rowOf(to, table) === row) return null;
	const allowed = table[row] ?? [];
	const denied = allowed.some((name) => name.startsWith('!') && within(to, name.slice(1)));
	if (!denied && allowed.some((name) => within(to, name))) return null;
	return `${row} may not import ${to}`;
}

function mayUse(path: string, users: readonly string[]): boolean {
	return users.some((user) => within(path, user));
}

/** Whether a path is that of the name or below it. `escape/origin` names `escape/origin.ts` too; the empty name is all. */
function within(path: string, name: string): boolean {
	return name === '' || path === name || path === `${name}.ts` || path.startsWith(`${name}/`);
}

/** The row that a file is under: the longest that names it. */
function rowOf(path: string, table: Readonly<Record<string, readonly string[]>>): string | null {
	const rows = Object.keys(table).filter((row) => within(path, row));
	return rows.sort((a, b) => b.length - a.length)[0] ?? null;
}

function resolved(path: string, specifier: string): string {
	return posix.join(posix.dirname(path), specifier);
}

/** Each cycle of a graph that a walk comes upon, as the path round it. */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
	const found: string[][] = [];
	const done = new Set<string>();
	const trail: string[] = [];
	const walk = (node: string): void => {
		if (done.has(node)) return;
		const at = trail.indexOf(node);
		if (at !== -1) {
			found.push([...trail.slice(at), node]);
			return;
		}
		trail.push(node);
		for (const next of graph.get(node) ?? []) walk(next);
		trail.pop();
		done.add(node);
	};
	for (const node of graph.keys()) walk(node);
	return found;
}

/** The adapters whose file does not export the one function it is named for: `a-to-b.ts` exports `aToB`. */
export function adapterProblems(files: ReadonlyMap<string, string>): string[] {
	const problems: string[] = [];
	for (const [path, text] of files) {
		const name = /^src\/adapter\/([a-z0-9]+(?:-[a-z0-9]+)*-to-[a-z0-9-]+)\.ts$/.exec(path)?.[1];
		if (name === undefined) continue;
		const wanted = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
		if (!new RegExp(`^export (?:async )?(?:function|const) ${wanted}\\b`, 'm').test(text)) {
			problems.push(`${path}: exports no ${wanted}()`);
		}
	}
	return problems;
}
