/** The statistics of the comparison in bench/, which has dependencies of its own: its report needs none of them. */
import { describe, expect, it } from 'vitest';
import { markdown, withPart } from '../../bench/report/markdown.ts';
import { median, type Results, ratio, ratios, spread } from '../../bench/report/results.ts';
import { table } from '../../bench/report/table.ts';
import { tally, verdicts } from '../../bench/report/verdicts.ts';

const workload = (id: string, better: 'more' | 'less', group = 'Hello'): Results['workloads'][number] => ({
	...{
		id,
		title: `${id} | as a title`,
		command: `h2load ${id}`,
		group,
		unit: better === 'more' ? 'requests/s' : 'µs',
		better,
	},
});
const measured = (of: string, contestant: string, ...values: number[]): Results['measurements'][number] => ({
	...{ workload: of, contestant, values, cpu: values.map(() => 2), rss: values.map(() => 50) },
});

function results(more: Partial<Results> = {}): Results {
	return {
		date: '2026-01-02',
		machine: { cpu: 'A CPU', cores: 2, memory: '4 GiB', kernel: 'Linux', pinned: 'server on core 0' },
		versions: { rsgi: '0.1.0', peer: '1', h2load: '2' },
		rounds: 3,
		workloads: [workload('fast', 'more'), workload('late', 'less')],
		measurements: [
			measured('fast', 'rsgi', 300, 200, 400),
			measured('fast', 'peer', 100, 100, 100),
			measured('late', 'rsgi', 10, 20, 30),
			measured('late', 'peer', 20, 20, 20),
		],
		targets: [],
		failures: [],
		...more,
	};
}

describe('statistics', () => {
	it('the median is the one in the middle, or between the two there', () => {
		expect(median([5, 1, 3])).toBe(3);
		expect(median([4, 1, 2, 3])).toBe(2.5);
		expect(median([])).toBeNaN();
	});

	it('the spread is told by the quartiles and by the ends', () => {
		expect(spread([90, 95, 100, 105, 110])).toEqual({ least: 90, greatest: 110, range: 0.1, quartiles: 0.05 });
	});

	it('ratios are taken round by round, and say how many times better, in either direction', () => {
		const all = results();
		expect(ratios(all, all.workloads[0] as never, 'peer')).toEqual([3, 2, 4]);
		expect(ratio(all, all.workloads[0] as never, 'peer')).toBe(3);
		expect(ratio(all, all.workloads[1] as never, 'peer')).toBe(1);
		expect(ratio(all, all.workloads[0] as never, 'nobody')).toBeUndefined();
		expect(ratios(all, all.workloads[0] as never, 'rsgi', 'peer')).toEqual([1 / 3, 1 / 2, 1 / 4]);
	});
});

describe('targets', () => {
	const outcome = (atLeast: number, more: Partial<Results> = {}, of = 'late'): string | undefined =>
		verdicts(results({ targets: [{ workload: of, against: 'peer', atLeast }], ...more }))[0]?.outcome;

	it('are reached, or missed', () => {
		expect(outcome(3, {}, 'fast')).toBe('reached');
		expect(outcome(3.01, {}, 'fast')).toBe('missed');
	});

	it('are level where nobody is behind in all rounds, and only where no more than that is wanted', () => {
		const measurements = [measured('late', 'rsgi', 21, 21, 19), measured('late', 'peer', 20, 20, 20)];
		expect(outcome(1, { measurements })).toBe('level');
		expect(outcome(1.01, { measurements })).toBe('missed');
		const behind = [measured('late', 'rsgi', 21, 21, 22), measured('late', 'peer', 20, 20, 20)];
		expect(outcome(1, { measurements: behind })).toBe('missed');
	});

	it('are failed or not measured where there are no figures', () => {
		expect(outcome(1, { measurements: [] })).toBe('unmeasured');
		const failures = [{ workload: 'late', contestant: 'peer', message: 'no' }];
		expect(outcome(1, { measurements: [measured('late', 'rsgi', 1)], failures })).toBe('failed');
	});

	it('are counted in words', () => {
		const targets = [
			{ workload: 'fast', against: 'peer', atLeast: 3 },
			{ workload: 'fast', against: 'peer', atLeast: 9 },
			{ workload: 'none', against: 'peer', atLeast: 1 },
		];
		expect(tally(verdicts(results({ targets })))).toBe('1 of 3 reached, 1 missed, 1 not measured');
	});
});

describe('reports', () => {
	it('in Markdown escape what would be markup, and show every contestant', () => {
		const text = markdown(
			results({ failures: [{ workload: 'fast', contestant: 'h2o', message: 'it | <broke>\nthere' }] }),
		);
		expect(text).toContain('fast \\| as a title');
		expect(text).toContain('**300**');
		expect(text).toContain('**failed**');
		expect(text).toContain('`it | <broke> there`');
	});

	it('in a terminal have a line a contestant', () => {
		const lines = table(results()).split('\n');
		expect(lines.filter((line) => /^ {4}(rsgi|peer) /.test(line))).toHaveLength(4);
	});
});

describe('a part of the report', () => {
	const whole = markdown(results({ workloads: [workload('fast', 'more'), workload('late', 'less', 'Later')] }));
	const part = (group: string): Results =>
		results({
			date: '2026-02-03',
			workloads: [workload('late', 'less', group)],
			measurements: [measured('late', 'rsgi', 77, 77, 77), measured('late', 'peer', 99, 99, 99)],
			targets: [{ workload: 'late', against: 'peer', atLeast: 1 }],
		});

	it('has its section in the place of the one before, and leaves the others', () => {
		const written = withPart(whole, part('Hello'));
		expect(written).toContain('Measured apart from the rest, on 2026-02-03: 3 rounds.');
		expect(written).toContain('### Wanted and reached');
		expect(written.match(/^## Hello$/gm)).toHaveLength(1);
		expect(written).not.toContain('fast \\| as a title');
		expect(written.slice(written.indexOf('## Later'))).toBe(whole.slice(whole.indexOf('## Later')));
	});

	it('has a new section behind the others, and is the same when it is written again', () => {
		const written = withPart(whole, part('Escapes'));
		expect(written.startsWith(whole)).toBe(true);
		expect(written.endsWith('\n') && written.includes('\n\n## Escapes\n\nMeasured apart')).toBe(true);
		expect(withPart(written, part('Escapes'))).toBe(written);
	});
});
