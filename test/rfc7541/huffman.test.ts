import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeHuffman, huffmanLength, writeHuffman } from '../../src/engine/hpack/huffman.ts';
import { Output } from '../../src/wire/output.ts';
import { hex, toHex } from '../support/hpack-block.ts';

function encode(text: string): Uint8Array {
	const out = new Output();
	out.reserve(huffmanLength(text));
	writeHuffman(out, text);
	return out.take();
}

describe('RFC 7541 appendix B: the Huffman code', () => {
	test.each([
		['0', '07'],
		['&', 'f8'],
		['!', 'fe3f'],
		['Z', 'fd'],
		['\\', 'fffe1f'],
		['\x00', 'ffc7'],
		['\n', 'fffffff3'],
		['\xff', 'fffffbbf'],
		['\x01', 'ffffb1'],
	])('RFC 7541 B %j', (character, octets) => {
		expect(toHex(encode(character))).toBe(octets);
		expect(decodeHuffman(hex(octets), 0, octets.length / 2)).toBe(character);
	});

	test('RFC 7541 §5.2 any string comes back as it was, in as many octets as foretold', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
				const text = String.fromCharCode(...octets);
				const encoded = encode(text);
				expect(encoded.length).toBe(huffmanLength(text));
				expect(decodeHuffman(encoded, 0, encoded.length)).toBe(text);
			}),
		);
	});

	test('RFC 7541 §5.2 whatever decodes is the one encoding of what it decodes to', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 12 }), (octets) => {
				const text = decodeHuffman(octets, 0, octets.length);
				if (text !== null) expect(toHex(encode(text))).toBe(toHex(octets));
			}),
			{ numRuns: 2000 },
		);
	});

	test('RFC 7541 §5.2 every pair of octets, at every offset of bits', () => {
		for (let first = 0; first < 256; first++) {
			for (let second = 0; second < 256; second++) {
				const text = String.fromCharCode(first, second);
				const encoded = encode(text);
				if (decodeHuffman(encoded, 0, encoded.length) !== text) expect.fail(`${first} ${second}`);
			}
		}
	});

	test('RFC 7541 §5.2 a string longer than the scratch memory', () => {
		const text = '0123456789\xfe'.repeat(3000);
		const encoded = encode(text);
		expect(decodeHuffman(encoded, 0, encoded.length)).toBe(text);
	});
});
