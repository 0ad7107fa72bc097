/** Regular files of the file system, opened without surprises. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FileSource } from '../app/files.ts';
import { belowRoot, type Found } from './below-root.ts';

/** Where a file is looked for. */
export interface FilePlace {
	/** A directory: the path is then an untrusted URL path below it. Without one the path is trusted. */
	readonly root?: string | URL | undefined;
	/** Whether an untrusted path may name what begins with a dot; no by default. */
	readonly hidden?: boolean | undefined;
}

/**
 * Not through a link: the path has been resolved already where it matters. And without waiting: to open a named pipe
 * would otherwise block a thread until somebody writes to it. Not all systems know these flags.
 */
const OPEN_RESOLVED = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const OPEN_TRUSTED = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What the file system says when there is no such file: none, a link in circles, a name that cannot be, a socket. */
const NO_FILE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ENXIO']);

/**
 * Opens a regular file, or gives null where there is none, and for every path that must not name one.
 * @throws any other error of the file system
 */
export async function openFile(path: string | URL, options: FilePlace): Promise<NodeFile | null> {
	try {
		return await openRegular(path, options);
	} catch (error) {
		if (NO_FILE.has((error as NodeJS.ErrnoException).code ?? '')) return null;
		throw error;
	}
}

async function openRegular(path: string | URL, { root, hidden = false }: FilePlace): Promise<NodeFile | null> {
	const found = root === undefined ? trusted(path) : await belowRoot(String(path), localPath(root), hidden);
	if (found === null) return null;
	const handle = await open(found.path, root === undefined ? OPEN_TRUSTED : OPEN_RESOLVED);
	let stats: Stats;
	try {
		stats = await handle.stat();
	} catch (error) {
		await handle.close();
		throw error;
	}
	if (stats.isFile()) return new NodeFile(handle, stats, found.name);
	await handle.close();
	return null;
}

function trusted(path: string | URL): Found {
	const local = localPath(path);
	return { path: local, name: local };
}

function localPath(path: string | URL): string {
	return typeof path === 'string' ? path : fileURLToPath(path);
}

/** An open file. Size and time are those of the handle, not of a path that may mean another file by now. */
export class NodeFile implements FileSource {
	readonly size: number;
	readonly modified: Date;
	/** The name it was asked for by. */
	readonly name: string;
	readonly #handle: FileHandle;

	constructor(handle: FileHandle, stats: Stats, name: string) {
		this.#handle = handle;
		this.size = stats.size;
		this.modified = stats.mtime;
		this.name = name;
	}

	async read(position: number, length: number): Promise<Uint8Array> {
		// Fresh memory each time: what is written belongs to the exchange, and drain comes while some of it still waits.
		const memory = Buffer.allocUnsafeSlow(length);
		const { bytesRead } = await this.#handle.read(memory, 0, length, position);
		return new Uint8Array(memory.buffer, 0, bytesRead);
	}

	close(): Promise<void> {
		return this.#handle.close();
	}
}
