/**
 * What the parsers of this folder return in place of a position in the bytes. They scan in place and keep no octets: at
 * MORE, the caller keeps what was not consumed and comes again with more behind it.
 */

/** The bytes end inside the thing being read. */
export const MORE = -1;
/** The empty line that ends a field section. */
export const END = -2;
/** The peer broke a rule: the parser's `fault` says which. */
export const BAD = -3;
