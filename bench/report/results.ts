/** The results of a comparison, and the few statistics that are drawn from them. */

/** The figures of one contestant in one workload, one of each a round. */
export interface Measurement {
	readonly workload: string;
	readonly contestant: string;
	readonly values: readonly number[];
	/** Processor time of the server: microseconds per request, or per MiB in transfers; 0 where it says nothing. */
	readonly cpu: readonly number[];
	/** Resident memory of the server at the end of the round, in MiB. */
	readonly rss: readonly number[];
}

/** What was measured. */
export interface Workload {
	readonly id: string;
	readonly title: string;
	readonly command: string;
	/** The section of the report. */
	readonly group: string;
	readonly unit: string;
	readonly better: 'more' | 'less';
	/** For the scaling charts: the curve this is a point of, and its place on the x axis. */
	readonly scaling?: { readonly family: string; readonly axis: string; readonly at: number };
}

/** A ratio to reach: rsgi ÷ the other, or the other ÷ rsgi where less is better. */
export interface Target {
	readonly workload: string;
	readonly against: string;
	readonly atLeast: number;
}

/** Everything of one run. */
export interface Results {
	readonly date: string;
	readonly machine: {
		readonly cpu: string;
		readonly cores: number;
		readonly memory: string;
		readonly kernel: string;
		readonly pinned: string;
	};
	readonly versions: Readonly<Record<string, string>>;
	readonly rounds: number;
	readonly workloads: readonly Workload[];
	readonly measurements: readonly Measurement[];
	readonly targets: readonly Target[];
	readonly failures: readonly { readonly workload: string; readonly contestant: string; readonly message: string }[];
}

/** Whose ratios are given. */
export const OURS = 'rsgi';

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	const upper = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Half the distance between the least and the greatest value, as a part of the median: 0.05 is ±5%. */
export function spread(values: readonly number[]): number {
	return (Math.max(...values) - Math.min(...values)) / 2 / Math.abs(median(values));
}

/** The measurement of a contestant in a workload, or undefined where it did not take part. */
export function measurement(results: Results, workload: string, contestant: string): Measurement | undefined {
	return results.measurements.find((one) => one.workload === workload && one.contestant === contestant);
}

/**
 * How much better rsgi did than another: the median over the rounds of the ratio within each round, since what disturbs a
 * round disturbs both. Above 1 rsgi is better, whichever direction is. Undefined where either did not take part.
 */
export function ratio(results: Results, workload: Workload, contestant: string): number | undefined {
	const ours = measurement(results, workload.id, OURS);
	const theirs = measurement(results, workload.id, contestant);
	if (ours === undefined || theirs === undefined) return undefined;
	const ratios = ours.values.map((value, round) => {
		const other = theirs.values[round] ?? Number.NaN;
		return workload.better === 'more' ? value / other : other / value;
	});
	return median(ratios);
}

/** The contestants of some workloads, in the order in which they were measured. */
export function contestants(results: Results, workloads: readonly Workload[]): readonly string[] {
	const ids = new Set(workloads.map((workload) => workload.id));
	return [...new Set(results.measurements.filter((one) => ids.has(one.workload)).map((one) => one.contestant))];
}

/** The workloads by the section of the report. */
export function groups(results: Results): ReadonlyMap<string, readonly Workload[]> {
	return Map.groupBy(results.workloads, (workload) => workload.group);
}

/** A figure as people read it: three digits that count, and thousands set apart. */
export function figure(value: number): string {
	if (!Number.isFinite(value)) return '–';
	const size = Math.abs(value);
	if (size >= 100) return Math.round(value).toLocaleString('en-US');
	return value.toFixed(size >= 10 ? 1 : 2);
}
