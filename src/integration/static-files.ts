/** A directory of files as middleware: what it has is answered, everything else is the application's. */
import { type FileOptions, fileResponse, isFileMethod } from '../app/files.ts';
import { mediaType } from '../app/media-type.ts';
import { validatorsOf } from '../app/validators.ts';
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange } from '../rich/exchange.ts';
import { Misuse } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import { chosenCoding } from '../wire/negotiation.ts';
import { type NodeFile, openFile } from './open-file.ts';

/** A coding that files may stand there in, beside the original. */
export type PrecompressedCoding = 'br' | 'zstd' | 'gzip';

/** The ending of a file in that coding: `app.js.br`. */
const ENDINGS: Readonly<Record<PrecompressedCoding, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' };

/** How a directory is served. Everything has a default. */
export interface StaticFilesOptions {
	/** The path that the directory stands for, as `/static`, as it stands in targets; `/` by default. */
	readonly prefix?: string;
	/** The file that stands for a directory; `index.html` by default, null for none. */
	readonly index?: string | null;
	/** The codings to look for beside a file, what is preferred among equals first; none by default. */
	readonly precompressed?: readonly PrecompressedCoding[];
	/** Whether files and directories that begin with a dot are served; no by default. */
	readonly hidden?: boolean;
	/** Further fields of responses, Cache-Control perhaps; a function is given the path below the root. */
	readonly fields?: FieldsInit | ((path: string) => FieldsInit);
}

/**
 * Serves the files of a directory to GET and HEAD, with conditional requests and ranges as `sendFile` does. What is not
 * there goes to the application, and so does every path that could mean something outside of the directory.
 *
 * - A path that ends in a slash means the index of that directory; the path of a directory without its slash is redirected
 *   (308), where there is an index. Directories are never listed.
 * - With `precompressed`, `app.js.br` is sent for `app.js`, as the request's Accept-Encoding prefers, when it is not older
 *   than that and shorter. All responses say `Vary: Accept-Encoding` then.
 *
 * @param root a directory that exists; whoever can write below it is trusted
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1). The application rejects with
 *   what else the file system says, as `sendFile` does
 * @example
 * import { staticFiles } from 'rsgi/middleware/static-files';
 * export default staticFiles('public', { precompressed: ['br', 'gzip'] })(app);
 */
export function staticFiles(root: string | URL, options: StaticFilesOptions = {}): RichMiddleware {
	const { prefix = '/', index = 'index.html', precompressed = [] } = options;
	if (!prefix.startsWith('/')) {
		throw new Misuse('MW-1', `prefix is a path that begins with a slash, not ${JSON.stringify(prefix)}.`);
	}
	for (const coding of precompressed) {
		if (Object.hasOwn(ENDINGS, coding)) continue;
		throw new Misuse('MW-1', `Files are looked for in ${Object.keys(ENDINGS).join(', ')}, not in ${String(coding)}.`);
	}
	const directory = new Directory(root, { ...options, prefix: prefix.replace(/\/+$/, ''), index, precompressed });
	return (app: RichApp): RichApp => {
		requireRich(app, 'staticFiles()');
		return rich((exchange) => {
			const path = isFileMethod(exchange.method) ? directory.pathOf(exchange.target) : null;
			return path === null ? app(exchange) : directory.answer(exchange, path, app);
		}, app);
	};
}

type DirectoryOptions = StaticFilesOptions & Required<Pick<StaticFilesOptions, 'prefix' | 'index' | 'precompressed'>>;

class Directory {
	readonly #root: string | URL;
	readonly #options: DirectoryOptions;

	constructor(root: string | URL, options: DirectoryOptions) {
		this.#root = root;
		this.#options = options;
	}

	/** The path below the root, percent-encoded as it came, or null when the target is not below the prefix. */
	pathOf(target: string): string | null {
		const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
		const { prefix } = this.#options;
		return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null;
	}

	async answer(exchange: Exchange, path: string, app: RichApp): ReturnTypeOf<RichApp> {
		const { index } = this.#options;
		const isDirectory = path.endsWith('/');
		if (isDirectory && index === null) return await app(exchange);
		const name = isDirectory ? path + encodeURIComponent(index as string) : path;
		const original = await this.#open(name);
		if (original !== null) return await this.#send(exchange, name, original);
		if (isDirectory || index === null) return await app(exchange);
		const standing = await this.#open(`${path}/${encodeURIComponent(index)}`);
		if (standing === null) return await app(exchange);
		await standing.close();
		redirect(exchange, `${this.#options.prefix}${path}/${queryOf(exchange.target)}`);
	}

	#open(path: string): Promise<NodeFile | null> {
		return openFile(path, { root: this.#root, hidden: this.#options.hidden });
	}

	async #send(exchange: Exchange, path: string, original: NodeFile): Promise<void> {
		const { fields: further = [], precompressed } = this.#options;
		const fields = Fields.from(typeof further === 'function' ? further(path) : further).clone();
		const options: FileOptions = { type: mediaType(original.name), fields };
		if (precompressed.length === 0) {
			await fileResponse(exchange, original, options);
			return;
		}
		fields.append('vary', 'accept-encoding');
		let coded: { coding: string; file: NodeFile } | null;
		try {
			coded = await this.#coded(exchange, path, original);
		} catch (error) {
			await original.close();
			throw error;
		}
		if (coded === null) {
			await fileResponse(exchange, original, options);
			return;
		}
		await original.close();
		fields.append('content-encoding', coded.coding);
		await fileResponse(exchange, coded.file, { ...options, etag: codedTag(coded.file, coded.coding) });
	}

	/** The file in the coding that the client prefers among those that are there. */
	async #coded(
		exchange: Exchange,
		path: string,
		original: NodeFile,
	): Promise<{ coding: string; file: NodeFile } | null> {
		const accept = exchange.fields.combined('accept-encoding');
		let left = this.#options.precompressed;
		for (;;) {
			const coding = chosenCoding(accept, left) as PrecompressedCoding | null;
			if (coding === null) return null;
			const file = await this.#open(path + ENDINGS[coding]);
			// One that is not shorter is not worth it.
			if (file !== null && file.size < original.size && file.modified >= original.modified) return { coding, file };
			await file?.close();
			left = left.filter((other) => other !== coding);
		}
	}
}

/** Codings of one file may be equal in length and time, but not in their entity tags (RFC 9110 §8.8.3.3). */
function codedTag(file: NodeFile, coding: string): string {
	return validatorsOf(file.size, file.modified, undefined, Date.now()).etag.replace(/"$/, `-${coding}"`);
}

type ReturnTypeOf<App extends (...args: never) => unknown> = Promise<Awaited<ReturnType<App>>>;

/** A path here begins with one slash, as no segment of it is empty: it cannot lead to another host. */
function redirect(exchange: Exchange, location: string): void {
	exchange.respond(308, ['location', location, 'content-length', '0']);
	exchange.end();
}

function queryOf(target: string): string {
	const at = target.indexOf('?');
	return at < 0 ? '' : target.slice(at);
}
