/** RFC 7541: blocks of any octets, on one connection. The first octet is the table's limit; 0xfe ends a block. */
import { DecodeResult, HpackDecoder } from '../../../src/engine/hpack/decoder.ts';
import { HpackEncoder } from '../../../src/engine/hpack/encoder.ts';
import { decodeLines, decodeWithin, encodeLines, hex, lines } from '../../support/hpack-block.ts';
import { alike, law, type Target } from '../target.ts';

const MAX_SIZE = 2000;

/** Blocks of an input: each begins with two octets of length. */
export function blocksOf(input: Uint8Array): Uint8Array[] {
	const blocks: Uint8Array[] = [];
	for (let at = 1; at + 1 < input.length; ) {
		const length = (((input[at] as number) & 1) << 8) | (input[at + 1] as number);
		blocks.push(input.slice(at + 2, at + 2 + length));
		at += 2 + length;
	}
	return blocks;
}

export const target: Target = {
	words: [
		'82',
		'be',
		'bf',
		'20',
		'3fe11f',
		'3f',
		'4001610162',
		'0001610162',
		'1001630100',
		'408c',
		'8cf1e3c2e5f23a6ba0ab90f4ff',
		'ff80808001',
		'ffffffff07',
		'0083',
		'008300',
	]
		.map(hex)
		.concat([Uint8Array.of(0, 1, 0x82), Uint8Array.of(0, 6, 0x40, 1, 0x61, 1, 0x62, 0xbe)]),
	maxLength: 600,
	run(input) {
		const limit = ((input[0] ?? 0) & 15) * 300;
		const one = new HpackDecoder(limit);
		const other = new HpackDecoder(limit);
		const encoder = new HpackEncoder(4096);
		const mirror = new HpackDecoder(4096);
		for (const block of blocksOf(input)) {
			const decoded = decodeWithin(one, block, MAX_SIZE, 0x00);
			const same = decodeWithin(other, block, MAX_SIZE, 0xff);
			alike('what is around a block matters', [decoded.result, decoded.lines], [same.result, same.lines]);
			law(
				(decoded.result === DecodeResult.INVALID) === (one.error !== null),
				'invalid without a fault, or the reverse',
			);
			law(one.tableSize <= Math.min(limit, Math.max(4096, limit)), `the table has ${one.tableSize} octets`);
			const size = decoded.entries.reduce((sum, entry) => sum + entry.size, 0);
			law(size <= MAX_SIZE, `${size} octets of field lines`);
			if (decoded.result === DecodeResult.INVALID) {
				law(/^RFC (7541|9113) §/.test(one.error?.rule ?? ''), 'the fault cites no rule');
				return;
			}
			const again = decodeLines(mirror, encodeLines(encoder, decoded.lines));
			alike(
				'what was decoded is not encoded to the same',
				decoded.lines.map(([name, value]) => [name.toLowerCase(), value]),
				again,
			);
			alike('the tables of both sides differ', lines(mirror.tableEntries()), lines(encoder.tableEntries()));
		}
	},
};
