/** From header blocks to field lines (RFC 7541 §3.2, §6): the decoding side of a connection. */
import { ErrorCode, Fault } from '../../wire/fault.ts';
import { latin1Decode } from '../../wire/latin1.ts';
import { DEFAULT_TABLE_SIZE, DynamicTable } from './dynamic-table.ts';
import { FieldEntry } from './field-entry.ts';
import { decodeHuffman } from './huffman.ts';
import { type Cursor, OVERFLOW, readInteger } from './integer.ts';
import {
	HUFFMAN,
	INCREMENTAL,
	INCREMENTAL_MASK,
	INDEXED,
	INDEXED_MASK,
	LITERAL_MASK,
	NEVER_INDEXED,
	SIZE_UPDATE,
	SIZE_UPDATE_MASK,
	STRING_MASK,
} from './representation.ts';
import { STATIC_COUNT, STATIC_TABLE } from './static-table.ts';

/** What became of a block. */
export const DecodeResult = {
	/** All of it was decoded. */
	OK: 0,
	/** What it decodes to passed the limit. The table is in step all the same, and decoding can go on. */
	TOO_LARGE: 1,
	/** It breaks RFC 7541. The table cannot be trusted any more: the connection is lost (RFC 9113 §4.3). */
	INVALID: 2,
} as const;
export type DecodeResult = (typeof DecodeResult)[keyof typeof DecodeResult];

/** Decodes the blocks of one connection, in the order in which they came. */
export class HpackDecoder {
	/** Names that came as never-indexed literals in the last block, as received, or null (RFC 7541 §7.1.3). */
	sensitive: string[] | null = null;
	/** What was wrong with the last block if it was INVALID, otherwise null: a COMPRESSION_ERROR of the connection. */
	error: Fault | null = null;
	readonly #table: DynamicTable;
	readonly #cursor: Cursor = { at: 0 };
	/** The most that a size update may set. */
	#limit: number;
	/** The next block must begin with a size update to this or less; -1 when it need not. */
	#demanded = -1;

	/**
	 * @param maxTableSize the most that a size update may set the dynamic table's bound to, in octets. The bound itself is
	 * no more than 4096 until an update raises it: that is what the peer starts with (RFC 9113 §6.5.2).
	 */
	constructor(maxTableSize: number) {
		this.#table = new DynamicTable(Math.min(maxTableSize, DEFAULT_TABLE_SIZE));
		this.#limit = maxTableSize;
	}

	/** How many octets the dynamic table counts now (RFC 7541 §4.1). */
	get tableSize(): number {
		return this.#table.size;
	}

	/** The entries of the dynamic table, newest first: a copy, for logs and tests. */
	tableEntries(): FieldEntry[] {
		return this.#table.entries();
	}

	/**
	 * The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE. When that is less than what the table's bound is now, the
	 * next block must begin by lowering it (RFC 9113 §4.3.1, RFC 7541 §4.2).
	 */
	setMaxTableSize(size: number): void {
		this.#limit = size;
		if (size >= this.#table.maxSize) return;
		if (this.#demanded < 0 || size < this.#demanded) this.#demanded = size;
	}

	/**
	 * Decodes one complete block: all of its fragments put together.
	 * @param out the entries are added to it; what came before the error, when the block is INVALID
	 * @param maxSize the most that the entries' sizes may sum to, in octets; the entry that passes it, and all behind it,
	 * are not added
	 */
	decode(block: Uint8Array, start: number, end: number, out: FieldEntry[], maxSize: number): DecodeResult {
		const cursor = this.#cursor;
		cursor.at = start;
		this.sensitive = null;
		this.error = null;
		if (!this.#sizeUpdates(block, end)) return DecodeResult.INVALID;
		let size = this.#shortIndexes(block, end, out, 0, maxSize);
		while (cursor.at < end) {
			const first = block[cursor.at] as number;
			const entry = first >= INDEXED ? this.#indexed(block, end) : this.#literal(block, end, first, size <= maxSize);
			if (entry === null) return DecodeResult.INVALID;
			size += entry.size;
			if (size <= maxSize) out.push(entry);
			size = this.#shortIndexes(block, end, out, size, maxSize);
		}
		return size <= maxSize ? DecodeResult.OK : DecodeResult.TOO_LARGE;
	}

	/**
	 * A run of indexed fields whose index is within the octet: nearly all there is in the steady state, hence a loop of
	 * its own. It stops at anything else, bad indexes included.
	 * @param size the size of the entries so far
	 * @returns the size with those of the run
	 */
	#shortIndexes(block: Uint8Array, end: number, out: FieldEntry[], size: number, maxSize: number): number {
		const table = this.#table;
		let total = size;
		let at = this.#cursor.at;
		for (; at < end; at++) {
			const first = block[at] as number;
			if (first <= INDEXED || first === INDEXED + INDEXED_MASK) break;
			const index = first & INDEXED_MASK;
			const entry = index <= STATIC_COUNT ? STATIC_TABLE[index] : table.get(index - STATIC_COUNT - 1);
			if (entry === undefined) break;
			total += entry.size;
			if (total <= maxSize) out.push(entry);
		}
		this.#cursor.at = at;
		return total;
	}

	/** The updates with which a block may begin (RFC 7541 §4.2, §6.3). False when they are not as they must be. */
	#sizeUpdates(block: Uint8Array, end: number): boolean {
		const cursor = this.#cursor;
		while (cursor.at < end && ((block[cursor.at] as number) & 0xe0) === SIZE_UPDATE) {
			const size = this.#integer(block, end, SIZE_UPDATE_MASK);
			if (size < 0) return false;
			if (size > this.#limit) {
				this.#fail('RFC 7541 §6.3', 'The dynamic table size update is above the limit that was acknowledged');
				return false;
			}
			if (size <= this.#demanded) this.#demanded = -1;
			this.#table.resize(size);
		}
		if (this.#demanded < 0) return true;
		this.#fail('RFC 7541 §4.2', 'The block does not begin with the size update that the lowered limit demands');
		return false;
	}

	/** An indexed field (RFC 7541 §6.1). */
	#indexed(block: Uint8Array, end: number): FieldEntry | null {
		const index = this.#integer(block, end, INDEXED_MASK);
		return index < 0 ? null : this.#entry(index);
	}

	/** The entry with that index (RFC 7541 §2.3.3). */
	#entry(index: number): FieldEntry | null {
		const entry = index <= STATIC_COUNT ? STATIC_TABLE[index] : this.#table.get(index - STATIC_COUNT - 1);
		if (entry !== undefined) return entry;
		if (index === 0) return this.#fail('RFC 7541 §6.1', 'The index of an indexed field is 0');
		return this.#fail('RFC 7541 §2.3.3', 'The index is beyond the end of the dynamic table');
	}

	/** A literal field: with incremental indexing, without, or never indexed (RFC 7541 §6.2). */
	#literal(block: Uint8Array, end: number, first: number, wanted: boolean): FieldEntry | null {
		const incremental = first >= INCREMENTAL;
		if (!incremental && first >= SIZE_UPDATE) {
			return this.#fail('RFC 7541 §4.2', 'A dynamic table size update does not stand at the beginning of the block');
		}
		const index = this.#integer(block, end, incremental ? INCREMENTAL_MASK : LITERAL_MASK);
		if (index < 0) return null;
		const name = index === 0 ? this.#string(block, end) : this.#entry(index)?.name;
		if (name === null || name === undefined) return null;
		const value = this.#string(block, end);
		if (value === null) return null;
		const entry = new FieldEntry(name, value);
		if (incremental) {
			this.#table.add(entry);
		} else if (wanted && first >= NEVER_INDEXED) {
			if (this.sensitive === null) this.sensitive = [name];
			else this.sensitive.push(name);
		}
		return entry;
	}

	/** An integer with a prefix (RFC 7541 §5.1), or a negative number when it is not as it must be. */
	#integer(block: Uint8Array, end: number, mask: number): number {
		const value = readInteger(block, end, this.#cursor, mask);
		if (value < 0) {
			this.#fail('RFC 7541 §5.1', value === OVERFLOW ? 'An integer is too large' : 'The block ends within an integer');
		}
		return value;
	}

	/** A string literal (RFC 7541 §5.2). */
	#string(block: Uint8Array, end: number): string | null {
		const cursor = this.#cursor;
		if (cursor.at >= end) return this.#fail('RFC 7541 §5.2', 'The block ends before a string');
		const huffman = (block[cursor.at] as number) >= HUFFMAN;
		const length = this.#integer(block, end, STRING_MASK);
		if (length < 0) return null;
		const start = cursor.at;
		if (length > end - start) return this.#fail('RFC 7541 §5.2', 'A string is longer than the rest of the block');
		cursor.at = start + length;
		if (!huffman) return latin1Decode(block, start, start + length);
		const text = decodeHuffman(block, start, start + length);
		return (
			text ?? this.#fail('RFC 7541 §5.2', 'A Huffman-coded string has EOS in it, or is not padded by its first bits')
		);
	}

	#fail(rule: string, message: string): null {
		this.error = new Fault('connection', ErrorCode.COMPRESSION_ERROR, 400, rule, message);
		return null;
	}
}
