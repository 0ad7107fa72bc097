/** The representations of a block (RFC 7541 §6): the bits that tell them apart, and the masks of their prefixes. */

/** Indexed field (§6.1): at least this. */
export const INDEXED = 0x80;
export const INDEXED_MASK = 0x7f;

/** Literal field with incremental indexing (§6.2.1): at least this. */
export const INCREMENTAL = 0x40;
export const INCREMENTAL_MASK = 0x3f;

/** Dynamic table size update (§6.3): at least this. */
export const SIZE_UPDATE = 0x20;
export const SIZE_UPDATE_MASK = 0x1f;

/** Literal field never indexed (§6.2.3): at least this. A literal field without indexing (§6.2.2) is less. */
export const NEVER_INDEXED = 0x10;
export const WITHOUT_INDEXING = 0x00;
export const LITERAL_MASK = 0x0f;

/** The bit of a string that is in the Huffman code (§5.2), and the mask of its length. */
export const HUFFMAN = 0x80;
export const STRING_MASK = 0x7f;
