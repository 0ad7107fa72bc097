/** The chunked transfer coding, put together (RFC 9112 §7.1). Chunk extensions are never sent. */
import type { Fields } from '../../wire/fields.ts';
import type { Output } from '../../wire/output.ts';
import { CR, LF } from './octets.ts';

/** Room for a chunk size with its CRLF. */
const SIZE_MAX = 10;

/** Begins a chunk of `size` octets, which is not 0; the data is put behind it, then {@link endChunk}. */
export function beginChunk(output: Output, size: number): void {
	output.reserve(SIZE_MAX);
	let shift = 0;
	// Queued content is far below 2³¹ octets.
	while (size >>> shift > 15) shift += 4;
	for (; shift >= 0; shift -= 4) {
		const digit = (size >>> shift) & 15;
		output.u8(digit < 10 ? digit + 0x30 : digit + 0x57);
	}
	output.u8(CR);
	output.u8(LF);
}

/** Ends the chunk. */
export function endChunk(output: Output): void {
	output.reserve(2);
	output.u8(CR);
	output.u8(LF);
}

/** The last chunk, and the trailer section. */
export function writeLastChunk(output: Output, trailers: Fields | null): void {
	if (trailers === null || trailers.lines.length === 0) {
		output.latin1('0\r\n\r\n');
		return;
	}
	output.latin1('0\r\n');
	const lines = trailers.lines;
	for (let at = 0; at < lines.length; at += 2) output.latin1(`${lines[at]}: ${lines[at + 1]}\r\n`);
	output.latin1('\r\n');
}
