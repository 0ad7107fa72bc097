/** Which field lines enter the dynamic table, as far as their name decides it (RFC 7541 §7.1). */

/** How a line is sent whose value is not in a table yet. */
export const Indexing = {
	/** Into the table at once. */
	EAGER: 0,
	/** Into the table when a value comes twice in a row: most values of these names differ from the one before. */
	WARY: 1,
	/** A literal that leaves no trace in the table. */
	WITHOUT: 2,
	/** The same, and nobody on the way may index it either (RFC 7541 §7.1.3). */
	NEVER: 3,
} as const;
export type Indexing = (typeof Indexing)[keyof typeof Indexing];

const BY_NAME: ReadonlyMap<string, Indexing> = new Map<string, Indexing>([
	[':path', Indexing.WARY],
	['age', Indexing.WARY],
	['content-length', Indexing.WARY],
	['content-location', Indexing.WARY],
	['content-range', Indexing.WARY],
	['cookie', Indexing.WARY],
	['etag', Indexing.WARY],
	['expires', Indexing.WARY],
	['if-modified-since', Indexing.WARY],
	['if-none-match', Indexing.WARY],
	['last-modified', Indexing.WARY],
	['link', Indexing.WARY],
	['location', Indexing.WARY],
	['range', Indexing.WARY],
	['set-cookie', Indexing.WITHOUT],
	['authorization', Indexing.NEVER],
	['proxy-authorization', Indexing.NEVER],
]);

/** How lines of that name, in lower case, are sent. */
export function indexingOf(name: string): Indexing {
	return BY_NAME.get(name) ?? Indexing.EAGER;
}

/** A cookie of fewer octets than this can be guessed, one octet after the other, from what indexing it would save. */
export const SHORT_COOKIE = 20;
