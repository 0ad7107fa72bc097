import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeResult, HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import { HpackEncoder } from '../../src/engine/hpack/encoder.ts';
import { STATIC_TABLE } from '../../src/engine/hpack/static-table.ts';
import { Output } from '../../src/wire/output.ts';
import { decodeLines, decodeWithin, type Line, lines } from '../support/hpack-block.ts';

const octets = (maxLength: number): fc.Arbitrary<string> =>
	fc.uint8Array({ maxLength }).map((bytes) => String.fromCharCode(...bytes));

const staticNames = STATIC_TABLE.flatMap((entry) => (entry === undefined ? [] : [entry.name]));
const name = fc.oneof(
	fc.constantFrom(...staticNames),
	fc.constantFrom('x-request-id', 'priority', 'X-Frame-Options', 'Content-Type'),
	octets(12).filter((text) => !/[A-Z\xc0-\xde]/.test(text)),
);
const value = fc.oneof(
	fc.constantFrom('', '0', '1', 'text/html', 'gzip', '200', '404', 'GET', '/', 'private, max-age=600'),
	octets(40),
	fc.nat(300).map((length) => 'v'.repeat(length)),
);

type Step =
	| { fields: { name: string; value: string; never: boolean }[] }
	| { status: number }
	/** Limits that the decoder's side sends one after the other, all acknowledged before the next block. */
	| { limits: number[] };

const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record({ fields: fc.array(fc.record({ name, value, never: fc.boolean() }), { maxLength: 12 }) }),
	},
	{ weight: 1, arbitrary: fc.record({ status: fc.integer({ min: 100, max: 599 }) }) },
	{
		weight: 1,
		arbitrary: fc.record({
			limits: fc.array(fc.oneof(fc.constantFrom(0, 4096), fc.nat(9000)), { minLength: 1, maxLength: 3 }),
		}),
	},
);

describe('RFC 7541 §2.2: one table on either side', () => {
	test('what is encoded decodes to the same, and the tables stay equal, whatever becomes of their size', () => {
		fc.assert(
			fc.property(fc.constantFrom(0, 200, 4096, 8192), fc.array(step, { maxLength: 20 }), (cap, steps) => {
				const encoder = new HpackEncoder(cap);
				const decoder = new HpackDecoder(4096);
				for (const step of steps) {
					if ('limits' in step) {
						for (const limit of step.limits) {
							encoder.setPeerTableSize(limit);
							decoder.setMaxTableSize(limit);
						}
						continue;
					}
					const out = new Output();
					encoder.begin(out);
					const expected: Line[] = [];
					const sensitive: string[] = [];
					if ('status' in step) {
						encoder.status(out, step.status);
						expected.push([':status', String(step.status)]);
					} else {
						for (const { name, value, never } of step.fields) {
							encoder.field(out, name, value, never);
							expected.push([name.toLowerCase(), value]);
							if (never) sensitive.push(name.toLowerCase());
						}
					}
					expect(decodeLines(decoder, out.take())).toEqual(expected);
					for (const name of sensitive) expect(decoder.sensitive).toContain(name);
					expect(lines(decoder.tableEntries())).toEqual(lines(encoder.tableEntries()));
					expect(decoder.tableSize).toBe(encoder.tableSize);
					expect(encoder.tableSize).toBeLessThanOrEqual(cap);
				}
			}),
			{ numRuns: 300 },
		);
	});
});

describe('RFC 7541 §7.3, §7.4: any octets at all', () => {
	/** Octets that are likelier to be a block than others. */
	const blockish = fc
		.array(
			fc.oneof(
				fc.constantFrom(
					[0x82],
					[0xbe],
					[0xbf],
					[0x20],
					[0x3f, 0xe1, 0x1f],
					[0x40, 1, 0x61, 1, 0x62],
					[0x10, 1, 0x63, 0],
				),
				fc.uint8Array({ maxLength: 6 }).map((bytes) => [...bytes]),
			),
			{ maxLength: 40 },
		)
		.map((parts) => Uint8Array.from(parts.flat()));

	test('never throw, and give no more than the limit, nor a table above its bound', () => {
		const blocks = fc.array(fc.oneof(blockish, fc.uint8Array({ maxLength: 200 })), { maxLength: 6 });
		fc.assert(
			fc.property(blocks, fc.nat(300), fc.nat(200), (blocks, maxSize, tableSize) => {
				const decoder = new HpackDecoder(tableSize);
				for (const block of blocks) {
					const { result, entries } = decodeWithin(decoder, block, maxSize);
					expect(entries.reduce((sum, entry) => sum + entry.size, 0)).toBeLessThanOrEqual(maxSize);
					expect(decoder.tableSize).toBeLessThanOrEqual(tableSize);
					const inTable = decoder.tableEntries().reduce((sum, entry) => sum + entry.size, 0);
					expect(inTable).toBe(decoder.tableSize);
					expect(decoder.error !== null).toBe(result === DecodeResult.INVALID);
					if (result === DecodeResult.INVALID) break;
				}
			}),
			{ numRuns: 1000 },
		);
	});

	test('every block that is cut short is either invalid or a block of fewer fields', () => {
		fc.assert(
			fc.property(fc.array(fc.record({ name, value }), { minLength: 1, maxLength: 5 }), (fields) => {
				const out = new Output();
				const encoder = new HpackEncoder();
				encoder.begin(out);
				for (const field of fields) encoder.field(out, field.name, field.value, false);
				const block = out.take();
				const whole = decodeLines(new HpackDecoder(4096), block);
				for (let end = 0; end < block.length; end++) {
					const cut = decodeWithin(new HpackDecoder(4096), block.subarray(0, end));
					expect(cut.lines).toEqual(whole.slice(0, cut.lines.length));
					expect(cut.lines.length).toBeLessThan(whole.length);
				}
			}),
			{ numRuns: 50 },
		);
	});

	test('what is around a block does not matter', () => {
		fc.assert(
			fc.property(blockish, (block) => {
				const one = decodeWithin(new HpackDecoder(4096), block, 65_536, 0x00);
				const other = decodeWithin(new HpackDecoder(4096), block, 65_536, 0xff);
				expect(other.result).toBe(one.result);
				expect(other.lines).toEqual(one.lines);
			}),
			{ numRuns: 500 },
		);
	});
});
