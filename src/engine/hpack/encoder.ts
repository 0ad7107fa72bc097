/** From field lines to header blocks (RFC 7541 §3.1, §6): the encoding side of a connection. */
import type { Output } from '../../wire/output.ts';
import { DEFAULT_TABLE_SIZE, DynamicTable } from './dynamic-table.ts';
import { FieldEntry } from './field-entry.ts';
import { huffmanLength, writeHuffman } from './huffman.ts';
import { Indexing, SHORT_COOKIE } from './indexing.ts';
import { INTEGER_ROOM, writeInteger } from './integer.ts';
import { KnownName } from './known-name.ts';
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
	WITHOUT_INDEXING,
} from './representation.ts';
import { STATIC_COUNT, STATIC_STATUS } from './static-table.ts';

/** As many spellings of names are remembered beside those in the table. */
const NAMES_MAX = 256;

/** Encodes the blocks of one connection, in the order in which they are sent. */
export class HpackEncoder {
	readonly #cap: number;
	readonly #table: DynamicTable = new DynamicTable(DEFAULT_TABLE_SIZE);
	/** By their name as the application spells it; every name in the table is there in lower case. */
	readonly #names: Map<string, KnownName> = new Map();
	/** What the table's bound is to become at the next block, and the least it was to become before that. */
	#pending: number = DEFAULT_TABLE_SIZE;
	#pendingLeast: number = DEFAULT_TABLE_SIZE;

	/** @param cap the most octets that the dynamic table may count, however many the peer allows */
	constructor(cap: number = DEFAULT_TABLE_SIZE) {
		this.#cap = cap;
		this.setPeerTableSize(DEFAULT_TABLE_SIZE);
	}

	/** How many octets the dynamic table counts now (RFC 7541 §4.1). */
	get tableSize(): number {
		return this.#table.size;
	}

	/** The entries of the dynamic table, newest first: a copy, for logs and tests. */
	tableEntries(): FieldEntry[] {
		return this.#table.entries();
	}

	/** The peer's SETTINGS_HEADER_TABLE_SIZE, in octets. The next block tells the peer what is used of it (RFC 7541 §4.2). */
	setPeerTableSize(size: number): void {
		this.#pending = Math.min(size, this.#cap);
		this.#pendingLeast = Math.min(this.#pendingLeast, this.#pending);
	}

	/** The start of a block: writes the size updates that are due. */
	begin(out: Output): void {
		const table = this.#table;
		if (this.#pending === table.maxSize && this.#pendingLeast === table.maxSize) return;
		// The peer may have let the least apply, so it is told of it before the last.
		if (this.#pendingLeast < table.maxSize && this.#pendingLeast < this.#pending) {
			this.#sizeUpdate(out, this.#pendingLeast);
		}
		if (this.#pending !== table.maxSize) this.#sizeUpdate(out, this.#pending);
		this.#pendingLeast = this.#pending;
	}

	/** The `:status` of a response. */
	status(out: Output, status: number): void {
		const index = STATIC_STATUS[status] ?? 0;
		if (index === 0) {
			this.field(out, ':status', String(status), false);
			return;
		}
		out.reserve(1);
		out.u8(INDEXED | index);
	}

	/**
	 * One field line.
	 * @param name in any case; sent in lower case (RFC 9113 §8.2.1)
	 * @param value latin-1
	 * @param neverIndex the line is sensitive (RFC 7541 §7.1.3)
	 */
	field(out: Output, name: string, value: string, neverIndex: boolean): void {
		const known = this.#names.get(name) ?? this.#learn(name);
		if (neverIndex) {
			this.#literal(out, known, value, NEVER_INDEXED, LITERAL_MASK);
			return;
		}
		let place = known.lastPlace;
		if (place === 0 || known.lastValue !== value) {
			place = known.find(value);
			if (place === 0) {
				this.#unindexed(out, known, value);
				return;
			}
		}
		known.unused = 0;
		const index = this.#indexAt(place);
		out.reserve(INTEGER_ROOM);
		if (index < INDEXED_MASK) out.u8(INDEXED | index);
		else writeInteger(out, INDEXED, INDEXED_MASK, index);
	}

	/** The index (RFC 7541 §2.3.3) of a place: a static index, or 61 and the ordinal in the dynamic table. */
	#indexAt(place: number): number {
		return place <= STATIC_COUNT ? place : STATIC_COUNT * 2 + 1 + this.#table.added - place;
	}

	/** A line that is in no table: a literal, which enters the table or does not. */
	#unindexed(out: Output, known: KnownName, value: string): void {
		const table = this.#table;
		const indexing = known.name === 'cookie' && value.length < SHORT_COOKIE ? Indexing.NEVER : known.indexing;
		if (indexing >= Indexing.WITHOUT) {
			this.#literal(out, known, value, indexing === Indexing.NEVER ? NEVER_INDEXED : WITHOUT_INDEXING, LITERAL_MASK);
			return;
		}
		if (!known.admits(value, table.maxSize)) {
			this.#literal(out, known, value, WITHOUT_INDEXING, LITERAL_MASK);
			return;
		}
		this.#literal(out, known, value, INCREMENTAL, INCREMENTAL_MASK);
		const entry = new FieldEntry(known.name, value);
		this.#shrink(table.maxSize - entry.size);
		table.add(entry);
		known.added(value, STATIC_COUNT + table.added);
	}

	#literal(out: Output, known: KnownName, value: string, pattern: number, mask: number): void {
		const place = known.namePlace;
		out.reserve(3 * INTEGER_ROOM + known.name.length + value.length);
		writeInteger(out, pattern, mask, place === 0 ? 0 : this.#indexAt(place));
		if (place === 0) writeString(out, known.name);
		writeString(out, value);
	}

	#sizeUpdate(out: Output, size: number): void {
		out.reserve(INTEGER_ROOM);
		writeInteger(out, SIZE_UPDATE, SIZE_UPDATE_MASK, size);
		this.#shrink(size);
		this.#table.maxSize = size;
	}

	/** Evicts until no more than that many octets are left. */
	#shrink(size: number): void {
		const table = this.#table;
		while (table.size > size) {
			const place = STATIC_COUNT + table.added - table.count + 1;
			const entry = table.evict();
			if (entry === undefined) return;
			this.#names.get(entry.name)?.evicted(entry.value, place);
		}
	}

	#learn(name: string): KnownName {
		if (this.#names.size >= NAMES_MAX + this.#table.count) this.#forget();
		const lower = name.toLowerCase();
		let known = this.#names.get(lower);
		if (known === undefined) {
			known = new KnownName(lower);
			this.#names.set(lower, known);
		}
		if (name !== lower) this.#names.set(name, known);
		return known;
	}

	/** Forgets every name that is not in the table, so that an application with endless names takes bounded memory. */
	#forget(): void {
		const kept = this.#table.entries().map((entry) => this.#names.get(entry.name) as KnownName);
		this.#names.clear();
		for (const known of kept) this.#names.set(known.name, known);
	}
}

/** A string literal, in the Huffman code where that is shorter (RFC 7541 §5.2); room must have been reserved. */
function writeString(out: Output, text: string): void {
	const length = huffmanLength(text);
	if (length < text.length) {
		writeInteger(out, HUFFMAN, STRING_MASK, length);
		writeHuffman(out, text);
	} else {
		writeInteger(out, 0, STRING_MASK, text.length);
		out.latin1(text);
	}
}
