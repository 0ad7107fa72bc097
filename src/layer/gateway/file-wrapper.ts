/** `wsgi.file_wrapper`: the body of what has a `read()` of its own. */
import type { Body } from './body.ts';

/** What a file wrapper reads: anything with `read(size)`, which gives no octets at its end. */
export interface FileLike {
	/** Up to `size` octets. */
	readonly read: (size: number) => Uint8Array | PromiseLike<Uint8Array>;
	/** Called by the body's `close()`, once. */
	readonly close?: (() => unknown) | undefined;
}

/**
 * Makes a body of a file: blocks of `blockSize` octets (8192 when it is left out), until a read gives none. A server
 * may send the file in another way when the body reaches it as it was made.
 */
export type FileWrapper = (file: FileLike, blockSize?: number) => Body;
