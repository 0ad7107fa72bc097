/** Content of one stream that waits to be sent: chunks as the application wrote them. */
import type { Output } from '../../wire/output.ts';

/** Below so many octets a loop copies faster than a call. */
const LOOP_MAX = 40;

/** A queue of chunks, taken from the front by octets. */
export class ContentQueue {
	/** Octets that wait. */
	size = 0;
	#first: Uint8Array | null = null;
	/** How much of the first chunk has been taken. */
	#offset = 0;
	/** What is behind the first; null until there is something. */
	#rest: Uint8Array[] | null = null;
	#restAt = 0;

	push(chunk: Uint8Array): void {
		if (chunk.length === 0) return;
		this.size += chunk.length;
		if (this.#first === null) this.#first = chunk;
		else if (this.#rest === null) this.#rest = [chunk];
		else this.#rest.push(chunk);
	}

	/** Moves that many octets from the front into the output, which must have room for them. */
	moveTo(out: Output, octets: number): void {
		this.size -= octets;
		while (octets > 0) {
			const chunk = this.#first as Uint8Array;
			const offset = this.#offset;
			const count = Math.min(octets, chunk.length - offset);
			copy(chunk, offset, count, out);
			octets -= count;
			if (offset + count === chunk.length) this.#next();
			else this.#offset = offset + count;
		}
	}

	clear(): void {
		this.size = 0;
		this.#first = null;
		this.#offset = 0;
		this.#rest = null;
		this.#restAt = 0;
	}

	#next(): void {
		this.#offset = 0;
		const rest = this.#rest;
		if (rest === null) {
			this.#first = null;
			return;
		}
		this.#first = rest[this.#restAt++] as Uint8Array;
		if (this.#restAt === rest.length) {
			this.#rest = null;
			this.#restAt = 0;
		} else if (this.#restAt === 64) {
			// Chunks that have been sent are let go, without moving the others at each step.
			rest.splice(0, this.#restAt);
			this.#restAt = 0;
		}
	}
}

function copy(chunk: Uint8Array, from: number, count: number, out: Output): void {
	const bytes = out.bytes;
	let at = out.at;
	out.at = at + count;
	if (count <= LOOP_MAX) {
		for (let i = from; i < from + count; i++) bytes[at++] = chunk[i] as number;
	} else if (from === 0 && count === chunk.length) {
		bytes.set(chunk, at);
	} else {
		bytes.set(chunk.subarray(from, from + count), at);
	}
}
