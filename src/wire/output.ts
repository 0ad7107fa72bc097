/** A growing buffer in which a connection's output gathers during a turn. */
import { latin1Write } from './latin1.ts';

const FIRST_SIZE = 4096;

/** Bytes to be sent. Writers reserve room first, so that the puts themselves need no checks. */
export class Output {
	/** The memory; valid up to {@link at}. Replaced when it grows. */
	bytes: Uint8Array = new Uint8Array(FIRST_SIZE);
	/** How many bytes have been gathered. */
	at = 0;

	/** Makes room for that many more bytes. */
	reserve(size: number): void {
		const needed = this.at + size;
		if (needed <= this.bytes.length) return;
		let length = this.bytes.length * 2;
		while (length < needed) length *= 2;
		const grown = new Uint8Array(length);
		grown.set(this.bytes.subarray(0, this.at));
		this.bytes = grown;
	}

	/** One octet; room must have been reserved. */
	u8(value: number): void {
		this.bytes[this.at++] = value;
	}

	/** Two octets, most significant first; room must have been reserved. */
	u16(value: number): void {
		this.bytes[this.at++] = value >>> 8;
		this.bytes[this.at++] = value;
	}

	/** Three octets, most significant first; room must have been reserved. */
	u24(value: number): void {
		this.bytes[this.at++] = value >>> 16;
		this.bytes[this.at++] = value >>> 8;
		this.bytes[this.at++] = value;
	}

	/** Four octets, most significant first; room must have been reserved. */
	u32(value: number): void {
		this.bytes[this.at++] = value >>> 24;
		this.bytes[this.at++] = value >>> 16;
		this.bytes[this.at++] = value >>> 8;
		this.bytes[this.at++] = value;
	}

	/** A latin-1 string, one octet per character. Reserves its own room. */
	latin1(text: string): void {
		this.reserve(text.length);
		this.at = latin1Write(this.bytes, this.at, text);
	}

	/** A copy of the chunk. Reserves its own room. */
	raw(chunk: Uint8Array): void {
		this.reserve(chunk.length);
		this.bytes.set(chunk, this.at);
		this.at += chunk.length;
	}

	/**
	 * The bytes gathered so far; the output starts empty again, on other memory, so the caller may keep them.
	 * @param next memory to go on with, when the caller has some that is free again
	 */
	take(next?: Uint8Array): Uint8Array {
		const taken = this.bytes.subarray(0, this.at);
		this.bytes = next ?? new Uint8Array(FIRST_SIZE);
		this.at = 0;
		return taken;
	}
}
