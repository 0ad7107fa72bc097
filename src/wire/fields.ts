/**
 * A field section (RFC 9110 §5) as it stands on the wire: lines in order, duplicates kept, names in the case they were
 * written in. It is one flat array, because that is what engines read and write without copying.
 */

/** Field lines laid out flat: name, value, name, value … Values are latin-1 strings, one character per octet. */
export type FieldLines = readonly string[];

/** What every command that takes a field section accepts: a {@link Fields}, or its lines laid out flat. */
export type FieldsInit = Fields | FieldLines;

/**
 * An ordered field section. Look-ups ignore the case of names; nothing is merged, sorted or normalised.
 *
 * @example
 * const fields = Fields.of('Accept', 'text/html', 'accept', 'text/plain');
 * fields.first('ACCEPT');    // 'text/html'
 * fields.combined('accept'); // 'text/html, text/plain'
 */
export class Fields {
	/** The lines, flat: name, value, name, value … Read it freely; change it through the methods. */
	readonly lines: string[];

	/** Lower-case names whose values an HPACK encoder must never index (RFC 7541 §7.1.3), or null when there are none. */
	sensitive: string[] | null = null;

	/** @param lines the flat lines; the array is taken over, not copied. */
	constructor(lines: string[] = []) {
		this.lines = lines;
	}

	/**
	 * @param lines name, value, name, value …
	 * @throws RangeError when a name has no value
	 */
	static of(...lines: string[]): Fields {
		return Fields.from(lines);
	}

	/**
	 * A field section from whatever a command accepts: a {@link Fields} is returned as it is, flat lines are copied.
	 * @throws RangeError when a name has no value
	 */
	static from(init: FieldsInit): Fields {
		if (init instanceof Fields) return init;
		if (init.length % 2 !== 0) {
			throw new RangeError('Field lines are laid out flat as name, value, name, value …: the last name has no value.');
		}
		return new Fields(init.slice());
	}

	/** How many field lines there are. */
	get size(): number {
		return this.lines.length >> 1;
	}

	/** The value of the first line of that name, or null. */
	first(name: string): string | null {
		const at = this.#find(name.toLowerCase(), 0);
		return at < 0 ? null : (this.lines[at + 1] as string);
	}

	/** The values of all lines of that name, in order. */
	all(name: string): string[] {
		const wanted = name.toLowerCase();
		const values: string[] = [];
		for (let at = this.#find(wanted, 0); at >= 0; at = this.#find(wanted, at + 2)) {
			values.push(this.lines[at + 1] as string);
		}
		return values;
	}

	/**
	 * The combined field value (RFC 9110 §5.2): all lines of that name joined by `, ` (Cookie by `; `, RFC 9113 §8.2.3),
	 * or null. Set-Cookie cannot be combined: use {@link all} for it.
	 */
	combined(name: string): string | null {
		const values = this.all(name);
		if (values.length === 0) return null;
		return values.join(name.toLowerCase() === 'cookie' ? '; ' : ', ');
	}

	/** Whether a line of that name is there. */
	has(name: string): boolean {
		return this.#find(name.toLowerCase(), 0) >= 0;
	}

	/** Adds a line at the end. */
	append(name: string, value: string): this {
		this.lines.push(name, value);
		return this;
	}

	/** Puts the value in the place of the first line of that name and removes the others; adds a line when there was none. */
	set(name: string, value: string): this {
		const wanted = name.toLowerCase();
		const at = this.#find(wanted, 0);
		if (at < 0) return this.append(name, value);
		this.lines[at] = name;
		this.lines[at + 1] = value;
		this.#remove(wanted, at + 2);
		return this;
	}

	/** Removes all lines of that name. Returns how many there were. */
	delete(name: string): number {
		return this.#remove(name.toLowerCase(), 0);
	}

	/** Marks all lines of that name as sensitive: HPACK sends them never-indexed (RFC 7541 §7.1.3). */
	markSensitive(name: string): this {
		const wanted = name.toLowerCase();
		if (this.sensitive === null) this.sensitive = [wanted];
		else if (!this.sensitive.includes(wanted)) this.sensitive.push(wanted);
		return this;
	}

	/** A copy that can be changed without changing this one. */
	clone(): Fields {
		const copy = new Fields(this.lines.slice());
		if (this.sensitive !== null) copy.sensitive = this.sensitive.slice();
		return copy;
	}

	/** The lines in order, as pairs. */
	*[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
		for (let at = 0; at < this.lines.length; at += 2) {
			yield [this.lines[at] as string, this.lines[at + 1] as string];
		}
	}

	#find(wanted: string, from: number): number {
		const lines = this.lines;
		for (let at = from; at < lines.length; at += 2) {
			const name = lines[at] as string;
			if (name.length === wanted.length && (name === wanted || name.toLowerCase() === wanted)) return at;
		}
		return -1;
	}

	#remove(wanted: string, from: number): number {
		let removed = 0;
		for (let at = this.#find(wanted, from); at >= 0; at = this.#find(wanted, at)) {
			this.lines.splice(at, 2);
			removed++;
		}
		return removed;
	}
}
