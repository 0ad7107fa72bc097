/** `wsgi.file_wrapper` of a server: a file, block by block. */
import type { Body } from '../../layer/gateway/body.ts';
import type { FileLike, FileWrapper } from '../../layer/gateway/file-wrapper.ts';
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';

/** Octets in a block. */
const BLOCK_SIZE = 8192;

/**
 * Makes a body of a file.
 * @throws Misuse for what has no `read()`, or blocks of no size (GATE-47)
 */
export const fileBlocks: FileWrapper = (file, blockSize = BLOCK_SIZE): Body => {
	if (typeof (file as { read?: unknown } | null | undefined)?.read !== 'function') {
		throw new Misuse('GATE-47', `wsgi.file_wrapper takes a file with read(size), not ${described(file)}.`);
	}
	if (!Number.isInteger(blockSize) || blockSize <= 0) {
		throw new Misuse('GATE-47', `The blocks of wsgi.file_wrapper have one octet or more, not ${String(blockSize)}.`);
	}
	const blocks = { [Symbol.asyncIterator]: () => readToEnd(file, blockSize) };
	return typeof file.close === 'function' ? { ...blocks, close: () => file.close?.() } : blocks;
};

async function* readToEnd(file: FileLike, blockSize: number): AsyncGenerator<Uint8Array, void> {
	for (;;) {
		const block = await file.read(blockSize);
		if (block.length === 0) return;
		yield block;
	}
}
