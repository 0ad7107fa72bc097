/** Byte ranges of a representation (RFC 9110 §14.1.2). */

/** Bytes from `start` to before `end`; never empty. */
export interface ByteRange {
	readonly start: number;
	readonly end: number;
}

/** More ranges than this in one request are not worth the work. */
const RANGES_MAX = 16;

/** Longer values than this do not hold so few ranges. */
const LENGTH_MAX = 1024;

/** `bytes=`, in any case (RFC 9110 §14.1). */
const BYTES = /^bytes=/i;

/** One range-spec, with the empty members before it: first and last position, or the length of a suffix. */
const RANGE_SPEC = /[ \t,]*(?:(\d+)-(\d*)|-(\d+))[ \t]*(?:,[ \t,]*|$)/y;

/**
 * Reads a Range field value.
 *
 * It is ignored, as RFC 9110 §14.2 lets a server do, when it is malformed or of another unit, holds more than 16 ranges,
 * or ranges that overlap: no honest client asks for the same bytes twice in one request, and together they could ask for
 * many times the file.
 *
 * @param value the combined field value
 * @param size of the representation, in bytes
 * @returns the satisfiable ranges in the order asked for; an empty list when none can be satisfied (416); null when the
 *   field is ignored and the whole is the answer
 */
export function byteRanges(value: string, size: number): ByteRange[] | null {
	if (value.length > LENGTH_MAX || !BYTES.test(value)) return null;
	const ranges: ByteRange[] = [];
	let specs = 0;
	RANGE_SPEC.lastIndex = 'bytes='.length;
	while (RANGE_SPEC.lastIndex < value.length) {
		const spec = RANGE_SPEC.exec(value);
		if (spec === null || ++specs > RANGES_MAX) return null;
		const range = spec[3] === undefined ? between(spec[1], spec[2], size) : suffix(spec[3], size);
		if (range === null) return null;
		if (range.start < range.end) ranges.push(range);
	}
	if (specs === 0 || overlapping(ranges)) return null;
	return ranges;
}

/** Null when the range is invalid, empty when it cannot be satisfied. */
function between(first: string | undefined, last: string | undefined, size: number): ByteRange | null {
	const start = Number(first);
	if (last === undefined || last === '') return { start, end: size };
	if (Number(last) < start) return null;
	return { start, end: Math.min(Number(last) + 1, size) };
}

function suffix(digits: string, size: number): ByteRange | null {
	const length = Number(digits);
	// Satisfiable by the letter (RFC 9110 §14.1.2), but Content-Range cannot say "none of none": the whole is the same.
	if (size === 0 && length > 0) return null;
	return { start: Math.max(0, size - length), end: size };
}

function overlapping(ranges: readonly ByteRange[]): boolean {
	const sorted = ranges.toSorted((a, b) => a.start - b.start);
	return sorted.some((range, i) => i > 0 && range.start < (sorted[i - 1] as ByteRange).end);
}
