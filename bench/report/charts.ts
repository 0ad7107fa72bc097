/** The results as charts, SVG. */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { chartName } from './chart-name.ts';
import { contestants, figure, groups, measurement, median, type Results, type Workload } from './results.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** A colour for each contestant, the same in every chart; ours stands out. */
const COLOURS: Readonly<Record<string, string>> = {
	rsgi: '#d6336c',
	'node:http': '#2f9e44',
	'node:http2 stream': '#2f9e44',
	'node:http2 compat': '#8ce99a',
	Fastify: '#495057',
	'Bun.serve': '#f08c00',
	'Deno.serve': '#1971c2',
	nghttpd: '#9c36b5',
	h2o: '#74c0fc',
	'bare net': '#ced4da',
};
const WIDTH = 900;

function svg(height: number, option: EChartsCoreOption): string {
	const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
	chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
	const text = chart.renderToSVGString();
	chart.dispose();
	return text;
}

function bars(results: Results, group: string, workloads: readonly Workload[]): string {
	const names = contestants(results, workloads);
	const legend = 70;
	const height = legend + 60 + workloads.length * (names.length * 15 + 22);
	return svg(height, {
		title: { text: `${group} (${workloads[0]?.unit}; ${workloads[0]?.better} is better)`, left: 12, top: 8, textStyle: { fontSize: 15 } },
		legend: { top: 36, left: 8, data: names },
		grid: { left: 300, right: 80, top: legend, bottom: 30 },
		xAxis: { type: 'value', axisLabel: { formatter: (value: number) => value.toLocaleString('en-US') } },
		yAxis: {
			type: 'category',
			inverse: true,
			data: workloads.map((workload) => workload.title),
			axisLabel: { width: 280, overflow: 'break' },
		},
		series: names.map((name) => ({
			type: 'bar',
			name,
			itemStyle: { color: COLOURS[name] ?? '#868e96' },
			barCategoryGap: '18%',
			label: { show: true, position: 'right', fontSize: 10, formatter: ({ value }: { value: unknown }) => (typeof value === 'number' ? figure(value) : '') },
			data: workloads.map((workload) => {
				const measured = measurement(results, workload.id, name);
				return measured ? median(measured.values) : null;
			}),
		})),
	});
}

function curve(results: Results, family: string, workloads: readonly Workload[]): string {
	const names = contestants(results, workloads);
	return svg(420, {
		title: { text: `${family} (${workloads[0]?.unit})`, left: 12, top: 8, textStyle: { fontSize: 15 } },
		legend: { top: 36, left: 8, data: names },
		grid: { left: 90, right: 40, top: 80, bottom: 50 },
		xAxis: { type: 'log', name: workloads[0]?.scaling?.axis, nameLocation: 'middle', nameGap: 28 },
		yAxis: { type: 'log', axisLabel: { formatter: (value: number) => value.toLocaleString('en-US') } },
		series: names.map((name) => ({
			type: 'line',
			name,
			symbolSize: 7,
			color: COLOURS[name] ?? '#868e96',
			lineStyle: { width: name === 'rsgi' ? 3 : 1.5 },
			data: workloads.flatMap((workload) => {
				const measured = measurement(results, workload.id, name);
				return measured ? [[workload.scaling?.at, median(measured.values)]] : [];
			}),
		})),
	});
}

/** A chart of bars for each group, or a curve for each family, by file name. */
export function charts(results: Results): ReadonlyMap<string, string> {
	const all = new Map<string, string>();
	for (const [group, workloads] of groups(results)) {
		const plain = workloads.filter((workload) => workload.scaling === undefined);
		if (plain.length > 0) all.set(chartName.bars(group), bars(results, group, plain));
		const families = Map.groupBy(
			workloads.filter((workload) => workload.scaling !== undefined),
			(workload) => workload.scaling?.family ?? '',
		);
		for (const [family, points] of families) all.set(chartName.curve(family), curve(results, family, points));
	}
	return all;
}
