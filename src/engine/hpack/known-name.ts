/** What an encoder knows of a field name: how to send it, and where its values are in the tables. */
import { ENTRY_OVERHEAD } from './field-entry.ts';
import { Indexing, indexingOf } from './indexing.ts';
import { STATIC_NAMES, STATIC_TABLE } from './static-table.ts';

/** So many values in a row enter the table without any of them being used again; then the name is treated as wary. */
const UNUSED_MAX = 8;

/**
 * A field name on one connection. A *place* is where a line is: a static index, or behind those the ordinal in the
 * dynamic table, which, unlike an index, stays the same until the entry is evicted. 0 is no place.
 */
export class KnownName {
	/** In lower case. */
	readonly name: string;
	readonly indexing: Indexing;
	/** The value found or added last: most values are the same as the one before. Valid if the place is not 0. */
	lastValue = '';
	lastPlace = 0;
	/** Where a literal finds the name, or 0. */
	namePlace: number;
	/** How many values entered the table since one that was there was used again. */
	unused = 0;
	/** The static lines of this name: from the first to before the end; 0 to 0 when there are none. */
	readonly #staticFirst: number;
	readonly #staticEnd: number;
	/** The values in the dynamic table; null until the first. */
	#places: Map<string, number> | null = null;
	/** The last value that did not enter the table. */
	#passed: string | null = null;

	constructor(name: string) {
		this.name = name;
		this.indexing = indexingOf(name);
		this.#staticFirst = STATIC_NAMES.get(name) ?? 0;
		let end = this.#staticFirst;
		while (STATIC_TABLE[end]?.name === name) end++;
		this.#staticEnd = end;
		this.namePlace = this.#staticFirst;
	}

	/** The place of the line with that value, or 0. */
	find(value: string): number {
		const place = this.#places?.get(value) ?? this.#staticPlace(value);
		if (place !== 0) {
			this.lastValue = value;
			this.lastPlace = place;
		}
		return place;
	}

	#staticPlace(value: string): number {
		for (let index = this.#staticFirst; index < this.#staticEnd; index++) {
			if (STATIC_TABLE[index]?.value === value) return index;
		}
		return 0;
	}

	/** Whether a line that has no place should get one in a dynamic table of that many octets. */
	admits(value: string, tableSize: number): boolean {
		const size = this.name.length + value.length + ENTRY_OVERHEAD;
		// Larger entries drive out more than they save.
		if (size > tableSize * 0.75) return false;
		if (this.indexing === Indexing.EAGER && this.unused < UNUSED_MAX && size <= tableSize / 4) return true;
		if (this.#passed === value) return true;
		this.#passed = value;
		return false;
	}

	/** The value has entered the dynamic table. */
	added(value: string, place: number): void {
		this.unused++;
		if (this.#places === null) this.#places = new Map();
		this.#places.set(value, place);
		this.lastValue = value;
		this.lastPlace = place;
		if (this.#staticFirst === 0) this.namePlace = place;
	}

	/** The value has left the dynamic table. */
	evicted(value: string, place: number): void {
		this.#places?.delete(value);
		if (this.lastPlace === place) this.lastPlace = 0;
		if (this.namePlace === place) this.namePlace = 0;
	}
}
