/** The results of a comparison, and the few statistics that are drawn from them. */

/** The figures of one contestant in one workload, one of each a round. */
export interface Measurement {
	/** The id of the workload, such as `hello-h2c-m32`. */
	readonly workload: string;
	/** The name of the server, such as `rsgi`, `node:http2 stream` or `nghttpd`. */
	readonly contestant: string;
	/** What was measured, in the unit of the workload. Rounds of the same number ran one after another. */
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
	/** How to run it by hand. */
	readonly command: string;
	/** The section of the report. */
	readonly group: string;
	/** Such as `requests/s`, `MiB/s`, `µs` or `KiB`. */
	readonly unit: string;
	/** Which direction is good. */
	readonly better: 'more' | 'less';
	/** For the scaling charts: the curve this is a point of, and its place on the x axis. */
	readonly scaling?: { readonly family: string; readonly axis: string; readonly at: number };
}

/** A ratio to reach: one ÷ the other, or the other way round where less is better. */
export interface Target {
	readonly workload: string;
	/** Whose it is; rsgi's where it says nothing. */
	readonly of?: string;
	readonly against: string;
	readonly atLeast: number;
}

/** A contestant that could not do a workload, and so has no measurement there. */
export interface Failure {
	readonly workload: string;
	readonly contestant: string;
	readonly message: string;
}

/** Everything of one run. */
export interface Results {
	/** The day, as YYYY-MM-DD. */
	readonly date: string;
	readonly machine: {
		readonly cpu: string;
		readonly cores: number;
		readonly memory: string;
		readonly kernel: string;
		/** Which cores the server and the load generator were held to. */
		readonly pinned: string;
	};
	/** By name, of the contestants and the load generators. */
	readonly versions: Readonly<Record<string, string>>;
	readonly rounds: number;
	readonly workloads: readonly Workload[];
	readonly measurements: readonly Measurement[];
	readonly targets: readonly Target[];
	readonly failures: readonly Failure[];
}

/** Whose ratios are given. */
export const OURS = 'rsgi';

/** The value below which a part of all lie, from 0 to 1, interpolated between neighbours; NaN of none. */
function quantile(values: readonly number[], part: number): number {
	const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
	const place = (sorted.length - 1) * part;
	const below = sorted[Math.floor(place)] ?? Number.NaN;
	const above = sorted[Math.ceil(place)] ?? Number.NaN;
	return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
	return quantile(values, 0.5);
}

/** How far the rounds lie apart. */
export interface Spread {
	readonly least: number;
	readonly greatest: number;
	/** Half the distance between the least and the greatest, as a part of the median: 0.05 is ±5%. */
	readonly range: number;
	/** Half the distance between the quartiles, as a part of the median: half of the rounds lie about this close. */
	readonly quartiles: number;
}

/** How far values lie apart; its parts are NaN of no values, and where the median is 0. */
export function spread(values: readonly number[]): Spread {
	const least = quantile(values, 0);
	const greatest = quantile(values, 1);
	const middle = Math.abs(median(values));
	const part = (from: number, to: number): number => (middle > 0 ? (to - from) / 2 / middle : Number.NaN);
	return {
		least,
		greatest,
		range: part(least, greatest),
		quartiles: part(quantile(values, 0.25), quantile(values, 0.75)),
	};
}

/** The measurement of a contestant in a workload, or undefined where it did not take part or failed. */
export function measurement(results: Results, workload: string, contestant: string): Measurement | undefined {
	return results.measurements.find((one) => one.workload === workload && one.contestant === contestant);
}

/** Whether a contestant took part in a workload and failed. */
export function hasFailed(results: Results, workload: string, contestant: string): boolean {
	return results.failures.some((one) => one.workload === workload && one.contestant === contestant);
}

/**
 * How much better rsgi did than another in each round: above 1 rsgi is better, whichever direction is. Rounds that only
 * one of them has are left out, and so are those that would divide by nothing, since they would all speak for rsgi or
 * for nobody.
 */
export function ratios(results: Results, workload: Workload, contestant: string, of: string = OURS): readonly number[] {
	const ours = measurement(results, workload.id, of)?.values ?? [];
	const theirs = measurement(results, workload.id, contestant)?.values ?? [];
	return ours.slice(0, theirs.length).flatMap((our, round) => {
		const their = theirs[round] ?? Number.NaN;
		const [above, below] = workload.better === 'more' ? [our, their] : [their, our];
		return below > 0 && !Number.isNaN(above) ? [Math.max(0, above) / below] : [];
	});
}

/**
 * How much better rsgi did than another: the median over the rounds of the ratio within each round, since what disturbs
 * a round disturbs both. Undefined where they cannot be compared.
 */
export function ratio(results: Results, workload: Workload, contestant: string): number | undefined {
	const all = ratios(results, workload, contestant);
	return all.length === 0 ? undefined : median(all);
}

/** The contestants of some workloads, also those that failed, in the order in which the run has them. */
export function contestants(results: Results, workloads: readonly Workload[]): readonly string[] {
	const ids = new Set(workloads.map((workload) => workload.id));
	const taking = new Set(
		[...results.measurements, ...results.failures].filter((one) => ids.has(one.workload)).map((one) => one.contestant),
	);
	return everyContestant(results).filter((name) => taking.has(name));
}

/** All contestants: rsgi, and the others as the versions name them, or else as they come. */
export function everyContestant(results: Results): readonly string[] {
	const found = new Set([...results.measurements, ...results.failures].map((one) => one.contestant));
	return [...new Set([OURS, ...Object.keys(results.versions), ...found])].filter((name) => found.has(name));
}

/** The workloads by the section of the report. */
export function groups(results: Results): ReadonlyMap<string, readonly Workload[]> {
	return Map.groupBy(results.workloads, (workload) => workload.group);
}
