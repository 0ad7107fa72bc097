/** Compares frameworks on RSGI with themselves on their own servers, as tests. */
import { describe, expect, test } from 'vitest';
import { judged } from '../../compat/accepted.ts';
import { compare } from '../../compat/compare/comparison.ts';
import { rowText } from '../../compat/compare/rows.ts';
import { SUBJECTS } from '../../compat/subjects.ts';
import { compatInstalled } from './compat-package.ts';

/** Some thousand requests, half of them by a process each. */
const LIMIT = 300_000;

/** A test for each framework of a layer: it has the differences that are listed in compat/differences.ts, and no others. */
export function differencesAreListed(layer: 'fetch' | 'node'): void {
	const subjects = SUBJECTS.filter((subject) => subject.layer === layer);
	describe.skipIf(!compatInstalled())(`frameworks of the ${layer} layer`, () => {
		test.each(subjects)('$title answers as on $own', { timeout: LIMIT }, async (subject) => {
			const { rows, failures } = await compare(subject);
			const notCompared = [...failures];
			expect({ ...judged(subject.title, rows.map(rowText)), notCompared }).toEqual({
				unlisted: [],
				gone: [],
				notCompared: [],
			});
		});
	});
}
