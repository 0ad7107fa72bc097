import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importEdges } from '../../scripts/import-edges.ts';
import { adapterProblems, cycles, IMPORT_TABLE, importProblems } from '../../scripts/import-table.ts';
import { ROOT } from '../../scripts/package-entries.ts';
import { sourceFiles } from '../../scripts/source-files.ts';

interface Manifest {
	dependencies?: Record<string, string>;
	peerDependencies?: Record<string, string>;
	peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as Manifest;
const peers = Object.keys(manifest.peerDependencies ?? {});
const sources = sourceFiles('src/**/*.ts');

/** The problems of a few planted files. */
function planted(files: Record<string, string>): string[] {
	return importProblems(new Map(Object.entries(files)), { table: IMPORT_TABLE, peers: ['selfsigned'] });
}

describe('the sources', () => {
	it('are found', () => {
		expect(sources.size).toBeGreaterThan(10);
	});

	it('keep to the import table, without cycles', () => {
		expect(importProblems(sources, { table: IMPORT_TABLE, peers })).toEqual([]);
	});

	it('name each adapter for what it exports', () => {
		expect(adapterProblems(sources)).toEqual([]);
	});

	it('have no runtime dependencies, and only optional peers', () => {
		expect(manifest.dependencies ?? {}).toEqual({});
		for (const peer of peers) expect(manifest.peerDependenciesMeta?.[peer]?.optional, peer).toBe(true);
	});
});

describe('the table', () => {
	it('has no cycle between folders', () => {
		const graph = new Map(Object.entries(IMPORT_TABLE));
		expect(cycles(graph)).toEqual([]);
	});
});

describe('a planted violation is seen', () => {
	it.each([
		['upwards', { 'src/wire/a.ts': "import '../rich/b.ts';", 'src/rich/b.ts': '' }, 'wire may not import rich/b.ts'],
		[
			'upwards, by a type alone',
			{ 'src/wire/a.ts': "import type { B } from '../rich/b.ts';", 'src/rich/b.ts': '' },
			'wire may not import rich/b.ts',
		],
		[
			'upwards, by re-export',
			{ 'src/rich/a.ts': "export * from '../connection/b.ts';", 'src/connection/b.ts': '' },
			'rich may not import connection/b.ts',
		],
		[
			'upwards, by import()',
			{ 'src/rich/a.ts': "const b = await import('../host/b.ts');", 'src/host/b.ts': '' },
			'rich may not import host/b.ts',
		],
		[
			'upwards, by an import type',
			{ 'src/rich/a.ts': "type B = import('../host/b.ts').B;", 'src/host/b.ts': '' },
			'rich may not import host/b.ts',
		],
		[
			'from one engine to another',
			{ 'src/engine/http1/a.ts': "import '../http2/b.ts';", 'src/engine/http2/b.ts': '' },
			'engine/http1 may not import engine/http2/b.ts',
		],
		[
			'from app to an engine other than websocket',
			{ 'src/app/a.ts': "import '../engine/http2/b.ts';", 'src/engine/http2/b.ts': '' },
			'app may not import engine/http2/b.ts',
		],
		[
			'from an adapter to more of escape than its origin',
			{ 'src/adapter/a.ts': "import '../escape/registry.ts';", 'src/escape/registry.ts': '' },
			'adapter may not import escape/registry.ts',
		],
		[
			'from the entry to the command line',
			{ 'src/index.ts': "import './cli/b.ts';", 'src/cli/b.ts': '' },
			'index.ts may not import cli/b.ts',
		],
		['of node: in the core', { 'src/engine/http1/a.ts': "import 'node:net';" }, 'may import node:net'],
		[
			'of node: types in the core',
			{ 'src/rich/a.ts': "import type { Socket } from 'node:net';" },
			'may import node:net',
		],
		['of a package', { 'src/host/a.ts': "import 'lodash';" }, 'no runtime dependencies'],
		['of an optional peer in the core', { 'src/rich/a.ts': "import 'selfsigned';" }, 'may import selfsigned'],
		['of a file that is not there', { 'src/wire/a.ts': "import './b.ts';" }, 'is no source file'],
		['of something outside src', { 'src/cli/a.ts': "import '../../scripts/b.ts';" }, 'leaves src'],
		['of a computed name', { 'src/host/a.ts': 'await import(process.argv[2]);' }, 'computed name'],
		['of the manifest', { 'src/host/a.ts': "import '../../package.json' with { type: 'json' };" }, 'leaves src'],
		['in a folder without a row', { 'src/util/a.ts': "import '../wire/b.ts';", 'src/wire/b.ts': '' }, 'in no row'],
		[
			'in a cycle',
			{
				'src/wire/a.ts': "import './b.ts';",
				'src/wire/b.ts': "export { c } from './c.ts';",
				'src/wire/c.ts': "import { type A } from './a.ts';",
			},
			'cycle: src/wire/a.ts → src/wire/b.ts → src/wire/c.ts → src/wire/a.ts',
		],
	])('%s', (_, files, problem) => {
		expect(planted(files).join('\n')).toContain(problem);
	});

	it('with its place', () => {
		expect(planted({ 'src/wire/a.ts': "\n\nimport '../rich/b.ts';", 'src/rich/b.ts': '' })).toEqual([
			'src/wire/a.ts:3: wire may not import rich/b.ts',
		]);
	});

	it('in an adapter that exports something else', () => {
		const text = 'export function gatewayToRich(): void {}';
		expect(adapterProblems(new Map([['src/adapter/rich-to-gateway.ts', text]]))).toEqual([
			'src/adapter/rich-to-gateway.ts: exports no richToGateway()',
		]);
		expect(adapterProblems(new Map([['src/adapter/gateway-to-rich.ts', text]]))).toEqual([]);
	});
});

describe('what is allowed passes', () => {
	it.each([
		['the same folder', { 'src/wire/a.ts': "import './b.ts';", 'src/wire/b.ts': '' }],
		['a lower layer', { 'src/connection/a.ts': "import '../engine/http1/b.ts';", 'src/engine/http1/b.ts': '' }],
		['hpack for HTTP/2', { 'src/engine/http2/a.ts': "import '../hpack/b.ts';", 'src/engine/hpack/b.ts': '' }],
		["escape's origin", { 'src/adapter/a.ts': "import '../escape/origin.ts';", 'src/escape/origin.ts': '' }],
		['node: in a host', { 'src/host/node/a.ts': "import 'node:net';" }],
		['a computed name in the command line', { 'src/cli/a.ts': 'await import(process.argv[2]);' }],
		['the manifest in the command line', { 'src/cli/a.ts': "import '../../package.json' with { type: 'json' };" }],
		['an optional peer in the command line', { 'src/cli/a.ts': "await import('selfsigned');" }],
		[
			'a cycle of types, which is none at run time',
			{
				'src/rich/a.ts': "import type { B } from './b.ts';",
				'src/rich/b.ts': "import './a.ts';",
			},
		],
	])('%s', (_, files) => {
		expect(planted(files as unknown as Record<string, string>)).toEqual([]);
	});
});

describe('the reader of imports', () => {
	it('is not misled by strings and comments', () => {
		const text = "// import './a.ts';\nconst s = `import './b.ts'`;\n/* export * from './c.ts' */\nexport { s };\n";
		expect(importEdges('x.ts', text)).toEqual([]);
	});

	it('refuses what it cannot parse', () => {
		expect(() => importEdges('x.ts', 'import {')).toThrow('x.ts');
	});
});
