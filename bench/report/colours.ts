/** The colours of the charts: a contestant has the same in each of them, and ours stands out. */
import { everyContestant, type Results } from './results.ts';

const KNOWN: Readonly<Record<string, string>> = {
	rsgi: '#e11d48',
	'node:http': '#15803d',
	'node:http2 stream': '#22a559',
	'node:http2 compat': '#86cfa4',
	Fastify: '#64748b',
	'Bun.serve': '#d9a441',
	'Deno.serve': '#3b82c4',
	nghttpd: '#8b6fc0',
	h2o: '#5bb5c9',
	'bare net': '#b8bfc9',
};
/** For contestants that are not known here, by their order in the run. */
const OTHERS = ['#a3763d', '#7c8f2f', '#b06a94', '#4f7f8c'];

/** What all charts share. */
export const INK = { text: '#1f2937', faint: '#6b7280', line: '#e5e7eb', background: '#ffffff' } as const;

/** The colour of each contestant of a run. */
export function colours(results: Results): ReadonlyMap<string, string> {
	const unknown = everyContestant(results).filter((name) => !Object.hasOwn(KNOWN, name));
	return new Map([
		...Object.entries(KNOWN),
		...unknown.map((name, at): [string, string] => [name, OTHERS[at % OTHERS.length] ?? INK.faint]),
	]);
}
