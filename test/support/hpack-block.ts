/** Header blocks in tests: written as hexadecimal, decoded from the midst of other bytes. */
import { DecodeResult, type HpackDecoder } from '../../src/engine/hpack/decoder.ts';
import type { HpackEncoder } from '../../src/engine/hpack/encoder.ts';
import type { FieldEntry } from '../../src/engine/hpack/field-entry.ts';
import { Output } from '../../src/wire/output.ts';

/** A field line. */
export type Line = readonly [name: string, value: string];

/** The octets of hexadecimal digits; white space between them does not count. */
export function hex(digits: string): Uint8Array {
	const pairs = digits.replaceAll(/\s/g, '').match(/../g) ?? [];
	return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** The hexadecimal digits of octets. */
export function toHex(octets: Uint8Array): string {
	return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** The lines of entries. */
export function lines(entries: readonly FieldEntry[]): Line[] {
	return entries.map(({ name, value }) => [name, value]);
}

/** What decoding a block came to. */
export interface Decoded {
	result: DecodeResult;
	lines: Line[];
	entries: FieldEntry[];
}

/** Decodes a block that has other octets before and behind it, none of which may be looked at. */
export function decodeWithin(decoder: HpackDecoder, block: Uint8Array, maxSize = 65_536, around = 0x82): Decoded {
	const bytes = new Uint8Array(block.length + 14).fill(around);
	bytes.set(block, 7);
	const entries: FieldEntry[] = [];
	const result = decoder.decode(bytes, 7, 7 + block.length, entries, maxSize);
	return { result, lines: lines(entries), entries };
}

/** Decodes a block that must be valid and within the limit. */
export function decodeLines(decoder: HpackDecoder, block: Uint8Array): Line[] {
	const decoded = decodeWithin(decoder, block, 1 << 24);
	if (decoded.result !== DecodeResult.OK) throw new Error(`decoding came to ${decoded.result}: ${decoder.error}`);
	return decoded.lines;
}

/** One block of those lines. */
export function encodeLines(encoder: HpackEncoder, fields: readonly Line[], neverIndex = false): Uint8Array {
	const out = new Output();
	encoder.begin(out);
	for (const [name, value] of fields) encoder.field(out, name, value, neverIndex);
	return out.take();
}
