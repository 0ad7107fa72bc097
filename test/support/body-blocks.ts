import type { Body } from 'rsgi/gateway';

/** Reads a body as a server does, and closes it; the blocks are given as latin-1 text. */
export async function bodyBlocks(body: Body): Promise<string[]> {
	const blocks: string[] = [];
	try {
		for await (const block of body) blocks.push(String.fromCharCode(...block));
	} finally {
		await body.close?.();
	}
	return blocks;
}
