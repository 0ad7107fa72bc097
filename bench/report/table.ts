/** The results as plain text for a terminal. */
import { counted, figure, figureOrNone, oneLine, plusMinus, times } from './figures.ts';
import type { Workload } from './results.ts';
import { contestants, groups, hasFailed, measurement, median, OURS, type Results, ratio, spread } from './results.ts';
import { tally, verdicts } from './verdicts.ts';

/** As wide as the longest name that is usual. */
const NAME_WIDTH = 18;

function row(results: Results, workload: Workload, name: string): string {
	const label = `    ${name.padEnd(NAME_WIDTH)}`;
	const measured = measurement(results, workload.id, name);
	if (measured === undefined) return hasFailed(results, workload.id, name) ? `${label}${'failed'.padStart(11)}` : '';
	const better = name === OURS ? undefined : ratio(results, workload, name);
	const cells = [
		figure(median(measured.values)).padStart(11),
		plusMinus(spread(measured.values).quartiles).padStart(8),
		figureOrNone(median(measured.cpu)).padStart(10),
		(better === undefined ? '' : times(better)).padStart(10),
	];
	return `${label}${cells.join('')}`.trimEnd();
}

function block(results: Results, workload: Workload): string[] {
	const lines = contestants(results, [workload]).map((name) => row(results, workload, name));
	return [`  ${workload.title} (${workload.unit}, ${workload.better} is better) · ${workload.id}`, ...lines];
}

function targetLines(results: Results): string[] {
	const all = verdicts(results);
	if (all.length === 0) return [];
	const open = all
		.filter(({ outcome }) => outcome !== 'reached')
		.map(({ target, outcome, ratio: reached }) => {
			const what = {
				missed: times(reached),
				level: `${times(reached)} (level)`,
				failed: 'failed',
				unmeasured: 'not measured',
				reached: '',
			}[outcome];
			const whose = target.of === undefined ? '' : `${target.of} `;
			return `  ${target.workload}: ${whose}against ${target.against}: ${what}, wanted × ${target.atLeast}`;
		});
	return [`Targets: ${tally(all)}`, ...open, ''];
}

/**
 * The whole comparison as lines of at most about 100 columns: for each workload a row for each contestant, then the
 * targets that were not reached, and what failed.
 */
export function table(results: Results): string {
	const per = [...new Set(results.workloads.map((workload) => counted(workload.unit)))].join(' or ');
	const head = `    ${''.padEnd(NAME_WIDTH)}${'median'.padStart(11)}${'±'.padStart(8)}${'cpu µs'.padStart(10)}${'rsgi ×'.padStart(10)}`;
	const lines = [
		`Medians of ${results.rounds} rounds; ± to the quartiles; processor time of the server for a ${per};`,
		'rsgi × how many times better rsgi did, in either direction.',
		'',
	];
	for (const [group, workloads] of groups(results)) {
		lines.push(group, head, ...workloads.flatMap((workload) => block(results, workload)), '');
	}
	lines.push(...targetLines(results));
	if (results.failures.length > 0) {
		const failed = results.failures.map((one) => `  ${one.workload}, ${one.contestant}: ${oneLine(one.message)}`);
		lines.push('Failed', ...failed, '');
	}
	return lines.join('\n').trimEnd();
}
