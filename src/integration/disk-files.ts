/** Files of the file system as responses. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type FileOptions, type FileSource, fileResponse, isFileMethod } from '../app/files.ts';
import type { Exchange } from '../rich/exchange.ts';
import { belowRoot, type Found } from './below-root.ts';

export { type FileOptions, type FileSource, fileResponse } from '../app/files.ts';

/** How a file is found and sent. */
export interface SendFileOptions extends FileOptions {
	/**
	 * A directory. The path is then untrusted: a percent-encoded URL path below it, as `exchange.target` is one. Without a
	 * root the path is trusted, and taken as it is.
	 */
	readonly root?: string | URL;
	/** Whether an untrusted path may name files and directories that begin with a dot; no by default. */
	readonly hidden?: boolean;
}

/**
 * Answers with a file: conditional requests, ranges and HEAD as {@link fileResponse} says, and as slowly as the client
 * takes it. It attaches itself, so nothing else may.
 *
 * What does not exist, and what is not a regular file (a directory is not listed), is a 404. Below a `root` so is every
 * path that could mean something outside of it: `..`, encoded slashes, backslashes, NUL, symbolic links that lead out.
 * Whoever can write below the root is trusted.
 *
 * @param path a path of the file system; with `root` an untrusted URL path below it, whose query is ignored
 * @returns resolves when the exchange has ended, however it ended. Return it from the application, or await it.
 * @throws (rejects) any other error of the file system, which makes a 500 or, within the response, a reset; and as
 *   {@link fileResponse} does
 * @example
 * const app = rich((exchange) => sendFile(exchange, exchange.target, { root: 'public' }));
 * @example
 * const report = rich(async (exchange) => {
 *   await sendFile(exchange, '/srv/report.pdf', { fields: ['content-disposition', 'attachment'] });
 *   console.log(exchange.outcome?.reason);
 * });
 */
export async function sendFile(exchange: Exchange, path: string | URL, options: SendFileOptions = {}): Promise<void> {
	// Other methods are refused without a look at the disk.
	const file = isFileMethod(exchange.method) ? await openFile(path, options) : null;
	await fileResponse(exchange, file, file === null ? {} : { ...options, name: options.name ?? file.name });
}

/**
 * Not through a link: the path has been resolved already where it matters. And without waiting: to open a named pipe
 * would otherwise block a thread until somebody writes to it. Not all systems know these flags.
 */
const OPEN_RESOLVED = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const OPEN_TRUSTED = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What the file system says when there is no such file: none, a link in circles, a name that cannot be, a socket. */
const NO_FILE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ENXIO']);

async function openFile(path: string | URL, options: SendFileOptions): Promise<NodeFile | null> {
	try {
		return await openRegular(path, options);
	} catch (error) {
		if (NO_FILE.has((error as NodeJS.ErrnoException).code ?? '')) return null;
		throw error;
	}
}

async function openRegular(path: string | URL, { root, hidden = false }: SendFileOptions): Promise<NodeFile | null> {
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
class NodeFile implements FileSource {
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
