/**
 * Chunks of content that wait, first in, first out. Memory goes with their octets and not with their number: a peer that
 * sends an octet at a time must not make us keep an object for each.
 */
import type { Output } from './output.ts';

/** From so many chunks on, small ones are put together. Below, which is nearly always, nothing is copied. */
const MANY = 16;
/** What small chunks are put together in. */
const BLOCK_SIZE = 4096;
/** A chunk is small below this. */
const SMALL = BLOCK_SIZE / 4;

/** A queue of chunks, taken from the front by chunks or by octets. */
export class ChunkQueue {
	/** Octets that wait. */
	size = 0;
	#first: Uint8Array | null = null;
	/** How much of the first chunk has been taken. */
	#offset = 0;
	/** What is behind the first; null until there is something. */
	#rest: Uint8Array[] | null = null;
	#restAt = 0;
	/** Small chunks put together, behind all the others, and how much of the memory they fill. */
	#block: Uint8Array | null = null;
	#filled = 0;

	/** The chunk waits as it is, or copied. Chunks of no octets are dropped. */
	push(chunk: Uint8Array): void {
		if (chunk.length === 0) return;
		this.size += chunk.length;
		if (this.#first === null) this.#first = chunk;
		else if (this.#rest === null) this.#rest = [chunk];
		else if (this.#rest.length - this.#restAt < MANY && this.#block === null) this.#rest.push(chunk);
		else this.#gather(this.#rest, chunk);
	}

	/** Takes the first chunk, or what is left of it; null when none waits. */
	shift(): Uint8Array | null {
		const first = this.#first;
		if (first === null) return null;
		const taken = this.#offset === 0 ? first : first.subarray(this.#offset);
		this.size -= taken.length;
		this.#next();
		return taken;
	}

	/** Moves that many octets, of those that wait, from the front into the output. */
	moveTo(out: Output, octets: number): void {
		this.size -= octets;
		while (octets > 0) {
			const chunk = this.#first as Uint8Array;
			const offset = this.#offset;
			const count = Math.min(octets, chunk.length - offset);
			out.content(chunk, offset, count);
			octets -= count;
			if (offset + count === chunk.length) this.#next();
			else this.#offset = offset + count;
		}
	}

	/** Drops everything. */
	clear(): void {
		this.size = 0;
		this.#first = null;
		this.#offset = 0;
		this.#rest = null;
		this.#restAt = 0;
		this.#block = null;
		this.#filled = 0;
	}

	/** Many chunks wait already: this one is copied behind others like it if it is small. */
	#gather(rest: Uint8Array[], chunk: Uint8Array): void {
		if (this.#block !== null && chunk.length > BLOCK_SIZE - this.#filled) this.#seal(rest);
		if (this.#block === null) {
			if (chunk.length >= SMALL) {
				rest.push(chunk);
				return;
			}
			this.#block = new Uint8Array(BLOCK_SIZE);
		}
		this.#block.set(chunk, this.#filled);
		this.#filled += chunk.length;
	}

	/** What has been put together becomes a chunk like others; if it is little, without the memory around it. */
	#seal(rest: Uint8Array[]): void {
		const block = this.#block as Uint8Array;
		const filled = this.#filled;
		rest.push(filled < SMALL ? block.slice(0, filled) : block.subarray(0, filled));
		this.#block = null;
		this.#filled = 0;
	}

	#next(): void {
		this.#offset = 0;
		const rest = this.#rest;
		if (rest === null) {
			this.#first = null;
			return;
		}
		if (this.#restAt === rest.length - 1 && this.#block !== null) this.#seal(rest);
		this.#first = rest[this.#restAt++] as Uint8Array;
		if (this.#restAt === rest.length) {
			this.#rest = null;
			this.#restAt = 0;
		} else if (this.#restAt >= 64 && this.#restAt * 2 >= rest.length) {
			// Chunks that have been taken are let go, without moving the others at each step.
			rest.splice(0, this.#restAt);
			this.#restAt = 0;
		}
	}
}
