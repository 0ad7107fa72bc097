/** The results as charts. */
import { barChart } from './bar-chart.ts';
import { chartName } from './chart-name.ts';
import { groups, type Results } from './results.ts';
import { scalingChart } from './scaling-chart.ts';

/**
 * A chart of bars for each group of workloads, and one of curves for each family that scales.
 * @returns SVG documents by file name; the Markdown report shows them by these names
 */
export function charts(results: Results): ReadonlyMap<string, string> {
	const all = new Map<string, string>();
	for (const [group, workloads] of groups(results)) {
		const plain = workloads.filter((workload) => workload.scaling === undefined);
		if (plain.length > 0) all.set(chartName.bars(group), barChart(results, group, plain));
		const families = Map.groupBy(
			workloads.filter((workload) => workload.scaling !== undefined),
			(workload) => workload.scaling?.family ?? '',
		);
		for (const [family, points] of families) all.set(chartName.curve(family), scalingChart(results, family, points));
	}
	return all;
}
