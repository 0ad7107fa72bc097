import { describe, expect, test } from 'vitest';
import { HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import { HpackEncoder } from '../../src/engine/hpack/encoder.ts';
import { type Cursor, INTEGER_ROOM, readInteger, writeInteger } from '../../src/engine/hpack/integer.ts';
import { Output } from '../../src/wire/output.ts';
import { decodeLines, encodeLines, hex, type Line, lines, toHex } from '../support/hpack-block.ts';

interface Block {
	section: string;
	octets: string;
	fields: Line[];
	/** The dynamic table afterwards, newest first, and its size. */
	table: Line[];
	size: number;
}

describe('RFC 7541 C.1: integers', () => {
	test.each([
		['C.1.1', 10, 0x1f, '0a'],
		['C.1.2', 1337, 0x1f, '1f9a0a'],
		['C.1.3', 42, 0xff, '2a'],
	])('RFC 7541 %s: %d', (_section, value, mask, octets) => {
		const bytes = hex(octets);
		const cursor: Cursor = { at: 0 };
		expect(readInteger(bytes, bytes.length, cursor, mask)).toBe(value);
		expect(cursor.at).toBe(bytes.length);
		const out = new Output();
		out.reserve(INTEGER_ROOM);
		writeInteger(out, 0, mask, value);
		expect(toHex(out.take())).toBe(octets);
	});
});

describe('RFC 7541 C.2: representations', () => {
	test('RFC 7541 C.2.1: literal with indexing', () => {
		const decoder = new HpackDecoder(4096);
		const block = hex('400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572');
		expect(decodeLines(decoder, block)).toEqual([['custom-key', 'custom-header']]);
		expect(lines(decoder.tableEntries())).toEqual([['custom-key', 'custom-header']]);
		expect(decoder.tableSize).toBe(55);
	});

	test('RFC 7541 C.2.2: literal without indexing', () => {
		const decoder = new HpackDecoder(4096);
		expect(decodeLines(decoder, hex('040c 2f73 616d 706c 652f 7061 7468'))).toEqual([[':path', '/sample/path']]);
		expect(decoder.tableEntries()).toEqual([]);
		expect(decoder.sensitive).toBeNull();
	});

	test('RFC 7541 C.2.3: literal never indexed', () => {
		const decoder = new HpackDecoder(4096);
		const block = hex('1008 7061 7373 776f 7264 0673 6563 7265 74');
		expect(decodeLines(decoder, block)).toEqual([['password', 'secret']]);
		expect(decoder.tableEntries()).toEqual([]);
		expect(decoder.sensitive).toEqual(['password']);
	});

	test('RFC 7541 C.2.4: indexed', () => {
		const decoder = new HpackDecoder(4096);
		expect(decodeLines(decoder, hex('82'))).toEqual([[':method', 'GET']]);
		expect(decoder.tableEntries()).toEqual([]);
	});
});

const REQUEST: Line[] = [
	[':method', 'GET'],
	[':scheme', 'http'],
	[':path', '/'],
	[':authority', 'www.example.com'],
];
const AUTHORITY: Line = [':authority', 'www.example.com'];
const NO_CACHE: Line = ['cache-control', 'no-cache'];
const CUSTOM: Line = ['custom-key', 'custom-value'];

function requests(section: string, octets: [string, string, string]): Block[] {
	return [
		{ section: `${section}.1`, octets: octets[0], fields: REQUEST, table: [AUTHORITY], size: 57 },
		{
			section: `${section}.2`,
			octets: octets[1],
			fields: [...REQUEST, NO_CACHE],
			table: [NO_CACHE, AUTHORITY],
			size: 110,
		},
		{
			section: `${section}.3`,
			octets: octets[2],
			fields: [[':method', 'GET'], [':scheme', 'https'], [':path', '/index.html'], AUTHORITY, CUSTOM],
			table: [CUSTOM, NO_CACHE, AUTHORITY],
			size: 164,
		},
	];
}

const C3: Block[] = requests('C.3', [
	'8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
	'8286 84be 5808 6e6f 2d63 6163 6865',
	'8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
]);

const C4: Block[] = requests('C.4', [
	'8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
	'8286 84be 5886 a8eb 1064 9cbf',
	'8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
]);

const DATE_21: Line = ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'];
const DATE_22: Line = ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'];
const PRIVATE: Line = ['cache-control', 'private'];
const LOCATION: Line = ['location', 'https://www.example.com'];
const GZIP: Line = ['content-encoding', 'gzip'];
const COOKIE: Line = ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'];

function responses(section: string, octets: [string, string, string]): Block[] {
	return [
		{
			section: `${section}.1`,
			octets: octets[0],
			fields: [[':status', '302'], PRIVATE, DATE_21, LOCATION],
			table: [LOCATION, DATE_21, PRIVATE, [':status', '302']],
			size: 222,
		},
		{
			section: `${section}.2`,
			octets: octets[1],
			fields: [[':status', '307'], PRIVATE, DATE_21, LOCATION],
			table: [[':status', '307'], LOCATION, DATE_21, PRIVATE],
			size: 222,
		},
		{
			section: `${section}.3`,
			octets: octets[2],
			fields: [[':status', '200'], PRIVATE, DATE_22, LOCATION, GZIP, COOKIE],
			table: [COOKIE, GZIP, DATE_22],
			size: 215,
		},
	];
}

const C5: Block[] = responses('C.5', [
	`4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d
	546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
	'4803 3330 37c1 c0bf',
	`88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f
	6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b
	2076 6572 7369 6f6e 3d31`,
]);

const C6: Block[] = responses('C.6', [
	`4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7
	8f0b 97c8 e9ae 82ae 43d3`,
	'4883 640e ffc1 c0bf',
	`88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335
	dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
]);

describe.each([
	['C.3: requests without Huffman coding', 4096, C3],
	['C.4: requests with Huffman coding', 4096, C4],
	['C.5: responses without Huffman coding', 256, C5],
	['C.6: responses with Huffman coding', 256, C6],
])('RFC 7541 %s', (_title, tableSize, blocks) => {
	const decoder = new HpackDecoder(tableSize);
	test.each(blocks)('RFC 7541 $section decodes, and leaves the table as shown', (block) => {
		expect(decodeLines(decoder, hex(block.octets))).toEqual(block.fields);
		expect(lines(decoder.tableEntries())).toEqual(block.table);
		expect(decoder.tableSize).toBe(block.size);
	});
});

// The encoder chooses as the examples do for requests. In C.6 it would not index Location and Set-Cookie.
describe('RFC 7541 C.4: requests with Huffman coding, encoded', () => {
	const encoder = new HpackEncoder();
	test.each(C4)('RFC 7541 $section', (block) => {
		expect(toHex(encodeLines(encoder, block.fields))).toBe(toHex(hex(block.octets)));
		expect(lines(encoder.tableEntries())).toEqual(block.table);
		expect(encoder.tableSize).toBe(block.size);
	});
});
