/** The results as bench/RESULTS.md. */
import { contestants, figure, groups, measurement, median, OURS, type Results, ratio, spread, type Workload } from './results.ts';
import { chartName } from './chart-name.ts';

function cell(text: string): string {
	return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function rows(head: readonly string[], body: readonly (readonly string[])[]): string[] {
	const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
	return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...body.map(line), ''];
}

function targetRows(results: Results): string[] {
	const body = results.targets.map((target): string[] => {
		const workload = results.workloads.find((one) => one.id === target.workload) as Workload;
		const reached = ratio(results, workload, target.against);
		const verdict = reached === undefined ? 'not measured' : reached >= target.atLeast ? 'yes' : '**no**';
		return [workload.title, target.against, `× ${target.atLeast}`, reached === undefined ? '–' : `× ${reached.toFixed(2)}`, verdict];
	});
	return rows(['workload', 'against', 'wanted', 'measured', 'reached'], body);
}

function groupRows(results: Results, workloads: readonly Workload[]): string[] {
	const names = contestants(results, workloads);
	const body = workloads.map((workload) => [
		`${workload.title} (${workload.unit})`,
		...names.map((name) => {
			const measured = measurement(results, workload.id, name);
			if (measured === undefined) return '';
			const times = ratio(results, workload, name);
			const compared = name === OURS || times === undefined ? '' : `, × ${times.toFixed(2)}`;
			return `${figure(median(measured.values))} ±${(spread(measured.values) * 100).toFixed(0)}%${compared}`;
		}),
	]);
	return rows(['', ...names], body);
}

function cpuRows(results: Results, workloads: readonly Workload[]): string[] {
	const counted = workloads.filter((workload) =>
		results.measurements.some((one) => one.workload === workload.id && median(one.cpu) > 0),
	);
	if (counted.length === 0) return [];
	const names = contestants(results, counted);
	const body = counted.map((workload) => [
		workload.title,
		...names.map((name) => figure(median(measurement(results, workload.id, name)?.cpu ?? []))),
	]);
	const per = counted.some((workload) => workload.unit === 'MiB/s') ? 'MiB' : 'request';
	return [`Processor time of the server, µs per ${per}:`, '', ...rows(['', ...names], body)];
}

/** The whole report; its charts are in charts/ beside it. */
export function markdown(results: Results): string {
	const { machine } = results;
	const lines = [
		'# Results',
		'',
		`${results.date}; ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.kernel}; ${machine.pinned}. ` +
			`Medians of ${results.rounds} interleaved rounds. Written by \`npm run bench\`.`,
		'',
		'A cell is the median, ± half the distance between the best and the worst round, and × how much better rsgi did: above 1 rsgi is',
		'better, also where less is better. The ratio is the median of the ratios within each round. Where the load generator is what is',
		'slowest, requests per second say little, and the processor time of the server says more. A median of processor time is 0 where a',
		'run is too short for the clock of the system (10 ms).',
		'',
		...rows(['', 'version'], Object.entries(results.versions)),
		'## Wanted and reached',
		'',
		...targetRows(results),
	];
	for (const [group, workloads] of groups(results)) {
		lines.push(`## ${group}`, '', ...groupRows(results, workloads), ...cpuRows(results, workloads));
		for (const name of chartName.of(workloads)) lines.push(`![${group}](charts/${name})`, '');
		lines.push('<details><summary>The commands</summary>', '');
		for (const workload of workloads) lines.push(`- ${workload.title}: \`${workload.command}\``);
		lines.push('', '</details>', '');
	}
	if (results.failures.length > 0) {
		lines.push('## Failed', '');
		for (const { workload, contestant, message } of results.failures) lines.push(`- ${workload}, ${contestant}: ${cell(message)}`);
		lines.push('');
	}
	return lines.join('\n');
}
