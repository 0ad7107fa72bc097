/** The results as plain text for a terminal. */
import { figure, measurement, median, OURS, type Results, ratio, spread } from './results.ts';

/** A row for each workload and contestant: the median, the spread, the processor time, and how much better rsgi did. */
export function table(results: Results): string {
	const lines: string[] = [];
	for (const workload of results.workloads) {
		lines.push(`${workload.id} · ${workload.title}`);
		for (const { contestant, values, cpu } of results.measurements.filter((one) => one.workload === workload.id)) {
			const times = ratio(results, workload, contestant);
			lines.push(
				`  ${contestant.padEnd(18)}${figure(median(values)).padStart(10)} ${workload.unit.padEnd(14)}` +
					`±${(spread(values) * 100).toFixed(0).padStart(2)}%  cpu ${figure(median(cpu)).padStart(8)} µs` +
					(contestant === OURS || times === undefined ? '' : `  rsgi ×${times.toFixed(2)}`),
			);
		}
	}
	for (const target of results.targets) {
		const workload = results.workloads.find((one) => one.id === target.workload);
		const reached = workload && ratio(results, workload, target.against);
		if (reached === undefined || measurement(results, target.workload, OURS) === undefined) continue;
		if (reached < target.atLeast) {
			lines.push(`behind: ${target.workload} against ${target.against}: ×${reached.toFixed(2)}, wanted ×${target.atLeast}`);
		}
	}
	for (const failure of results.failures) {
		lines.push(`failed: ${failure.workload}, ${failure.contestant}: ${failure.message}`);
	}
	return lines.join('\n');
}
