/**
 * Memory that outputs have finished with, for whoever is the next to need some: one pool for all connections, so it is
 * always warm, and an idle connection holds none. Memory is never cleared: an output sends only what it has written.
 */

/** The least that is given out, in octets. Sizes are this times powers of two: a power of two of content has room for its heads. */
const FIRST_SIZE = 5 * 1024;
/** Memory larger than this is not kept. */
const KEPT_SIZE = 640 * 1024;
/** All that is kept together is at most this. TLS has some for each connection that it writes on. */
const POOL_SIZE = 8 * 1024 * 1024;

/** By their size: FIRST_SIZE, twice that, and so on. */
const pool: Uint8Array[][] = [];
for (let size = FIRST_SIZE; size <= KEPT_SIZE; size *= 2) pool.push([]);
let pooled = 0;

/** Memory of at least so many octets, whatever is in it. */
export function takeMemory(size: number): Uint8Array {
	const place = placeOf(size);
	const kept = pool[place]?.pop();
	if (kept === undefined) return new Uint8Array(FIRST_SIZE << place);
	pooled -= kept.length;
	return kept;
}

/** Gives back what {@link takeMemory} gave, all of it, once and for all. */
export function giveMemory(memory: Uint8Array): void {
	if (pooled + memory.length > POOL_SIZE) return;
	const alike = pool[placeOf(memory.length)];
	if (alike === undefined) return;
	pooled += memory.length;
	alike.push(memory);
}

function placeOf(size: number): number {
	return 32 - Math.clz32((size - 1) / FIRST_SIZE);
}
