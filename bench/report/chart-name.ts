/** The names of the charts: bars for the workloads of a group, and a curve for each family that scales. */
import type { Workload } from './results.ts';

function slug(text: string): string {
	return text
		.toLowerCase()
		.replaceAll(/[^a-z0-9]+/g, '-')
		.replaceAll(/^-|-$/g, '');
}

/** The file names of charts. */
export const chartName = {
	/** Of bars. */
	bars: (group: string): string => `${slug(group)}.svg`,
	/** Of a curve. */
	curve: (family: string): string => `scaling-${slug(family)}.svg`,
	/** Of all that a group of workloads has. */
	of(workloads: readonly Workload[]): readonly string[] {
		const names = workloads.map(({ group, scaling }) =>
			scaling ? chartName.curve(scaling.family) : chartName.bars(group),
		);
		return [...new Set(names)];
	},
};
