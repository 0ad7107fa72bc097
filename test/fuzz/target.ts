/** What is fuzzed. */
export interface Target {
	/** Words of its language, which inputs are made of. */
	readonly words: readonly Uint8Array[];
	/** The longest input, in octets. */
	readonly maxLength: number;
	/** Uses an input, and throws when a law is broken. The same input does the same always. */
	run(input: Uint8Array): void | Promise<void>;
}

/** Fails unless both are alike, as JSON tells. */
export function alike(what: string, one: unknown, other: unknown): void {
	const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
	if (first !== second) throw new Error(`${what}:\n\t${first}\n\t${second}`);
}

/** Fails unless it holds. */
export function law(holds: boolean, what: string): void {
	if (!holds) throw new Error(what);
}

/** An input cut at places that a number determines. */
export function pieces(input: Uint8Array, seed: number): Uint8Array[] {
	const parts: Uint8Array[] = [];
	let state = seed + 1;
	for (let at = 0; at < input.length; ) {
		state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
		const length = 1 + ((state >>> 16) % 23);
		parts.push(input.slice(at, at + length));
		at += length;
	}
	return parts;
}

/** An input octet by octet. */
export function octets(input: Uint8Array): Uint8Array[] {
	return Array.from(input, (octet) => Uint8Array.of(octet));
}
