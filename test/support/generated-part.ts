/** A part of a page in docs/ that a test makes, between two marks. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';

/**
 * Expects that a page has this text between its marks; `vitest -u` puts it there.
 * @param page the path of the file
 */
export async function expectGeneratedPart(
	page: string,
	beginMark: string,
	endMark: string,
	text: string,
): Promise<void> {
	const there = await readFile(page, 'utf8');
	const begin = there.indexOf(beginMark) + beginMark.length;
	const end = there.indexOf(endMark);
	expect(begin).toBeGreaterThan(beginMark.length);
	expect(end).toBeGreaterThan(begin);
	await expect(`${there.slice(0, begin)}\n${text}\n${there.slice(end)}`).toMatchFileSnapshot(page);
}
