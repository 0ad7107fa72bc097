/** The search: inputs that do something new are kept, and new ones are made of those that are kept. */
import { Coverage } from './coverage.ts';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

export interface Bounds {
	readonly seed: number;
	/** How many inputs are tried. */
	readonly runs: number;
	/** When to stop, in milliseconds of `performance.now()`. */
	readonly until: number;
}

export interface Found {
	readonly input: Uint8Array;
	readonly error: unknown;
}

export interface Searched {
	readonly runs: number;
	/** Branches that were taken, of how many. */
	readonly reached: number;
	readonly total: number;
	/** What was kept: the given corpus without what adds nothing, and what was found. */
	readonly corpus: readonly Uint8Array[];
	readonly found: Found | null;
}

/** Tries the corpus, then what comes of it; ends with the first input that breaks a law. */
export async function search(target: Target, corpus: readonly Uint8Array[], bounds: Bounds): Promise<Searched> {
	const random = new Random(bounds.seed);
	const coverage = new Coverage();
	const kept: Uint8Array[] = [];
	let runs = 0;
	const result = (found: Found | null): Searched => ({
		runs,
		reached: coverage.reached,
		total: Coverage.total,
		corpus: kept,
		found,
	});
	const attempt = async (input: Uint8Array): Promise<Found | null> => {
		runs++;
		coverage.reset();
		try {
			// Most targets are done at once: no promise is waited for that is not there.
			const running = target.run(input);
			if (running !== undefined) await running;
		} catch (error) {
			return { input, error };
		}
		if (coverage.learn() > 0) kept.push(input);
		return null;
	};
	// The first run is that of an empty input; and the shorter is kept of two that do the same.
	for (const input of [new Uint8Array(0), ...[...corpus].sort((a, b) => a.length - b.length)]) {
		const found = await attempt(input);
		if (found !== null) return result(found);
	}
	while (runs < bounds.runs && performance.now() < bounds.until) {
		const input = mutated(random, random.pick(kept), random.pick(kept), target.words, target.maxLength);
		const found = await attempt(input);
		if (found !== null) return result(await shortened(target, found));
	}
	return result(null);
}

/** Leaves out of a failing input what it does not need. */
async function shortened(target: Target, found: Found): Promise<Found> {
	let best = found;
	for (let size = found.input.length >> 1; size > 0; size >>= 1) {
		for (let at = 0; at < best.input.length; ) {
			const { input } = best;
			const shorter = new Uint8Array([...input.subarray(0, at), ...input.subarray(at + size)]);
			try {
				await target.run(shorter);
				at += size;
			} catch (error) {
				best = { input: shorter, error };
			}
		}
	}
	return best;
}
