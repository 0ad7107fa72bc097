import { describe, expect, test } from 'vitest';
import { HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import { decodeLines, hex, type Line } from '../support/hpack-block.ts';
import recorded from './fixture/python-hpack.json' with { type: 'json' };

interface Step {
	/** SETTINGS_HEADER_TABLE_SIZE values that the encoder acknowledged before the block. */
	limits?: number[];
	block: string;
	/** Name, value, and whether the line is never-indexed. */
	fields: (string | boolean)[][];
	tableSize: number;
}

describe(`RFC 7541 §2.2: blocks of another encoder, ${recorded.encoder}`, () => {
	test.each(recorded.conversations.map((steps, at) => [at, steps as Step[]] as const))(
		'RFC 7541 §2.2 conversation %d',
		(_at, steps) => {
			const decoder = new HpackDecoder(4096);
			for (const { limits, block, fields, tableSize } of steps) {
				for (const limit of limits ?? []) decoder.setMaxTableSize(limit);
				const expected = fields.map(([name, value]): Line => [name as string, value as string]);
				expect(decodeLines(decoder, hex(block))).toEqual(expected);
				expect(decoder.tableSize).toBe(tableSize);
				const sensitive = fields.filter((field) => field[2] === true).map(([name]) => name);
				expect(decoder.sensitive ?? []).toEqual(sensitive);
			}
		},
	);
});
