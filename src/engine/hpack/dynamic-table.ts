/** The dynamic table (RFC 7541 §2.3.2, §4): first in, first out, bounded by the size of what it holds. */
import type { FieldEntry } from './field-entry.ts';

/** The bound of both sides' tables until SETTINGS and a size update change it, in octets (RFC 9113 §6.5.2). */
export const DEFAULT_TABLE_SIZE = 4096;

const FIRST_CAPACITY = 16;

/** A ring of entries, newest first by index, evicted from the oldest end. Decoder and encoder have one each. */
export class DynamicTable {
	/** The bound on {@link size}, in octets (RFC 7541 §4.2). */
	maxSize: number;
	/** The sum of the sizes of the entries, in octets (RFC 7541 §4.1). */
	size = 0;
	/** How many entries there are. */
	count = 0;
	/** How many entries were ever added: the ordinal of the newest, counted from 1. */
	added = 0;
	/** A power of two long; the entry with ordinal n is at n modulo the length. */
	#ring: (FieldEntry | undefined)[] = new Array<FieldEntry | undefined>(FIRST_CAPACITY).fill(undefined);

	constructor(maxSize: number) {
		this.maxSize = maxSize;
	}

	/** The entry at that distance from the newest, which is at 0, or undefined beyond the oldest. */
	get(distance: number): FieldEntry | undefined {
		if (distance >= this.count) return undefined;
		return this.#ring[(this.added - distance) & (this.#ring.length - 1)];
	}

	/** Removes the oldest entry and returns it; undefined when there is none. */
	evict(): FieldEntry | undefined {
		if (this.count === 0) return undefined;
		const at = (this.added - this.count + 1) & (this.#ring.length - 1);
		const entry = this.#ring[at] as FieldEntry;
		this.#ring[at] = undefined;
		this.count--;
		this.size -= entry.size;
		return entry;
	}

	/**
	 * Adds an entry, after evicting as many as it takes to make room (RFC 7541 §4.4).
	 * @returns false when the entry is larger than the whole table, which then is empty
	 */
	add(entry: FieldEntry): boolean {
		this.shrink(this.maxSize - entry.size);
		if (entry.size > this.maxSize) return false;
		if (this.count === this.#ring.length) this.#grow();
		this.added++;
		this.#ring[this.added & (this.#ring.length - 1)] = entry;
		this.count++;
		this.size += entry.size;
		return true;
	}

	/** Changes the bound, and evicts what is beyond it (RFC 7541 §4.3). */
	resize(maxSize: number): void {
		this.maxSize = maxSize;
		this.shrink(maxSize);
	}

	/** Evicts until no more than that many octets are left. */
	shrink(size: number): void {
		while (this.size > size && this.count > 0) this.evict();
	}

	/** The entries, newest first: a copy. */
	entries(): FieldEntry[] {
		return Array.from({ length: this.count }, (_, distance) => this.get(distance) as FieldEntry);
	}

	#grow(): void {
		const old = this.#ring;
		const ring = new Array<FieldEntry | undefined>(old.length * 2).fill(undefined);
		for (let ordinal = this.added - this.count + 1; ordinal <= this.added; ordinal++) {
			ring[ordinal & (ring.length - 1)] = old[ordinal & (old.length - 1)];
		}
		this.#ring = ring;
	}
}
