/** spec/gateway.md §1: byte strings. */
import fc from 'fast-check';
import { type ByteString, byteString, bytes, isByteString, latin1, octets } from 'rsgi/gateway';
import { expect, test } from 'vitest';
import { refusal } from '../support/refusal.ts';

test('GATE-1: bytes() takes octets, and says which character is none', () => {
	expect(latin1(bytes('GET \xff'))).toBe('GET \xff');
	expect(latin1(bytes`${bytes('a')}-${1}-${'b'}\n`)).toBe('a-1-b\n');
	expect(refusal('GATE-1', () => bytes('ab\u0100'))).toMatch(/character 2 is U\+0100: use encodeUtf8\(\)/);
	expect(refusal('GATE-1', () => bytes`${'\u20ac'}`)).toContain('U+20AC');
	expect(refusal('GATE-1', () => bytes(5 as never))).toContain('not a number');
	expect(isByteString(bytes('a'))).toBe(true);
	expect(isByteString('\u{1f600}')).toBe(false);
	expect(isByteString(new Uint8Array(1))).toBe(false);
});

test('GATE-1: a string is no byte string and a byte string no string, to the compiler', () => {
	const wantsBytes = (value: ByteString): unknown => value;
	const wantsText = (value: string): unknown => value;
	// @ts-expect-error a string literal
	wantsBytes('GET');
	// @ts-expect-error a string
	wantsBytes(String(1));
	// @ts-expect-error octets
	wantsBytes(new Uint8Array(1));
	// @ts-expect-error a byte string
	wantsText(bytes('GET'));
	// @ts-expect-error they are never the same
	expect(bytes('GET') === 'GET').toBe(true);
	const method = byteString(Uint8Array.of(71, 69, 84));
	expect(method === bytes('GET')).toBe(true);
});

test('GATE-2: octets become a byte string and come back as they were', () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 600 }), (block) => {
			const made = byteString(block);
			expect(latin1(made).length).toBe(block.length);
			expect(octets(made)).toEqual(block);
			expect(bytes(latin1(made))).toBe(made);
		}),
	);
});
