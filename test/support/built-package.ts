/** The package as others install it, in a folder of its own: what a test that runs elsewhere than in vitest imports. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A project that has the package among its modules. */
export interface BuiltProject {
	readonly path: string;
	/** Removes it. */
	remove(): Promise<void>;
}

/**
 * Builds the package and installs it in a new project.
 * @param files copied into the project, by their paths from the root of the repository
 */
export async function builtProject(files: readonly string[]): Promise<BuiltProject> {
	const path = await realpath(await mkdtemp(join(tmpdir(), 'rsgi-built-')));
	const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
	try {
		const installed = join(path, 'node_modules', 'rsgi');
		await mkdir(installed, { recursive: true });
		await copyFile(join(ROOT, 'package.json'), join(installed, 'package.json'));
		const build = ['node_modules/tsdown/dist/run.mjs', '--no-dts', '--out-dir', join(installed, 'dist')];
		await promisify(execFile)(process.execPath, build, { cwd: ROOT });
		const manifest = { name: 'fixture', private: true, type: 'module', dependencies: { rsgi: '*' } };
		await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
		for (const file of files) await copyFile(join(ROOT, file), join(path, file.slice(file.lastIndexOf('/') + 1)));
		return { path, remove };
	} catch (error) {
		await remove();
		throw error;
	}
}
