/** Integers with a prefix (RFC 7541 §5.1). */
import type { Output } from '../../wire/output.ts';

/** Where reading goes on. */
export interface Cursor {
	at: number;
}

/** The octets ended within the integer. */
const TRUNCATED = -1;

/** The integer is above {@link INTEGER_MAX}, or takes more than {@link OCTETS_MAX} octets after its prefix. */
export const OVERFLOW = -2;

/** The largest integer taken: what a setting can hold. */
const INTEGER_MAX = 0xffff_ffff;

/** As many octets after the prefix as {@link INTEGER_MAX} takes; RFC 7541 §5.1 allows leading zeros, but not without end. */
const OCTETS_MAX = 5;

/** The most octets that {@link writeInteger} writes. */
export const INTEGER_ROOM: number = 1 + OCTETS_MAX;

/**
 * Reads an integer.
 * @param cursor stands on the octet with the prefix, and then behind the integer
 * @param end where the octets end; the octet with the prefix is before it
 * @param mask the bits of the prefix, as 0x7f for seven
 * @returns the integer, or {@link TRUNCATED} or {@link OVERFLOW}
 */
export function readInteger(bytes: Uint8Array, end: number, cursor: Cursor, mask: number): number {
	const start = cursor.at + 1;
	const prefix = (bytes[cursor.at] as number) & mask;
	if (prefix < mask) {
		cursor.at = start;
		return prefix;
	}
	let value = mask;
	let weight = 1;
	for (let at = start; at < end; at++) {
		if (at - start === OCTETS_MAX) return OVERFLOW;
		const octet = bytes[at] as number;
		// Multiplied, not shifted: 35 bits do not fit in a shift.
		value += (octet & 0x7f) * weight;
		if (value > INTEGER_MAX) return OVERFLOW;
		if (octet < 0x80) {
			cursor.at = at + 1;
			return value;
		}
		weight *= 0x80;
	}
	return TRUNCATED;
}

/**
 * Writes an integer; room for {@link INTEGER_ROOM} octets must have been reserved.
 * @param pattern the bits of the first octet before the prefix
 * @param mask the bits of the prefix
 */
export function writeInteger(out: Output, pattern: number, mask: number, value: number): void {
	if (value < mask) {
		out.u8(pattern | value);
		return;
	}
	out.u8(pattern | mask);
	let rest = value - mask;
	while (rest >= 0x80) {
		out.u8(0x80 | (rest & 0x7f));
		rest = Math.floor(rest / 0x80);
	}
	out.u8(rest);
}
