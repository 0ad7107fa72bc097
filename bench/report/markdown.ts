/** The results as Markdown, for bench/RESULTS.md. */
import { chartName } from './chart-name.ts';
import { counted, figure, figureOrNone, oneLine, plusMinus, times } from './figures.ts';
import {
	contestants,
	groups,
	hasFailed,
	type Measurement,
	measurement,
	median,
	OURS,
	type Results,
	ratio,
	spread,
	type Workload,
} from './results.ts';
import { tally, type Verdict, verdicts } from './verdicts.ts';

const NOTHING = '–';

/** Text as it stands, whatever is in it. */
function plain(text: string): string {
	return oneLine(text)
		.replaceAll(/[\\`*_~[\]|#]/g, '\\$&')
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;');
}

/** Text as code; its fence is longer than any run of backticks in it. */
function code(text: string): string {
	const line = oneLine(text);
	const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
	const fence = '`'.repeat(longest + 1);
	const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
	return `${fence}${pad}${line}${pad}${fence}`;
}

/** A table, of cells that are Markdown already. */
function rows(head: readonly string[], body: readonly (readonly string[])[]): string[] {
	const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...body.map(line), ''];
}

const WORDS: Readonly<Record<Verdict['outcome'], string>> = {
	reached: 'yes',
	level: 'level',
	missed: '**no**',
	failed: '**failed**',
	unmeasured: 'not measured',
};

function targetSection(results: Results, heading = '##'): string[] {
	const all = verdicts(results);
	if (all.length === 0) return [];
	const body = all.map(({ target, workload, outcome, ratios, ratio: reached }): string[] => {
		const { least, greatest } = spread(ratios);
		return [
			plain(workload ? `${workload.title} (${workload.unit})` : target.workload),
			plain(target.against),
			`× ${target.atLeast}`,
			ratios.length > 0 ? times(reached) : NOTHING,
			ratios.length > 0 ? `${times(least)} to ${times(greatest)}` : NOTHING,
			WORDS[outcome],
		];
	});
	return [
		`${heading} Wanted and reached`,
		'',
		`${tally(all)}.`,
		'',
		...rows(['workload', 'against', 'wanted', 'measured', 'of the rounds', 'reached'], body),
	];
}

/** The best median of a workload; rows set it in bold. */
function best(results: Results, workload: Workload): number {
	const medians = results.measurements.filter((one) => one.workload === workload.id).map((one) => median(one.values));
	const known = medians.filter((one) => !Number.isNaN(one));
	return workload.better === 'more' ? Math.max(...known) : Math.min(...known);
}

function resultCell(results: Results, workload: Workload, name: string, bestOfAll: number): string {
	const measured = measurement(results, workload.id, name);
	if (measured === undefined) return hasFailed(results, workload.id, name) ? '**failed**' : NOTHING;
	const middle = median(measured.values);
	const { least, greatest, quartiles } = spread(measured.values);
	const value = middle === bestOfAll ? `**${figure(middle)}**` : figure(middle);
	const lines = [`${value} ${plusMinus(quartiles)}`, `${figure(least)}–${figure(greatest)}`];
	const better = name === OURS ? undefined : ratio(results, workload, name);
	if (better !== undefined) lines.push(times(better));
	return lines.join('<br>');
}

function resultRows(results: Results, workloads: readonly Workload[]): string[] {
	const names = contestants(results, workloads);
	const body = workloads.map((workload) => {
		const bestOfAll = best(results, workload);
		return [
			`${plain(workload.title)}<br>${plain(workload.unit)}, ${workload.better} is better`,
			...names.map((name) => resultCell(results, workload, name, bestOfAll)),
		];
	});
	return rows(['', ...names.map(plain)], body);
}

/** A table of what each server used, where it is known of any. */
function usedRows(
	results: Results,
	workloads: readonly Workload[],
	title: string,
	of: (measured: Measurement) => readonly number[],
	label: (workload: Workload) => string,
): string[] {
	const used = (workload: Workload, name: string): number => {
		const measured = measurement(results, workload.id, name);
		return measured ? median(of(measured)) : Number.NaN;
	};
	const names = contestants(results, workloads);
	const known = workloads.filter((workload) => names.some((name) => used(workload, name) > 0));
	if (known.length === 0) return [];
	const body = known.map((workload) => [label(workload), ...names.map((name) => figureOrNone(used(workload, name)))]);
	return [title, '', ...rows(['', ...names.map(plain)], body)];
}

function groupSection(results: Results, group: string, workloads: readonly Workload[]): string[] {
	return [
		`## ${plain(group)}`,
		'',
		...chartName.of(workloads).flatMap((name) => [`![${plain(group)}](charts/${name})`, '']),
		...resultRows(results, workloads),
		...usedRows(
			results,
			workloads,
			'Processor time of the server, in µs:',
			(measured) => measured.cpu,
			(workload) => `${plain(workload.title)}, a ${plain(counted(workload.unit))}`,
		),
		'<details><summary>Memory of the server, and the commands</summary>',
		'',
		...usedRows(
			results,
			workloads,
			'Resident memory at the end of a round, in MiB:',
			(measured) => measured.rss,
			(workload) => plain(workload.title),
		),
		...workloads.map((workload) => `- ${plain(workload.title)}: ${code(workload.command)}`),
		'',
		'</details>',
		'',
	];
}

/**
 * A report in which the sections of some workloads are those of another run, which had these alone.
 * @param report what `markdown` has given
 * @returns the same, with each section in the place of the one that it had, or behind all of them
 */
export function withPart(report: string, results: Results): string {
	const sections = report.split(/^(?=## )/m);
	for (const [group, workloads] of groups(results)) {
		const ids = new Set(workloads.map(({ id }) => id));
		const targets = results.targets.filter(({ workload }) => ids.has(workload));
		const [title = '', ...rest] = groupSection(results, group, workloads);
		const apart = `Measured apart from the rest, on ${plain(results.date)}: ${results.rounds} rounds.`;
		const section = `${[title, '', apart, ...rest, ...targetSection({ ...results, targets }, '###')].join('\n').trimEnd()}\n`;
		const at = sections.findIndex((one) => one.startsWith(`${title}\n`));
		if (at >= 0) sections[at] = `${section}\n`;
		else sections.push(`\n${section}`);
	}
	return `${sections.join('').trimEnd()}\n`;
}

function failureSection(results: Results): string[] {
	if (results.failures.length === 0) return [];
	const lines = results.failures.map(({ workload, contestant, message }) => {
		const title = results.workloads.find((one) => one.id === workload)?.title ?? workload;
		return `- ${plain(contestant)}, ${plain(title)}: ${code(message)}`;
	});
	return ['## Failed', '', ...lines, ''];
}

/**
 * The whole report.
 * @returns Markdown; it shows the charts of `charts(results)` from a folder `charts` beside it
 */
export function markdown(results: Results): string {
	const { machine } = results;
	const body = Object.entries(results.versions).map(([name, version]) => [plain(name), plain(version)]);
	return [
		'# Results',
		'',
		`Written by \`npm run bench\` on ${plain(results.date)}. ${results.rounds} rounds of each workload; in a round the servers take`,
		'turns, so that what disturbs the machine disturbs all of them.',
		'',
		`- Machine: ${plain(machine.cpu)}, ${machine.cores} cores, ${plain(machine.memory)}, ${plain(machine.kernel)}`,
		`- Pinned: ${plain(machine.pinned)}`,
		'',
		...rows(['', 'version'], body),
		'## How to read it',
		'',
		'A cell has the median of the rounds, and ± half the distance between their quartiles; below it the worst and the best round, from',
		'least to greatest; and × how many times better rsgi did: above 1 rsgi is better, also where less is better, and below 1 the other is.',
		'The ratio is taken within each round, and its median over the rounds is given, rounded down. The best of a row is bold. A dash means',
		'that a server did not take part, or that nothing was measured.',
		'',
		'Two servers whose rounds overlap cannot be told apart. Where the load generator is slower than the servers, they all look alike, and',
		'the processor time says more.',
		'',
		...targetSection(results),
		...failureSection(results),
		...[...groups(results)].flatMap(([group, workloads]) => groupSection(results, group, workloads)),
	]
		.join('\n')
		.trimEnd()
		.concat('\n');
}
