/** The bars of a group of workloads: a panel for each workload, each with a scale of its own, two beside each other. */
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts';
import { colours, INK } from './colours.ts';
import { figure, times } from './figures.ts';
import { contestants, measurement, median, OURS, type Results, ratio, spread, type Workload } from './results.ts';
import { heading, note, svg, WIDTH } from './svg.ts';

const COLUMNS = 2;
const HEAD = 64;
const PANEL = { width: WIDTH / COLUMNS, head: 26, foot: 20, row: 21, names: 136, numbers: 122 } as const;

interface Row {
	readonly name: string;
	readonly value: number;
	readonly least: number;
	readonly greatest: number;
	readonly number: string;
	readonly better: string;
}

function row(results: Results, workload: Workload, name: string): Row {
	const measured = measurement(results, workload.id, name);
	if (measured === undefined) return { name, value: 0, least: 0, greatest: 0, number: 'failed', better: '' };
	const value = median(measured.values);
	const { least, greatest } = spread(measured.values);
	const compared = name === OURS ? undefined : ratio(results, workload, name);
	return { name, value, least, greatest, number: figure(value), better: compared === undefined ? '' : times(compared) };
}

/** The whisker from the least to the greatest round, and the number to the right of it. */
function overlay(
	{ name, least, greatest, number, better }: Row,
	api: CustomSeriesRenderItemAPI,
): CustomSeriesRenderItemReturn {
	const at = (value: number): number[] => api.coord([value, api.value(0)]);
	const [from = 0, y = 0] = at(least);
	const [to = 0] = at(greatest);
	const style = { stroke: INK.text, lineWidth: 1, opacity: 0.75 };
	const line = (x1: number, y1: number, x2: number, y2: number) =>
		({ type: 'line', shape: { x1, y1, x2, y2 }, style }) as const;
	const whisker = [line(from, y, to, y), line(from, y - 3, from, y + 3), line(to, y - 3, to, y + 3)];
	return {
		type: 'group',
		children: [
			...(greatest > least ? whisker : []),
			{
				type: 'text',
				style: {
					text: `{number|${number}}  {better|${better}}`,
					x: to + 7,
					y,
					verticalAlign: 'middle',
					rich: {
						number: { fontSize: 11.5, fontWeight: name === OURS ? 700 : 500, fill: INK.text },
						better: { fontSize: 11, fill: INK.faint },
					},
				},
			},
		],
	};
}

/** A chart of the workloads of a group that have their bars, as SVG. */
export function barChart(results: Results, group: string, workloads: readonly Workload[]): string {
	const paint = colours(results);
	const panels = workloads.map((workload) => ({
		workload,
		rows: contestants(results, [workload]).map((name) => row(results, workload, name)),
	}));
	const tops: number[] = [];
	let bottom = HEAD;
	for (let first = 0; first < panels.length; first += COLUMNS) {
		const line = panels.slice(first, first + COLUMNS);
		tops.push(...line.map(() => bottom));
		bottom += PANEL.head + Math.max(...line.map(({ rows }) => rows.length)) * PANEL.row + PANEL.foot;
	}
	const place = (index: number) => ({ left: (index % COLUMNS) * PANEL.width, top: tops[index] ?? 0 });
	return svg(bottom, {
		title: [
			heading(group, 16, 14, 18),
			note(
				'Medians; whiskers from the least to the greatest round; × how many times better rsgi did. Each panel has its own scale.',
				16,
				38,
			),
			...panels.map(({ workload }, index) => {
				const { left, top } = place(index);
				const title = `${workload.title} (${workload.unit}, ${workload.better} is better)`;
				return heading(title, left + 16, top + 4, 12.5, PANEL.width - 28);
			}),
		],
		grid: panels.map(({ rows }, index) => {
			const { left, top } = place(index);
			return {
				left: left + PANEL.names,
				top: top + PANEL.head,
				width: PANEL.width - PANEL.names - PANEL.numbers,
				height: rows.length * PANEL.row,
				containLabel: false,
				outerBoundsMode: 'none',
			};
		}),
		xAxis: panels.map(({ rows }, index) => ({
			type: 'value',
			gridIndex: index,
			show: false,
			min: Math.min(0, ...rows.map(({ least }) => least)),
			max: Math.max(...rows.map(({ greatest }) => greatest)) || 1,
		})),
		yAxis: panels.map(({ rows }, index) => ({
			type: 'category',
			gridIndex: index,
			inverse: true,
			data: rows.map(({ name }) =>
				name === OURS ? { value: name, textStyle: { fontWeight: 700, color: paint.get(name) } } : name,
			),
			axisLabel: { interval: 0, fontSize: 11.5, color: INK.text, width: PANEL.names - 24, overflow: 'truncate' },
			axisTick: { show: false },
			axisLine: { onZero: false, lineStyle: { color: INK.line } },
		})),
		series: panels.flatMap(({ rows }, index) => [
			{
				type: 'bar',
				xAxisIndex: index,
				yAxisIndex: index,
				silent: true,
				barWidth: 14,
				data: rows.map(({ name, value }) => ({
					value,
					itemStyle: { color: paint.get(name), borderRadius: [0, 2, 2, 0] },
				})),
			},
			{
				type: 'custom',
				xAxisIndex: index,
				yAxisIndex: index,
				silent: true,
				clip: false,
				encode: { x: [], y: 0 },
				data: rows.map((_, at) => [at]),
				renderItem: (params: { dataIndex: number }, api: CustomSeriesRenderItemAPI) => {
					const one = rows[params.dataIndex];
					return one ? overlay(one, api) : null;
				},
			},
		]),
	});
}
