/** A tag that a compressing middleware has coded: decoded with a bound, since a client may have a say in what is coded. */
import { TAG_LENGTH } from './tag.ts';

/** The longest that a tag gets by any coding: gzip has a head of 18 octets, and may carry a name. */
export const CODED_MAX = 512;

/** What of node:zlib is used. Not imported: the core runs anywhere, and where there is none nothing is coded by it. */
interface Zlib {
	gunzipSync(coded: Uint8Array, options: ZlibOptions): Uint8Array;
	inflateSync(coded: Uint8Array, options: ZlibOptions): Uint8Array;
	inflateRawSync(coded: Uint8Array, options: ZlibOptions): Uint8Array;
	brotliDecompressSync(coded: Uint8Array, options: ZlibOptions): Uint8Array;
	zstdDecompressSync?(coded: Uint8Array, options: ZlibOptions): Uint8Array;
}
interface ZlibOptions {
	/** Decoding stops with an error beyond so many octets. */
	readonly maxOutputLength: number;
	/** How what has come is ended: where more is to come, by giving what there is. */
	readonly finishFlush?: number;
}

/** By what a coder of node:zlib gives what there is: Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH, ZSTD_e_flush. */
const FLUSH = { deflate: 2, br: 1, zstd: 1 } as const;

/**
 * What coded content decodes to.
 * @param coding the value of Content-Encoding; several codings are undone from the last
 * @param isWhole false for the beginning of content: it gives as much as can be told of it
 * @returns null for a coding that is unknown here, for what does not decode, and for what is longer than a tag
 */
export function decodedTag(content: Uint8Array, coding: string, isWhole = true): Uint8Array | null {
	const zlib = (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process?.getBuiltinModule?.(
		'node:zlib',
	) as Zlib | undefined;
	let decoded = content;
	try {
		for (const name of coding.toLowerCase().split(',').reverse()) {
			const next = decode(zlib, name.trim(), decoded, isWhole);
			if (next === null) return null;
			decoded = next;
		}
	} catch {
		// Whatever it is, it is not a coded tag.
		return null;
	}
	return decoded.length > TAG_LENGTH ? null : decoded;
}

function decode(zlib: Zlib | undefined, coding: string, content: Uint8Array, isWhole: boolean): Uint8Array | null {
	if (coding === 'identity' || coding === '') return content;
	if (zlib === undefined) return null;
	const flush = FLUSH[coding === 'br' || coding === 'zstd' ? coding : 'deflate'];
	const options: ZlibOptions = { maxOutputLength: CODED_MAX, ...(isWhole ? {} : { finishFlush: flush }) };
	switch (coding) {
		case 'gzip':
		case 'x-gzip':
			return zlib.gunzipSync(content, options);
		case 'deflate':
			// Some send it without the zlib wrapper (RFC 9110 §8.4.1.2).
			return ((content[0] ?? 0) & 0x0f) === 8
				? zlib.inflateSync(content, options)
				: zlib.inflateRawSync(content, options);
		case 'br':
			return zlib.brotliDecompressSync(content, options);
		case 'zstd':
			return zlib.zstdDecompressSync?.(content, options) ?? null;
		default:
			return null;
	}
}
