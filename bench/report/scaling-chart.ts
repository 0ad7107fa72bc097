/** The curves of a family of workloads: how a figure changes with connections or streams, log–log. */
import { colours, INK } from './colours.ts';
import { figure } from './figures.ts';
import { contestants, measurement, median, OURS, type Results, type Workload } from './results.ts';
import { heading, note, svg } from './svg.ts';

const HEIGHT = 460;

/** 1, 2 and 5 of each power of ten, from the last that is not above the least value to the first not below the greatest. */
function ticks(values: readonly number[]): readonly number[] {
	const least = Math.min(...values);
	const greatest = Math.max(...values);
	const all: number[] = [];
	for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.ceil(Math.log10(greatest)); power++) {
		all.push(...[1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
	}
	const first = all.findLastIndex((tick) => tick <= least);
	const last = all.findIndex((tick) => tick >= greatest);
	return all.slice(Math.max(0, first), last + 1);
}

/** A chart of the workloads of a family that scales, as SVG. */
export function scalingChart(results: Results, family: string, workloads: readonly Workload[]): string {
	const paint = colours(results);
	const points = [...workloads].sort((a, b) => (a.scaling?.at ?? 0) - (b.scaling?.at ?? 0));
	const curves = contestants(results, points).map((name) => ({
		name,
		points: points.flatMap((workload) => {
			const value = median(measurement(results, workload.id, name)?.values ?? []);
			// A logarithm knows no 0.
			return value > 0 ? [[workload.scaling?.at ?? 0, value]] : [];
		}),
	}));
	const values = curves.flatMap((curve) => curve.points.map(([, value = 0]) => value));
	const places = points.map((workload) => workload.scaling?.at ?? 0);
	const levels = ticks(values.length > 0 ? values : [1, 10]);
	const lines = { show: true, lineStyle: { color: INK.line } };
	return svg(HEIGHT, {
		title: [
			heading(`${family} (${points[0]?.unit}, ${points[0]?.better} is better)`, 16, 14, 18),
			note('Medians; both axes are logarithmic.', 16, 38),
		],
		grid: { left: 90, right: 220, top: 76, bottom: 56, containLabel: false, outerBoundsMode: 'none' },
		xAxis: {
			type: 'log',
			name: points[0]?.scaling?.axis,
			nameLocation: 'middle',
			nameGap: 30,
			nameTextStyle: { color: INK.text, fontSize: 12 },
			min: Math.min(...places),
			max: Math.max(...places),
			axisLabel: { customValues: places, color: INK.text, formatter: (value: number) => value.toLocaleString('en-US') },
			axisTick: { customValues: places },
			axisLine: { lineStyle: { color: INK.faint } },
			splitLine: { show: false },
		},
		yAxis: {
			type: 'log',
			min: levels[0],
			max: levels.at(-1),
			axisLabel: { customValues: levels, color: INK.text, formatter: (value: number) => value.toLocaleString('en-US') },
			axisTick: { customValues: levels },
			splitLine: lines,
		},
		series: [...curves].reverse().map(({ name, points: data }) => ({
			type: 'line',
			name,
			silent: true,
			clip: false,
			symbol: 'circle',
			symbolSize: name === OURS ? 8 : 6,
			color: paint.get(name),
			lineStyle: { width: name === OURS ? 3.5 : 2 },
			endLabel: {
				show: true,
				distance: 12,
				color: paint.get(name),
				fontSize: 12,
				fontWeight: name === OURS ? 700 : 500,
				formatter: () => `${name}  ${figure(data.at(-1)?.[1] ?? Number.NaN)}`,
			},
			labelLayout: { moveOverlap: 'shiftY' },
			data,
		})),
	});
}
