/** Figures as people read them. */

/** Three digits that count, and thousands set apart; a dash for what is no number. */
export function figure(value: number): string {
	if (!Number.isFinite(value)) return '–';
	const size = Math.abs(value);
	if (size >= 99.95) return Math.round(value).toLocaleString('en-US');
	return value.toFixed(size >= 9.995 ? 1 : 2);
}

/** A figure of which 0 means that there is none. */
export function figureOrNone(value: number): string {
	return value === 0 ? '–' : figure(value);
}

/** A part of the median, as ±1.4%. */
export function plusMinus(part: number): string {
	if (!Number.isFinite(part)) return '±–';
	const percent = part * 100;
	return `±${percent.toFixed(percent < 9.95 ? 1 : 0)}%`;
}

/** A ratio, rounded down: so it never looks reached when it is not. */
export function times(ratio: number): string {
	return `× ${(Math.floor(ratio * 100 + 1e-9) / 100).toFixed(2)}`;
}

/** What a rate counts, one of it: `request` of `requests/s`, `MiB` of `MiB/s`; `request` where the unit is no rate. */
export function counted(unit: string): string {
	return unit.endsWith('/s') ? unit.slice(0, -2).replace(/s$/, '') : 'request';
}

/** Text of other programs on one line, without what would steer a terminal. */
export function oneLine(text: string): string {
	return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
}
