/** A file in memory that counts what is done with it. */
import type { FileSource } from '../../src/app/files.ts';

/** Long ago, so that its validators are strong. */
export const LONG_AGO: Date = new Date(Date.UTC(2020, 1, 3, 4, 5, 6, 789));

/** {@link LONG_AGO} as Last-Modified. */
export const LONG_AGO_TEXT = 'Mon, 03 Feb 2020 04:05:06 GMT';

/** Serves bytes; each chunk it gives is a copy. */
export class MemoryFile implements FileSource {
	readonly size: number;
	readonly modified: Date;
	/** Where it has become shorter; its size by default. */
	end: number;
	/** How many bytes a read gives at most. */
	readMax: number = Number.POSITIVE_INFINITY;
	/** Thrown by the read that would reach this position. */
	failure: { readonly at: number; readonly error: Error } | null = null;
	/** How many reads there were. */
	reads = 0;
	/** How many bytes were read. */
	bytesRead = 0;
	/** How many times it was closed. */
	closed = 0;
	readonly #bytes: Uint8Array;
	#isReading = false;

	constructor(bytes: Uint8Array, modified: Date = LONG_AGO) {
		this.#bytes = bytes;
		this.size = bytes.length;
		this.end = bytes.length;
		this.modified = modified;
	}

	async read(position: number, length: number): Promise<Uint8Array> {
		if (this.#isReading) throw new Error('two reads at once');
		if (this.closed > 0) throw new Error('a read after close');
		this.#isReading = true;
		this.reads++;
		await Promise.resolve();
		this.#isReading = false;
		const end = Math.min(position + Math.min(length, this.readMax), this.end);
		if (this.failure !== null && end > this.failure.at) throw this.failure.error;
		const chunk = this.#bytes.slice(position, Math.max(position, end));
		this.bytesRead += chunk.length;
		return chunk;
	}

	async close(): Promise<void> {
		if (this.#isReading) throw new Error('closed while reading');
		this.closed++;
	}
}
