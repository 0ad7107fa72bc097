import { describe, expect, test } from 'vitest';
import { DecodeResult, HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { decodeWithin, hex } from '../support/hpack-block.ts';

/** Decodes the block with different octets around it, which must not matter; expects the fault of that rule. */
function refuses(octets: string, rule: string, message: RegExp, prepare?: (decoder: HpackDecoder) => void): void {
	for (const around of [0x00, 0x82, 0xff]) {
		const decoder = new HpackDecoder(4096);
		prepare?.(decoder);
		expect(decodeWithin(decoder, hex(octets), 65_536, around).result).toBe(DecodeResult.INVALID);
		expect(decoder.error?.rule).toBe(rule);
		expect(decoder.error?.message).toMatch(message);
		expect(decoder.error?.code).toBe(ErrorCode.COMPRESSION_ERROR);
		expect(decoder.error?.reach).toBe('connection');
	}
}

function accepts(octets: string, prepare?: (decoder: HpackDecoder) => void): void {
	const decoder = new HpackDecoder(4096);
	prepare?.(decoder);
	expect(decodeWithin(decoder, hex(octets)).result).toBe(DecodeResult.OK);
	expect(decoder.error).toBeNull();
}

describe('RFC 7541 §2.3.3: indexes beyond the tables', () => {
	test.each([
		['indexed, 62 with an empty table', 'be'],
		['indexed, after a line that is valid', '82 be'],
		['indexed, 63 with one entry', '4001610162 bf'],
		['indexed, far beyond', 'ff ff ff ff 07'],
		['name of a literal with indexing', '7e 0161'],
		['name of a literal without indexing', '0f2f 0161'],
		['name of a literal never indexed', '1f2f 0161'],
	])('RFC 7541 §2.3.3 %s', (_title, octets) => {
		refuses(octets, 'RFC 7541 §2.3.3', /beyond the end/);
	});

	test('RFC 7541 §2.3.3 the last entry of either table is not beyond it', () => {
		accepts('bd');
		accepts('4001610162 be');
	});
});

describe('RFC 7541 §4.2: size updates in the wrong place', () => {
	test.each([
		['after an indexed field', '82 20'],
		['after a literal field', '4001610162 20'],
		['as the end of a block', '82 86 3fe11f'],
	])('RFC 7541 §4.2 %s', (_title, octets) => {
		refuses(octets, 'RFC 7541 §4.2', /does not stand at the beginning/);
	});

	test('RFC 7541 §4.2 two at the beginning are as it should be', () => {
		accepts('20 3fe11f 82');
	});
});

describe('RFC 7541 §4.2: a lowered limit demands a size update', () => {
	const lowered = (decoder: HpackDecoder): void => decoder.setMaxTableSize(100);

	test.each([
		['a field', '82'],
		['nothing', ''],
	])('RFC 7541 §4.2 %s in its place', (_title, octets) => {
		refuses(octets, 'RFC 7541 §4.2', /does not begin with the size update/, lowered);
	});

	test('RFC 7541 §4.2 the update to the limit, or less, meets it, once and for all', () => {
		accepts('3f45 82', lowered);
		accepts('20 82', lowered);
		const decoder = new HpackDecoder(4096);
		lowered(decoder);
		expect(decodeWithin(decoder, hex('3f45 82')).result).toBe(DecodeResult.OK);
		expect(decodeWithin(decoder, hex('82')).result).toBe(DecodeResult.OK);
	});

	test('RFC 7541 §4.2 the least of several limits must be signalled, even when the last is higher', () => {
		const twice = (decoder: HpackDecoder): void => {
			decoder.setMaxTableSize(100);
			decoder.setMaxTableSize(4096);
		};
		refuses('82', 'RFC 7541 §4.2', /does not begin/, twice);
		refuses('3fe11f 82', 'RFC 7541 §4.2', /does not begin/, twice);
		accepts('3f45 3fe11f 82', twice);
	});

	test('RFC 9113 §4.3.1 a limit that is not below the bound in use demands nothing', () => {
		accepts('82', (decoder) => decoder.setMaxTableSize(65_536));
		accepts('82', (decoder) => decoder.setMaxTableSize(4096));
		const decoder = new HpackDecoder(4096);
		expect(decodeWithin(decoder, hex('20')).result).toBe(DecodeResult.OK);
		decoder.setMaxTableSize(100);
		expect(decodeWithin(decoder, hex('82')).result).toBe(DecodeResult.OK);
	});
});

describe('RFC 7541 §4.3, §4.4: eviction', () => {
	test('RFC 7541 §4.3 a size update to 0 empties the table', () => {
		refuses('20 be', 'RFC 7541 §2.3.3', /beyond/, (decoder) => decodeWithin(decoder, hex('4001610162')));
	});

	test('RFC 9113 §6.5.2 a higher limit raises no bound before a size update does', () => {
		const large = `400161 7fa11f ${'62'.repeat(4128)}`;
		const decoder = new HpackDecoder(65_536);
		expect(decodeWithin(decoder, hex(large)).result).toBe(DecodeResult.OK);
		expect(decoder.tableSize).toBe(0);
		expect(decodeWithin(decoder, hex(`3fe1ff03 ${large}`)).result).toBe(DecodeResult.OK);
		expect(decoder.tableSize).toBe(4161);
	});

	test('RFC 7541 §4.4 an entry larger than the table empties it, and is decoded all the same', () => {
		const decoder = new HpackDecoder(40);
		expect(decodeWithin(decoder, hex('4001610162')).result).toBe(DecodeResult.OK);
		const large = decodeWithin(decoder, hex('7e0a 31323334353637383930'));
		expect(large.lines).toEqual([['a', '1234567890']]);
		expect(decoder.tableSize).toBe(0);
		expect(decoder.tableEntries()).toEqual([]);
	});

	test('RFC 7541 §4.4 a name may be that of the entry which makes room for the new one', () => {
		const decoder = new HpackDecoder(34);
		decodeWithin(decoder, hex('4001610162'));
		expect(decodeWithin(decoder, hex('7e0163 be')).lines).toEqual([
			['a', 'c'],
			['a', 'c'],
		]);
	});
});

describe('RFC 7541 §5.1: integers', () => {
	test.each([
		['an index without its continuation', 'ff'],
		['an index that goes on', 'ff80'],
		['a name index', '0f'],
		['a string length', '00 7f'],
		['a size update', '3f'],
		['a size update that goes on', '3fff'],
	])('RFC 7541 §5.1 the block ends within %s', (_title, octets) => {
		refuses(octets, 'RFC 7541 §5.1', /ends within an integer/);
	});

	test.each([
		['a value above 2^32-1', 'ff ff ff ff ff 7f'],
		['six octets of continuation', 'ff 80 80 80 80 80 00'],
		['continuation without end', `ff ${'80'.repeat(64)}`],
		['a string length of 2^35', '00 7f 80 80 80 80 7f'],
		['a size update', '3f ff ff ff ff ff 7f'],
	])('RFC 7541 §5.1 overflow by %s', (_title, octets) => {
		refuses(octets, 'RFC 7541 §5.1', /too large/);
	});

	test('RFC 7541 §5.1 leading zeros are taken, as far as the bound goes', () => {
		accepts('3f 80 80 80 00 82');
	});
});

describe('RFC 7541 §5.2: strings', () => {
	test.each([
		['before the name', '40', /before a string/],
		['before the value', '40 0161', /before a string/],
		['before the value of an indexed name', '44', /before a string/],
		['within the name', '40 0361', /longer than the rest/],
		['within the value', '44 022f', /longer than the rest/],
		['within a Huffman-coded value', '44 82ff', /longer than the rest/],
		['long before the end of a value of 4 GiB', '44 7f80ffffff0f 61', /longer than the rest/],
	])('RFC 7541 §5.2 the block ends %s', (_title, octets, message) => {
		refuses(octets, 'RFC 7541 §5.2', message);
	});

	test.each([
		['8 bits of padding', '44 82 1fff'],
		['nothing but 8 bits of padding', '44 81 ff'],
		['padding by zeros', '44 81 18'],
		['padding with a zero at its end', '44 81 1e'],
		['EOS alone', '44 84 ffffffff'],
		['EOS after a character', '44 85 1fffffffff'],
		['EOS, and a character behind it', '44 85 fffffffc1f'],
	])('RFC 7541 §5.2 Huffman coding with %s', (_title, octets) => {
		refuses(octets, 'RFC 7541 §5.2', /EOS in it, or is not padded/);
	});

	test('RFC 7541 §5.2 empty strings are strings, in either form', () => {
		accepts('40 00 00');
		accepts('40 80 80');
	});
});

describe('RFC 7541 §6.1, §6.3', () => {
	test('RFC 7541 §6.1 index 0', () => {
		refuses('80', 'RFC 7541 §6.1', /index .* is 0/);
		refuses('82 80', 'RFC 7541 §6.1', /index .* is 0/);
	});

	test('RFC 7541 §6.3 a size update above the limit', () => {
		refuses('3fe21f', 'RFC 7541 §6.3', /above the limit/);
		refuses('3f46', 'RFC 7541 §6.3', /above the limit/, (decoder) => decoder.setMaxTableSize(100));
		accepts('3fe11f');
		accepts('3fe21f', (decoder) => decoder.setMaxTableSize(4097));
	});
});

describe('RFC 9113 §6.5.2: the size of what a block decodes to', () => {
	test('what fits is kept, the rest is dropped, and the table is in step', () => {
		const decoder = new HpackDecoder(4096);
		// 42, 34, 34 octets: the second literal passes the limit.
		const decoded = decodeWithin(decoder, hex('82 4001610162 4001630164'), 76);
		expect(decoded.result).toBe(DecodeResult.TOO_LARGE);
		expect(decoded.lines).toEqual([
			[':method', 'GET'],
			['a', 'b'],
		]);
		expect(decodeWithin(decoder, hex('be bf')).lines).toEqual([
			['c', 'd'],
			['a', 'b'],
		]);
		expect(decoder.error).toBeNull();
	});

	test('a limit that is met exactly is not passed', () => {
		expect(decodeWithin(new HpackDecoder(4096), hex('82 4001610162'), 76).result).toBe(DecodeResult.OK);
	});

	test('a smaller line behind the one that passed the limit is not taken either', () => {
		const decoded = decodeWithin(new HpackDecoder(4096), hex(`82 0001610a${'61'.repeat(10)} 0000 00`), 80);
		expect(decoded.lines).toEqual([[':method', 'GET']]);
	});

	test('a block that names one large entry again and again is counted each time', () => {
		const decoder = new HpackDecoder(4096);
		decodeWithin(decoder, hex(`4001617f811e${'61'.repeat(4000)}`));
		const decoded = decodeWithin(decoder, new Uint8Array(16_384).fill(0xbe), 65_536);
		expect(decoded.result).toBe(DecodeResult.TOO_LARGE);
		expect(decoded.lines.length).toBe(16);
		expect(decoded.entries[0]).toBe(decoded.entries[15]);
	});

	test('an error behind the limit is an error', () => {
		expect(decodeWithin(new HpackDecoder(4096), hex('82 82 be'), 50).result).toBe(DecodeResult.INVALID);
	});
});

describe('RFC 7541 §7.1.3: never-indexed literals', () => {
	test('their names are those of the last block only', () => {
		const decoder = new HpackDecoder(4096);
		decodeWithin(decoder, hex('82 1001610162 1f080163 0001640165'));
		expect(decoder.sensitive).toEqual(['a', 'authorization']);
		decodeWithin(decoder, hex('82'));
		expect(decoder.sensitive).toBeNull();
	});
});
