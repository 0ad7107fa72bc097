/** `wsgi.input`: the request content, read on demand. */

/**
 * The request content. It ends where the content ends, and no read goes beyond. Reads come one after the other: a read
 * while another is pending is rejected. Nothing is taken from the client before the first read, which is also what sends
 * it 100 (Continue). All reads reject when the exchange ends before the content does.
 *
 * Members are function properties and not methods, so that what stands in for them is checked in both directions.
 */
export interface Input {
	/**
	 * Up to `size` octets, or all that remain when it is left out or negative: then memory holds all of them. It gives fewer
	 * than `size` only at the end, and none when there are no more.
	 */
	readonly read: (size?: number) => Promise<Uint8Array>;
	/**
	 * What has come, as soon as something has: at least one octet, no more than `size`; none at the end. A server has it;
	 * middleware that puts another input in its place may leave it out, and then whoever wants to stream takes `read`.
	 */
	readonly read1?: ((size?: number) => Promise<Uint8Array>) | undefined;
	/** A line with its LF, or `size` octets of it, or what stands behind the last LF; nothing at the end. */
	readonly readline: (size?: number) => Promise<Uint8Array>;
	/** All lines that remain; with `hint`, no more after that many octets. */
	readonly readlines: (hint?: number) => Promise<Uint8Array[]>;
	/** The lines, as `readline` gives them. */
	readonly [Symbol.asyncIterator]: () => AsyncIterator<Uint8Array>;
}
