/** Inputs out of inputs: octets changed, moved, repeated, put in from another input or from a target's words. */
import type { Random } from './random.ts';

const INTERESTING = [0, 1, 2, 9, 10, 13, 32, 48, 57, 58, 63, 64, 65, 125, 126, 127, 128, 129, 192, 254, 255];

/** A few changes, one after the other. */
export function mutated(
	random: Random,
	input: Uint8Array,
	other: Uint8Array,
	words: readonly Uint8Array[],
	maxLength: number,
): Uint8Array {
	let out = input;
	for (let left = 1 << random.below(4); left > 0; left--) out = change(random, out, other, words);
	return out.length > maxLength ? out.slice(0, maxLength) : out;
}

function change(random: Random, input: Uint8Array, other: Uint8Array, words: readonly Uint8Array[]): Uint8Array {
	const at = random.below(input.length + 1);
	switch (random.below(input.length === 0 ? 4 : 10)) {
		case 0:
		case 1:
			return spliced(input, at, 0, words.length === 0 ? random1(random) : random.pick(words));
		case 2:
			return spliced(input, at, 0, random1(random));
		case 3:
			return spliced(input, at, 0, part(random, other));
		case 4:
			return spliced(input, at, Math.min(1 + random.below(8), input.length - at), new Uint8Array(0));
		case 5:
			return spliced(input, at, 0, part(random, input));
		case 6: {
			const word = words.length === 0 ? random1(random) : random.pick(words);
			return spliced(input, at, Math.min(word.length, input.length - at), word);
		}
		case 7: {
			const out = input.slice();
			const place = random.below(out.length);
			out[place] = (out[place] as number) ^ (1 << random.below(8));
			return out;
		}
		case 8: {
			const out = input.slice();
			const place = random.below(out.length);
			out[place] = (out[place] as number) + random.below(17) - 8;
			return out;
		}
		default: {
			const out = input.slice();
			out[random.below(out.length)] = random.pick(INTERESTING);
			return out;
		}
	}
}

function random1(random: Random): Uint8Array {
	return Uint8Array.of(random.below(3) === 0 ? random.pick(INTERESTING) : random.below(256));
}

function part(random: Random, from: Uint8Array): Uint8Array {
	const start = random.below(from.length + 1);
	return from.subarray(start, start + 1 + random.below(Math.min(64, from.length + 1)));
}

function spliced(input: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
	const out = new Uint8Array(input.length - removed + added.length);
	out.set(input.subarray(0, at));
	out.set(added, at);
	out.set(input.subarray(at + removed), at + added.length);
	return out;
}
