/** Which targets a run reached. */
import { hasFailed, median, OURS, type Results, ratios, type Target, type Workload } from './results.ts';

/** A target and what came of it. */
export interface Verdict {
	readonly target: Target;
	/** Undefined where the run does not have it. */
	readonly workload: Workload | undefined;
	/** `level`: missed by less than the rounds differ, so that nobody is behind. `failed`: one of the two could not do it. `unmeasured`: one of the two did not take part. */
	readonly outcome: 'reached' | 'level' | 'missed' | 'failed' | 'unmeasured';
	/** The ratio of each round; none unless measured. */
	readonly ratios: readonly number[];
	/** Their median, or NaN. */
	readonly ratio: number;
}

function verdict(results: Results, target: Target): Verdict {
	const workload = results.workloads.find((one) => one.id === target.workload);
	const { of = OURS } = target;
	const all = workload ? ratios(results, workload, target.against, of) : [];
	const ratio = median(all);
	if (all.length > 0) {
		const isLevel = target.atLeast === 1 && Math.max(...all) >= 1;
		const outcome = ratio >= target.atLeast ? 'reached' : isLevel ? 'level' : 'missed';
		return { target, workload, outcome, ratios: all, ratio };
	}
	const failed = [of, target.against].some((name) => hasFailed(results, target.workload, name));
	return { target, workload, outcome: failed ? 'failed' : 'unmeasured', ratios: all, ratio };
}

/** What came of each target, in their order. */
export function verdicts(results: Results): readonly Verdict[] {
	return results.targets.map((target) => verdict(results, target));
}

/** How many targets came to what, as a sentence: `3 of 5 reached, 1 missed, 1 not measured`. */
export function tally(all: readonly Verdict[]): string {
	const count = (outcome: Verdict['outcome']): number => all.filter((one) => one.outcome === outcome).length;
	const others = [
		[count('level'), 'level within the spread of the rounds'],
		[count('missed'), 'missed'],
		[count('failed'), 'failed'],
		[count('unmeasured'), 'not measured'],
	] as const;
	const rest = others.filter(([number]) => number > 0).map(([number, what]) => `, ${number} ${what}`);
	return `${count('reached')} of ${all.length} reached${rest.join('')}`;
}
