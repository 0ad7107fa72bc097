/** The content that every server answers with. */

/** Of /hello and /pushed. */
export const HELLO: Uint8Array = new TextEncoder().encode('Hello, world!');

/** Larger content is streamed in blocks of this size, in octets. */
export const BLOCK_SIZE = 65_536;

const whole = new Uint8Array(1_048_576).fill(0x78);

/** Content up to this size is sent in one call, as a server would send what it has in memory. */
export const WHOLE_LIMIT: number = whole.length;

/** Content of so many octets, at most {@link WHOLE_LIMIT}; the memory is shared. */
export function octets(length: number): Uint8Array {
	return whole.subarray(0, length);
}

/** How many octets /bytes/N asks for. */
export function wanted(path: string): number {
	return Number(path.slice('/bytes/'.length));
}
