/**
 * The last request head of a connection, by lines. Clients repeat most lines from one request to the next, often all of
 * them: comparing octets with a line that was read before is several times cheaper than reading it and making strings.
 */
import type { FieldLines } from '../../wire/fields.ts';
import type { FieldFacts } from './field-facts.ts';

/** Heads longer than this are not kept: the memory is held as long as the connection. */
const SIZE_MAX = 4096;

const SIZE_FIRST = 512;

const NO_OCTETS = new Uint8Array(0);
const NO_ENDS: readonly number[] = [];

/** Remembers one head at a time. Line 0 is the request line, line 1 the first field line. */
export class HeadMemo {
	/** How many lines there are; 0 when nothing is remembered. */
	count = 0;
	/** The field lines; shared with the heads that repeat them, so never changed. */
	lines: FieldLines = [];
	facts: FieldFacts | null = null;
	/** The minor version under which the facts were read. */
	minor = 1;
	/** Where each line ends, from the start of the head. */
	ends: readonly number[] = NO_ENDS;
	#bytes: Uint8Array = NO_OCTETS;

	/** @returns the place behind the line at `at` when it is, octet for octet, the remembered line of this index; or -1 */
	match(index: number, bytes: Uint8Array, at: number, end: number): number {
		if (index >= this.count) return -1;
		const memo = this.#bytes;
		const to = this.ends[index] as number;
		let from = index === 0 ? 0 : (this.ends[index - 1] as number);
		const next = at + to - from;
		if (next > end) return -1;
		for (; from < to; from++, at++) {
			if (memo[from] !== bytes[at]) return -1;
		}
		return next;
	}

	/** Remembers the head at `start`, of which the lines end at `ends`. */
	keep(
		bytes: Uint8Array,
		start: number,
		ends: readonly number[],
		lines: FieldLines,
		facts: FieldFacts,
		minor: number,
	): void {
		const size = ends[ends.length - 1] as number;
		if (size > SIZE_MAX) {
			this.forget();
			return;
		}
		if (this.#bytes.length < size) this.#bytes = new Uint8Array(Math.min(Math.max(size * 2, SIZE_FIRST), SIZE_MAX));
		this.#bytes.set(bytes.subarray(start, start + size));
		this.ends = ends;
		this.count = ends.length;
		this.lines = lines;
		this.facts = facts;
		this.minor = minor;
	}

	/** Remembers nothing. */
	forget(): void {
		if (this.count === 0) return;
		this.count = 0;
		this.lines = [];
		this.facts = null;
		this.ends = NO_ENDS;
	}
}
