/** Bytes as a socket lends them: the memory is used for something else as soon as the call returns. */

/**
 * Gives a call bytes that it must not keep: they are less than a quarter of their memory (see `Engine.receive`), and are
 * overwritten when it has returned, so that whoever kept a view of them is seen to have kept rubbish.
 */
export function lend(bytes: Uint8Array, call: (lent: Uint8Array) => void): void {
	const memory = new Uint8Array(bytes.length * 4 + 16).fill(0x21);
	memory.set(bytes, 8);
	call(memory.subarray(8, 8 + bytes.length));
	memory.fill(0x21);
}
