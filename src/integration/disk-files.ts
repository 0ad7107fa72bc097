/** Files of the file system as responses. */
import { type FileOptions, fileResponse, isFileMethod } from '../app/files.ts';
import type { Exchange } from '../rich/exchange.ts';
import { openFile } from './open-file.ts';

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
