/**
 * The streams of a connection by their identifiers: open addressing in two flat arrays.
 *
 * Not a Map: one that has streams put in and taken out for as long as a connection lasts is rehashed again and again, and
 * each table that it leaves behind points to the next. Once one of them is old, the young ones behind it, with the
 * streams in them, are kept until the next full collection (docs/performance.md).
 */
import type { Stream } from './stream.ts';

const FIRST_SIZE = 8;

/** Puts, gets and deletes in constant time; holds no stream that was deleted. */
export class StreamTable {
	/** How many there are. */
	size = 0;
	#slots: (Stream | undefined)[] = [];
	#mask = -1;

	/** The stream of this identifier, or undefined. */
	get(id: number): Stream | undefined {
		const slots = this.#slots;
		const mask = this.#mask;
		if (mask < 0) return undefined;
		for (let at = placeOf(id) & mask; ; at = (at + 1) & mask) {
			const stream = slots[at];
			if (stream === undefined || stream.id === id) return stream;
		}
	}

	/** Puts in a stream whose identifier is not there. */
	set(stream: Stream): void {
		// Half of the slots stay free, so that a search ends soon.
		if (this.size * 2 >= this.#slots.length) this.#grow();
		this.#put(stream);
		this.size++;
	}

	/** Takes out the stream of this identifier, if it is there. */
	delete(id: number): void {
		const slots = this.#slots;
		const mask = this.#mask;
		if (mask < 0) return;
		let free = placeOf(id) & mask;
		while (slots[free]?.id !== id) {
			if (slots[free] === undefined) return;
			free = (free + 1) & mask;
		}
		this.size--;
		// Those behind it move up, as far as they are not before their own place then.
		for (let at = (free + 1) & mask; ; at = (at + 1) & mask) {
			const stream = slots[at];
			if (stream === undefined) break;
			const own = placeOf(stream.id) & mask;
			if (((at - own) & mask) >= ((at - free) & mask)) {
				slots[free] = stream;
				free = at;
			}
		}
		slots[free] = undefined;
	}

	/** All of them, in the order of their identifiers, as they are at this moment. */
	values(): Stream[] {
		const all = this.#slots.filter((stream) => stream !== undefined);
		return all.sort((a, b) => a.id - b.id);
	}

	#put(stream: Stream): void {
		let at = placeOf(stream.id) & this.#mask;
		while (this.#slots[at] !== undefined) at = (at + 1) & this.#mask;
		this.#slots[at] = stream;
	}

	#grow(): void {
		const before = this.#slots;
		const length = Math.max(FIRST_SIZE, before.length * 2);
		this.#slots = new Array<Stream | undefined>(length).fill(undefined);
		this.#mask = length - 1;
		for (const stream of before) if (stream !== undefined) this.#put(stream);
	}
}

/** Requests have odd identifiers, one after the other, and promises even ones: so neighbours get places beside each other. */
function placeOf(id: number): number {
	return id >>> 1;
}
