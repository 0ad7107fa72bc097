/** The static table (RFC 7541 appendix A). */
import { FieldEntry } from './field-entry.ts';

const LINES: readonly (readonly [name: string, value: string])[] = [
	[':authority', ''],
	[':method', 'GET'],
	[':method', 'POST'],
	[':path', '/'],
	[':path', '/index.html'],
	[':scheme', 'http'],
	[':scheme', 'https'],
	[':status', '200'],
	[':status', '204'],
	[':status', '206'],
	[':status', '304'],
	[':status', '400'],
	[':status', '404'],
	[':status', '500'],
	['accept-charset', ''],
	['accept-encoding', 'gzip, deflate'],
	['accept-language', ''],
	['accept-ranges', ''],
	['accept', ''],
	['access-control-allow-origin', ''],
	['age', ''],
	['allow', ''],
	['authorization', ''],
	['cache-control', ''],
	['content-disposition', ''],
	['content-encoding', ''],
	['content-language', ''],
	['content-length', ''],
	['content-location', ''],
	['content-range', ''],
	['content-type', ''],
	['cookie', ''],
	['date', ''],
	['etag', ''],
	['expect', ''],
	['expires', ''],
	['from', ''],
	['host', ''],
	['if-match', ''],
	['if-modified-since', ''],
	['if-none-match', ''],
	['if-range', ''],
	['if-unmodified-since', ''],
	['last-modified', ''],
	['link', ''],
	['location', ''],
	['max-forwards', ''],
	['proxy-authenticate', ''],
	['proxy-authorization', ''],
	['range', ''],
	['referer', ''],
	['refresh', ''],
	['retry-after', ''],
	['server', ''],
	['set-cookie', ''],
	['strict-transport-security', ''],
	['transfer-encoding', ''],
	['user-agent', ''],
	['vary', ''],
	['via', ''],
	['www-authenticate', ''],
];

/** How many entries the static table has: the dynamic table is addressed from the next index on (RFC 7541 §2.3.3). */
export const STATIC_COUNT = 61;

/** The entries by their index; there is none at 0. */
export const STATIC_TABLE: readonly (FieldEntry | undefined)[] = [
	undefined,
	...LINES.map(([name, value]) => new FieldEntry(name, value)),
];

/** The lowest index that has a name: what a literal refers to for its name alone. */
export const STATIC_NAMES: ReadonlyMap<string, number> = new Map(
	// Backwards, so that the first of several lines of a name is the one that stays.
	LINES.map(([name], at) => [name, at + 1] as const).reverse(),
);

/** The index of `:status` by status code, or 0 where the table does not have it. */
export const STATIC_STATUS: Uint8Array = new Uint8Array(600);
for (const [at, [name, value]] of LINES.entries()) {
	if (name === ':status') STATIC_STATUS[Number(value)] = at + 1;
}
