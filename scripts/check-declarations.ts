/**
 * Compiles a program that imports every public name of the package by its manifest, as its users do, from the built
 * declarations: once as Node.js resolves modules, once as bundlers do. The sources' own check sees neither `exports` nor `dist`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageEntries, ROOT } from './package-entries.ts';

const folder = new URL('.cache/declarations/', ROOT);
const tsc = fileURLToPath(new URL('node_modules/.bin/tsc', ROOT));

/** How users resolve modules: each needs a module setting that allows it. */
const resolutions = { nodenext: 'nodenext', bundler: 'esnext' } as const;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const names = [...packageEntries().keys()];
const imports = names.map((name, index) => `export * as entry${index} from '${name}';\n`).join('');
writeFileSync(new URL('entries.ts', folder), imports);

for (const [moduleResolution, module] of Object.entries(resolutions)) {
	const config = {
		compilerOptions: {
			...{ module, moduleResolution, target: 'es2024', lib: ['es2024', 'dom', 'dom.iterable'], types: ['node'] },
			...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: false },
		},
		files: ['entries.ts'],
	};
	const file = new URL(`tsconfig.${moduleResolution}.json`, folder);
	writeFileSync(file, JSON.stringify(config));
	const { status } = spawnSync(tsc, ['-p', fileURLToPath(file)], { stdio: 'inherit' });
	console.log(
		`${names.length} public names, moduleResolution ${moduleResolution}: ${status === 0 ? 'compiled' : 'FAILED'}`,
	);
	if (status !== 0) process.exitCode = 1;
}
