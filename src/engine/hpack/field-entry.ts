/** A field line as HPACK keeps it: in the static table, in a dynamic table, and in every request that refers to it. */

/** What an entry counts for beyond its octets (RFC 7541 §4.1). */
export const ENTRY_OVERHEAD = 32;

/**
 * One field line. Shared, never copied: a request that names a table entry holds that very entry. Strings are latin-1,
 * one character per octet.
 */
export class FieldEntry {
	readonly name: string;
	readonly value: string;
	/** Octets of name and value, plus 32 (RFC 7541 §4.1). */
	readonly size: number;
	/**
	 * 0 until the HTTP/2 layer has classified the entry, then whatever it stores here. It must follow from name and value
	 * alone, since all requests that share the entry share it, and static entries are shared by all connections.
	 */
	kind: number;

	constructor(name: string, value: string) {
		this.name = name;
		this.value = value;
		this.size = name.length + value.length + ENTRY_OVERHEAD;
		this.kind = 0;
	}
}
