/** Several ranges in one response: multipart/byteranges (RFC 9110 §14.6). */
import { latin1Bytes } from '../wire/latin1.ts';
import type { ByteRange } from './byte-ranges.ts';

/** What goes out in place of the content alone. */
export interface MultipartRanges {
	/** The Content-Type of the whole, with its boundary. */
	readonly type: string;
	/** The Content-Length of the whole. */
	readonly length: number;
	/** What comes before each range, in the order of the ranges. */
	readonly heads: readonly Uint8Array[];
	/** What comes behind the last. */
	readonly tail: Uint8Array;
}

/**
 * Lays out the response to several ranges. The boundary is random, so that no content can hold it on purpose.
 * @param type the Content-Type of the representation
 * @param size of the representation, in bytes
 */
export function multipartRanges(ranges: readonly ByteRange[], type: string, size: number): MultipartRanges {
	const boundary = crypto.randomUUID();
	const heads = ranges.map(({ start, end }, i) =>
		latin1Bytes(
			`${i === 0 ? '' : '\r\n'}--${boundary}\r\ncontent-type: ${type}\r\ncontent-range: ${contentRange(start, end, size)}\r\n\r\n`,
		),
	);
	const tail = latin1Bytes(`\r\n--${boundary}--\r\n`);
	let length = tail.length;
	for (const head of heads) length += head.length;
	for (const { start, end } of ranges) length += end - start;
	return { type: `multipart/byteranges; boundary=${boundary}`, length, heads, tail };
}

/** A Content-Range value (RFC 9110 §14.4) for bytes from `start` to before `end`. */
export function contentRange(start: number, end: number, size: number): string {
	return `bytes ${start}-${end - 1}/${size}`;
}
