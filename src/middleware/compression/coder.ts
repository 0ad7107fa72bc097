/** The codings of zlib as streams, with what makes each fast and gives out what it holds. */
import {
	type BrotliCompress,
	constants,
	createBrotliCompress,
	createDeflate,
	createGzip,
	createZstdCompress,
	type Deflate,
	type Gzip,
	type ZstdCompress,
} from 'node:zlib';

/** A content coding (RFC 9110 §8.4.1) that can be made here. */
export type Coding = 'zstd' | 'br' | 'gzip' | 'deflate';

/** A stream that codes. */
export type Coder = BrotliCompress | Deflate | Gzip | ZstdCompress;

/**
 * Of each: a new stream, and the kind of flush that ends no more than a block. The levels are those that keep up with a
 * network; the defaults of zlib for Brotli are for files that are compressed once.
 */
export const CODINGS: Readonly<Record<Coding, { readonly create: () => Coder; readonly flush: number }>> = {
	zstd: {
		create: () =>
			createZstdCompress({
				// As below; and tables for it. The default takes 3 MB once so much has been written, and is no smaller nor faster.
				params: {
					[constants.ZSTD_c_windowLog]: 18,
					[constants.ZSTD_c_hashLog]: 16,
					[constants.ZSTD_c_chainLog]: 15,
				},
			}),
		flush: constants.ZSTD_e_flush,
	},
	br: {
		create: () =>
			createBrotliCompress({
				// A window of 256 KiB: a large one costs megabytes for each response under way, which slow clients make many.
				params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 },
			}),
		flush: constants.BROTLI_OPERATION_FLUSH,
	},
	gzip: { create: () => createGzip(), flush: constants.Z_SYNC_FLUSH },
	// `deflate` is the zlib format (RFC 9110 §8.4.1.2), not the bare one.
	deflate: { create: () => createDeflate(), flush: constants.Z_SYNC_FLUSH },
};
