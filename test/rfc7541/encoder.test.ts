import { describe, expect, test } from 'vitest';
import { HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import { HpackEncoder } from '../../src/engine/hpack/encoder.ts';
import { Output } from '../../src/wire/output.ts';
import { decodeLines, encodeLines, hex, type Line, lines, toHex } from '../support/hpack-block.ts';

const HEAD: Line[] = [
	['content-type', 'text/plain; charset=utf-8'],
	['server', 'example'],
	['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
];

/** The octet that begins a field's representation when the block is that field alone. */
function firstOctet(encoder: HpackEncoder, name: string, value: string, neverIndex = false): number {
	return encodeLines(encoder, [[name, value]], neverIndex)[0] as number;
}

describe('RFC 7541 §6.1: repeated lines', () => {
	test('RFC 7541 §6.1 a head that comes again is an octet to a line', () => {
		const encoder = new HpackEncoder();
		encodeLines(encoder, HEAD);
		expect(toHex(encodeLines(encoder, HEAD))).toBe('c0bfbe');
	});

	test('RFC 7541 §6.1 values that take turns are all found', () => {
		const encoder = new HpackEncoder();
		for (const value of ['a', 'b', 'a']) encodeLines(encoder, [['x', value]]);
		expect(
			toHex(
				encodeLines(encoder, [
					['x', 'b'],
					['x', 'a'],
				]),
			),
		).toBe('bebf');
	});

	test('RFC 9113 §8.2.1 names are sent in lower case, and found in any', () => {
		const encoder = new HpackEncoder();
		const decoder = new HpackDecoder(4096);
		expect(decodeLines(decoder, encodeLines(encoder, [['X-Thing', '1']]))).toEqual([['x-thing', '1']]);
		expect(
			toHex(
				encodeLines(encoder, [
					['x-thing', '1'],
					['X-THING', '1'],
				]),
			),
		).toBe('bebe');
	});

	test('RFC 7541 A status codes of the static table are an octet, others enter the dynamic table', () => {
		const encoder = new HpackEncoder();
		const out = new Output();
		for (const status of [200, 204, 206, 304, 400, 404, 500, 302, 302]) encoder.status(out, status);
		expect(toHex(out.take())).toBe('88898a8b8c8d8e48826402be');
	});
});

describe('RFC 7541 §7.1: what stays out of the table', () => {
	test('RFC 7541 §7.1.3 sensitive lines are never-indexed, even if the line is in a table', () => {
		const encoder = new HpackEncoder();
		encodeLines(encoder, [['x', 'secret']]);
		expect(firstOctet(encoder, 'x', 'secret', true) & 0xf0).toBe(0x10);
		expect(firstOctet(encoder, ':method', 'GET', true) & 0xf0).toBe(0x10);
		expect(encoder.tableEntries().length).toBe(1);
	});

	test('RFC 7541 §7.1.3 credentials and short cookies are never-indexed', () => {
		const encoder = new HpackEncoder();
		for (let i = 0; i < 3; i++) {
			expect(firstOctet(encoder, 'Authorization', 'Basic eDp5') & 0xf0).toBe(0x10);
			expect(firstOctet(encoder, 'proxy-authorization', 'Basic eDp5') & 0xf0).toBe(0x10);
			expect(firstOctet(encoder, 'cookie', 'pin=1234') & 0xf0).toBe(0x10);
			expect(firstOctet(encoder, 'set-cookie', 'a=b') & 0xf0).toBe(0);
		}
		expect(encoder.tableEntries()).toEqual([]);
	});

	test('a content-length enters the table when it comes twice in a row', () => {
		const encoder = new HpackEncoder();
		for (const value of ['1', '2', '1', '3']) {
			expect(firstOctet(encoder, 'content-length', value) & 0xf0).toBe(0);
		}
		expect(firstOctet(encoder, 'content-length', '3') & 0xc0).toBe(0x40);
		expect(firstOctet(encoder, 'content-length', '3')).toBe(0xbe);
	});

	test('a name whose values are never used again stops filling the table, until one comes twice in a row', () => {
		const encoder = new HpackEncoder();
		encodeLines(encoder, HEAD);
		for (let i = 0; i < 200; i++) encodeLines(encoder, [['x-request-id', `id-${i}`]]);
		expect(encoder.tableEntries().length).toBe(HEAD.length + 8);
		expect(encodeLines(encoder, HEAD).length).toBe(HEAD.length);
		expect(firstOctet(encoder, 'x-request-id', 'same') & 0xc0).toBe(0);
		expect(firstOctet(encoder, 'x-request-id', 'same') & 0xc0).toBe(0x40);
		expect(firstOctet(encoder, 'x-request-id', 'same') & 0x80).toBe(0x80);
	});

	test('lines above three quarters of the table never enter it, above one quarter when they come again', () => {
		const encoder = new HpackEncoder();
		for (let i = 0; i < 3; i++) expect(firstOctet(encoder, 'x', 'v'.repeat(3200)) & 0xc0).toBe(0);
		expect(firstOctet(encoder, 'x', 'v'.repeat(1200)) & 0xc0).toBe(0);
		expect(firstOctet(encoder, 'x', 'v'.repeat(1200)) & 0xc0).toBe(0x40);
	});

	test('endless names and values take bounded memory, and stay right', () => {
		const encoder = new HpackEncoder();
		const decoder = new HpackDecoder(4096);
		for (let i = 0; i < 3000; i++) {
			const fields: Line[] = [...HEAD, [`x-${i % 700}`, `${i}`], ['etag', `"${i}"`]];
			expect(decodeLines(decoder, encodeLines(encoder, fields))).toEqual(fields);
		}
		expect(lines(decoder.tableEntries())).toEqual(lines(encoder.tableEntries()));
	});
});

describe('RFC 7541 §4.2: size updates', () => {
	test('RFC 7541 §4.2 none while the peer allows as much as is used', () => {
		const encoder = new HpackEncoder();
		encoder.setPeerTableSize(4096);
		encoder.setPeerTableSize(65_536);
		expect(toHex(encodeLines(encoder, [[':method', 'GET']]))).toBe('82');
	});

	test('RFC 7541 §4.2 a lower limit is signalled at the next block, once', () => {
		const encoder = new HpackEncoder();
		encodeLines(encoder, HEAD);
		encoder.setPeerTableSize(0);
		expect(toHex(encodeLines(encoder, [[':method', 'GET']]))).toBe('2082');
		expect(encoder.tableSize).toBe(0);
		expect(toHex(encodeLines(encoder, [[':method', 'GET']]))).toBe('82');
	});

	test('RFC 7541 §4.2 the least of several limits, then the last', () => {
		const encoder = new HpackEncoder();
		for (const size of [100, 0, 50, 4096]) encoder.setPeerTableSize(size);
		expect(toHex(encodeLines(encoder, [[':method', 'GET']]))).toBe('203fe11f82');
	});

	test('RFC 7541 §4.2 with a higher cap, as much as the peer allows is used', () => {
		const encoder = new HpackEncoder(16_384);
		encoder.setPeerTableSize(65_536);
		expect(toHex(encodeLines(encoder, [[':method', 'GET']]))).toBe(`${toHex(hex('3fe17f'))}82`);
	});

	test('RFC 7541 §4.2 with a lower cap, the first block says so', () => {
		expect(toHex(encodeLines(new HpackEncoder(0), [[':method', 'GET']]))).toBe('2082');
	});
});

describe('RFC 7541 §5.2: Huffman coding', () => {
	test('RFC 7541 §5.2 only where it is shorter', () => {
		const encoder = new HpackEncoder();
		expect(toHex(encodeLines(encoder, [['\x01\x02', 'aaaaaaaa']]))).toBe('400201028518c6318c63');
	});
});
