import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteRanges } from '../../src/app/byte-ranges.ts';

/** As `start-end` with the end left out, or what was decided. */
function read(value: string, size = 100): string {
	const ranges = byteRanges(value, size);
	if (ranges === null) return 'whole';
	return ranges.map(({ start, end }) => `${start}:${end}`).join(' ') || 'none';
}

describe('RFC 9110 §14.1.2 byte ranges', () => {
	it.each([
		['bytes=0-0', '0:1'],
		['bytes=0-99', '0:100'],
		['bytes=10-19', '10:20'],
		['bytes=10-', '10:100'],
		['bytes=10-1000', '10:100'],
		['bytes=99-', '99:100'],
		['bytes=-1', '99:100'],
		['bytes=-100', '0:100'],
		['bytes=-1000', '0:100'],
		['bytes=007-009', '7:10'],
		[`bytes=10-${'9'.repeat(400)}`, '10:100'],
		[`bytes=-${'9'.repeat(400)}`, '0:100'],
		['BYTES=0-1', '0:2'],
		['bytes=0-1,5-6', '0:2 5:7'],
		['bytes=50-59, -10,\t0-9', '50:60 90:100 0:10'],
		['bytes= , 0-1 ,, 5-6 , ', '0:2 5:7'],
	])('%s is satisfied', (value, ranges) => {
		expect(read(value)).toBe(ranges);
	});

	it.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=100-,200-300', `bytes=${'9'.repeat(400)}-`])(
		'%s cannot be satisfied',
		(value) => {
			expect(read(value)).toBe('none');
		},
	);

	it('of several, those that cannot be satisfied are left out', () => {
		expect(read('bytes=100-200,5-6,-0')).toBe('5:7');
	});

	it('of nothing: a position is beyond it, a suffix is the whole', () => {
		expect(read('bytes=0-', 0)).toBe('none');
		expect(read('bytes=-0', 0)).toBe('none');
		expect(read('bytes=-5', 0)).toBe('whole');
	});
});

describe('RFC 9110 §14.2 a Range that is ignored', () => {
	it.each([
		'',
		'bytes',
		'bytes=',
		'bytes=,',
		'bytes=-',
		'bytes=x',
		'bytes=1',
		'bytes=5-4',
		'bytes=0-1,5-4',
		'bytes=1--2',
		'bytes=-1-2',
		'bytes=+1-2',
		'bytes=1-2-3',
		'bytes=1 -2',
		'bytes=1-2 3-4',
		'bytes=0x1-2',
		'bytes=1.0-2',
		'bytes =0-1',
		' bytes=0-1',
		'bytes=0-1;',
		'seconds=0-1',
		'bytes=0-1, bytes=2-3',
	])('%j is malformed or of another unit', (value) => {
		expect(read(value)).toBe('whole');
	});

	it.each(['bytes=0-,0-', 'bytes=0-10,10-20', 'bytes=50-60,-60', 'bytes=0-1,5-6,1-1'])('%s overlaps', (value) => {
		expect(read(value)).toBe('whole');
	});

	it('holds more than 16 ranges', () => {
		const ranges = (count: number): string =>
			`bytes=${Array.from({ length: count }, (_, i) => `${2 * i}-${2 * i}`).join(',')}`;
		expect(byteRanges(ranges(16), 100)).toHaveLength(16);
		expect(byteRanges(ranges(17), 100)).toBeNull();
		expect(byteRanges(`bytes=${'100-,'.repeat(17)}0-0`, 100)).toBeNull();
	});

	it('is endless', () => {
		expect(byteRanges(`bytes=${'0-,'.repeat(400_000)}`, 100)).toBeNull();
		expect(byteRanges(`bytes=${','.repeat(1000)}`, 100)).toBeNull();
	});
});

describe('any Range field', () => {
	const piece = fc.constantFrom('0', '1', '5', '9', '99', '100', '-', '-', ',', ' ', '\t', 'x');
	it('gives ranges within the representation that do not overlap', () => {
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 20 }), fc.nat(120), (pieces, size) => {
				const seen = new Set<number>();
				for (const { start, end } of byteRanges(`bytes=${pieces.join('')}`, size) ?? []) {
					expect(start).toBeLessThan(end);
					expect(end).toBeLessThanOrEqual(size);
					for (let i = start; i < end; i++) {
						expect(seen.has(i)).toBe(false);
						seen.add(i);
					}
				}
			}),
		);
	});
});
