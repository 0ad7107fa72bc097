/** What permessage-deflate (RFC 7692) needs of whoever has an implementation of DEFLATE (RFC 1951): it is injected. */

/** Inflating came to nothing, and why. */
export type InflateFailure =
	/** The octets are no DEFLATE. */
	| 'corrupt'
	/** The result would be longer than allowed. */
	| 'too long'
	/** It ends more often than {@link FINAL_BLOCKS}. */
	| 'too many ends';

/**
 * So many final blocks may stand in a message. A sender that ends its compressor for each message makes one; each is a new
 * beginning for the decompressor, so that a message of nothing else would hold everybody for half a minute.
 */
export const FINAL_BLOCKS = 64;

/**
 * DEFLATE, one message a call, and nothing kept between calls: what a message may refer back to comes as the dictionary.
 * Calls do not return before they are done, so what they may take is bounded: the work by the length of a message.
 */
export interface DeflateCodec {
	/**
	 * Compresses, the longer the message the faster and less well, ending in an empty block on an octet boundary: `00 00 ff ff` (RFC 7692 §7.2.1).
	 * @param windowBits 8 to 15: references reach back no further than 2 to the power of it
	 * @param dictionary what references may reach back into, before the data; null for nothing
	 */
	deflate(data: Uint8Array, windowBits: number, dictionary: Uint8Array | null): Uint8Array;
	/**
	 * Decompresses blocks up to the end of the data, over {@link FINAL_BLOCKS} final ones too (RFC 7692 §7.2.3.4).
	 * @param windowBits as for `deflate`
	 * @param dictionary as for `deflate`
	 * @param limit the longest result, in octets; no more memory than about that may be taken
	 */
	inflate(
		data: Uint8Array,
		windowBits: number,
		dictionary: Uint8Array | null,
		limit: number,
	): Uint8Array | InflateFailure;
}
