/** Where frames are written to before they are sent: memory that many of them share, and that is never written to twice. */

const NONE = new Uint8Array(0);
/** How much is taken at a time. What is sent keeps all of it until the transport is done with it. */
const BLOCK = 64 * 1024;

/** Where frames can be written to: this memory, or an output itself. */
export interface FrameRoom {
	readonly bytes: Uint8Array;
	/** Where the next octet goes. */
	at: number;
	/** Makes room for so many octets behind `at`. */
	reserve(size: number): void;
}

/** Octets behind octets. What was written belongs to whoever is given a part of it; the memory itself is let go when full. */
export class FrameMemory implements FrameRoom {
	bytes: Uint8Array = NONE;
	/** Where the next octet goes. */
	at = 0;
	readonly #block: number;

	/** @param block how much is taken at a time, if more is not needed */
	constructor(block: number = BLOCK) {
		this.#block = block;
	}

	/** Makes room for so many octets behind `at`; on other memory where there is none, which may be seen by `bytes`. */
	reserve(size: number): void {
		if (this.at + size <= this.bytes.length) return;
		this.bytes = new Uint8Array(Math.max(this.#block, size));
		this.at = 0;
	}
}
