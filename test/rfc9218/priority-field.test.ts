/** The Priority field value (RFC 9218 §4, §5). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_PRIORITY, parsePriority } from '../../src/wire/priority.ts';

test.each<[string | null, number, boolean]>([
	[null, 3, false],
	['', 3, false],
	['u=0', 0, false],
	['u=7', 7, false],
	['i', 3, true],
	['u=1, i', 1, true],
	['u=1,i=?1', 1, true],
	['u=5, i=?0', 5, false],
	['i, u=2', 2, true],
	['u=1, u=4', 4, false],
	['i, i=?0', 3, false],
	['u=1;foo=bar, i;x', 1, true],
	['foo=bar, u=2, baz="a, u=5"', 2, false],
	['x=(a b), u=6', 6, false],
	// Members of the wrong type or range are ignored (RFC 9218 §4).
	['u=8', 3, false],
	['u=-1', 3, false],
	['u=1.0', 3, false],
	['u="1"', 3, false],
	['u', 3, false],
	['u=9, i', 3, true],
	['i=1', 3, false],
	// So is a value that is no dictionary (RFC 8941 §4.2).
	['U=1', 3, false],
	['u=1,', 3, false],
	['u=1 i', 3, false],
	['=1', 3, false],
	['u=1, \x80', 3, false],
	[`u=1, x="${'y'.repeat(600)}"`, 3, false],
])('RFC 9218 §4: %j', (value, urgency, incremental) => {
	expect(parsePriority(value)).toEqual({ urgency, incremental });
});

test('RFC 9218 §4: the values are shared', () => {
	expect(parsePriority('u=3')).toBe(DEFAULT_PRIORITY);
	expect(parsePriority('u=1, i')).toBe(parsePriority('i,u=1'));
	expect(Object.isFrozen(parsePriority('u=1'))).toBe(true);
});

test('RFC 9218 §4: any value gives a priority', () => {
	fc.assert(
		fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[ui=?01;, a"()]*$/)), (value) => {
			const { urgency, incremental } = parsePriority(value);
			expect(urgency >= 0 && urgency <= 7 && typeof incremental === 'boolean').toBe(true);
		}),
	);
});
