/** The interpreters of Python that a machine has. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The system's. */
export const SYSTEM_PYTHON = '/usr/bin/python3';

/** One interpreter. */
export interface Python {
	/** `3.12` */
	readonly version: string;
	readonly minor: number;
	readonly path: string;
}

const ASK = 'import sys; print(sys.implementation.name, *sys.version_info[:2])';
/** What names of interpreters, and of folders that have one, say of its version. */
const NAME = /^(?:python)?3\.(\d+)/;

/** CPython of all versions that workers run on, one each, the oldest first: the system's, those of pyenv, and of PATH. */
export function pythons(): Python[] {
	const found = new Map<number, Python>();
	for (const [path, named] of candidates()) {
		if (found.has(named)) continue;
		const { stdout, status } = spawnSync(path, ['-I', '-S', '-c', ASK], { encoding: 'utf8' });
		const [name, major, minor] = (status === 0 ? stdout : '').trim().split(' ');
		if (name !== 'cpython' || major !== '3' || Number(minor) < 9 || found.has(Number(minor))) continue;
		found.set(Number(minor), { version: `3.${minor}`, minor: Number(minor), path });
	}
	return [...found.values()].sort((a, b) => a.minor - b.minor);
}

/** Where one may be, and which version its name says. */
function candidates(): [path: string, minor: number][] {
	const root = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
	const installed = entries(root).map((each) => [join(root, each, 'bin', 'python'), minorOf(each)] as [string, number]);
	const others = (process.env.PATH ?? '')
		.split(delimiter)
		.flatMap((folder) => entries(folder).map((each) => [join(folder, each), minorOf(each)] as [string, number]))
		.filter(([path]) => /\/python3\.\d+$/.test(path));
	return [[SYSTEM_PYTHON, 0], ...[...installed, ...others].filter(([, minor]) => minor >= 9)];
}

function minorOf(name: string): number {
	return Number(NAME.exec(name)?.[1] ?? -1);
}

function entries(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}
