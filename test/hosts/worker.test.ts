/** The contract on workerd, from the package as it is built: no `node:` is there, nor any package manager. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { createServer } from 'node:net';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { builtProject } from '../support/built-package.ts';
import { compatInstalled } from '../support/compat-package.ts';
import { contract, type RunningHost } from './contract.ts';

const BIN = fileURLToPath(new URL('../../compat/node_modules/.bin/', import.meta.url));
const FILES = ['fixture-app.ts', 'run-worker.ts'].map((name) => `test/hosts/${name}`);

type Exports = Readonly<Record<string, { readonly workerd?: { readonly default: string }; readonly default?: string }>>;

/** All modules that one needs, by path, with what they import named by path too: as a bundler for workers finds them. */
async function modulesOf(project: string, entry: string): Promise<Map<string, string>> {
	const { exports } = JSON.parse(await readFile(join(project, 'node_modules/rsgi/package.json'), 'utf8')) as {
		exports: Exports;
	};
	const resolve = (specifier: string, from: string): string => {
		if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
		const subpath = exports[specifier.replace(/^rsgi/, '.')];
		if (!/^rsgi(?:\/|$)/.test(specifier) || subpath === undefined) throw new Error(`${from} imports ${specifier}`);
		return posix.join('node_modules/rsgi', subpath.workerd?.default ?? (subpath.default as string));
	};
	const modules = new Map<string, string>();
	const wanted = [entry];
	for (const path of wanted) {
		if (modules.has(path)) continue;
		const text = await readFile(join(project, path), 'utf8');
		const script = path.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
		const linked = script.replace(
			/(\bfrom\s*|\bimport\s*)"([^"]+)"|(\bfrom\s*|\bimport\s*)'([^']+)'/g,
			(_, a, b, c, d) => {
				const target = resolve((b ?? d) as string, path);
				wanted.push(target);
				const relative = posix.relative(posix.dirname(path), target);
				return `${a ?? c}"${relative.startsWith('.') ? relative : `./${relative}`}"`;
			},
		);
		modules.set(path, linked);
	}
	return modules;
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as { port: number };
	server.close();
	await once(server, 'close');
	return port;
}

async function worker(): Promise<RunningHost> {
	const project = await builtProject(FILES);
	const modules = await modulesOf(project.path, 'run-worker.ts');
	const embedded = [];
	for (const [path, text] of modules) {
		const file = `${path.replace(/\W/g, '-')}.js`;
		await writeFile(join(project.path, file), text);
		embedded.push(`(name = "${path}", esModule = embed "${file}")`);
	}
	const port = await freePort();
	const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .fixture)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const fixture :Workerd.Worker = (modules = [${embedded.join(', ')}], compatibilityDate = "2026-01-01");
`;
	await writeFile(join(project.path, 'config.capnp'), config);
	const child = spawn(`${BIN}workerd`, ['serve', 'config.capnp', '--control-fd=3'], {
		cwd: project.path,
		stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
	});
	let said = '';
	for (const output of [child.stdout, child.stderr])
		output?.on('data', (chunk: Buffer) => {
			said += chunk.toString();
		});
	const ended = once(child, 'close');
	const control = child.stdio[3] as NodeJS.ReadableStream;
	let told = '';
	control.on('data', (chunk: Buffer) => {
		told += chunk.toString();
	});
	while (!told.includes('"listen"')) {
		await Promise.race([once(control, 'data'), ended]);
		if (child.exitCode !== null) throw new Error(`workerd ended before it listened:\n${said}`);
	}
	return {
		endpoint: { version: '1.1', origin: `http://127.0.0.1:${port}` },
		async stop() {
			child.kill('SIGKILL');
			await ended;
			await project.remove();
		},
	};
}

describe.skipIf(!compatInstalled())('workers', () => {
	contract('workerd', worker);
});

/** What runs where there is no `node:`. */
const PORTABLE = [
	'',
	'/core',
	'/adapters',
	'/core/adapters',
	'/fetch',
	'/gateway',
	'/text',
	'/memory',
	'/events',
	'/escape',
];

test('HOST-30: what a worker imports of the package needs no node:, and is there once', async () => {
	const project = await builtProject(FILES);
	try {
		const imports = PORTABLE.map((subpath) => `import 'rsgi${subpath}';\n`).join('');
		await writeFile(join(project.path, 'all.ts'), imports);
		// Refuses whatever is imported from elsewhere.
		const modules = await modulesOf(project.path, 'all.ts');
		expect([...modules.keys()]).toContain('node_modules/rsgi/dist/core/adapters.js');
		expect([...modules.values()].filter((text) => /class LiveExchange\b/.test(text))).toHaveLength(1);
	} finally {
		await project.remove();
	}
}, 60_000);
