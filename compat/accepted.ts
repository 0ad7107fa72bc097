/** The differences that are meant, each with the rule that demands it. */
import { differences } from './differences.ts';

/** What one rule demands. */
export interface Accepted {
	/** `FETCH-13`, or `RFC 9113 §8.3.1`. */
	readonly rule: string;
	/** What it demands, and why the own server differs. */
	readonly why: string;
	/** As of `rowText`, with the frameworks that have it separated by commas. */
	readonly rows: readonly string[];
}

/** The rows of a list, one for each framework, with their rules. */
export function listed(groups: readonly Accepted[] = differences): Map<string, string> {
	const found = new Map<string, string>();
	for (const { rule, rows } of groups) {
		for (const row of rows) {
			const bar = row.indexOf(' | ');
			for (const framework of row.slice(0, bar).split(', ')) {
				const line = `${framework}${row.slice(bar)}`;
				if (found.has(line)) throw new Error(`listed twice: ${line}`);
				found.set(line, rule);
			}
		}
	}
	return found;
}

/** How the rows that a comparison has found stand to the list. */
export function judged(framework: string, found: readonly string[]): { unlisted: string[]; gone: string[] } {
	const rows = [...listed().keys()].filter((row) => row.startsWith(`${framework} | `));
	return {
		unlisted: found.filter((row) => !rows.includes(row)),
		gone: rows.filter((row) => !found.includes(row)),
	};
}
