/** A chart as an SVG document, drawn without a browser. */
import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import { INK } from './colours.ts';

use([BarChart, CustomChart, LineChart, GridComponent, TitleComponent, LabelLayout, SVGRenderer]);

/** The width of every chart, in pixels. */
export const WIDTH = 1000;

/** Draws a chart of ECharts on a white ground, so that it can be read on a page of any colour. */
export function svg(height: number, option: EChartsCoreOption): string {
	const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
	try {
		chart.setOption({
			animation: false,
			backgroundColor: INK.background,
			textStyle: {
				// No name in quotes: it stands in an attribute.
				fontFamily: 'system-ui, Roboto, Arial, sans-serif',
				color: INK.text,
			},
			...option,
		});
		return chart.renderToSVGString();
	} finally {
		chart.dispose();
	}
}

/** A title at a place, in pixels; what does not fit the width is cut off. */
export function heading(
	text: string,
	left: number,
	top: number,
	size: number,
	width: number = WIDTH - left - 16,
): Record<string, unknown> {
	return {
		text,
		left,
		top,
		padding: 0,
		textStyle: { fontSize: size, fontWeight: 600, color: INK.text, width, overflow: 'truncate' },
	};
}

/** A line that explains, at a place, in pixels. */
export function note(text: string, left: number, top: number): Record<string, unknown> {
	return { text, left, top, padding: 0, textStyle: { fontSize: 12, fontWeight: 'normal', color: INK.faint } };
}
