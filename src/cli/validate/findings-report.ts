/** What `rsgi validate` has found, each once, for people or for programs. */
import type { Finding } from '../../validate/finding.ts';

/** A finding, and how often it was made. */
export interface CountedFinding extends Finding {
	/** What kind of request it was made with first. */
	readonly probe: string;
	/** How many times it was made. */
	readonly times: number;
}

/** The outcome of a run. */
export interface Report {
	/** As the user wrote it. */
	readonly entry: string;
	readonly layer: string;
	/** How many requests were made. */
	readonly requests: number;
	readonly findings: readonly CountedFinding[];
}

/** Gathers findings; the same one again is counted. */
export class Gathered {
	/** What kind of request is being made. */
	probe = '';
	/** Parties found at fault since the last request began. */
	readonly #found = new Map<string, CountedFinding>();
	#fresh = false;

	/** A request begins. */
	begin(probe: string): void {
		this.probe = probe;
		this.#fresh = false;
	}

	/** Whether the request that is being made has shown something. */
	get fresh(): boolean {
		return this.#fresh;
	}

	add(finding: Finding): void {
		this.#fresh = true;
		const key = JSON.stringify([finding.party, finding.rule, finding.message]);
		const before = this.#found.get(key);
		if (before === undefined) this.#found.set(key, { ...finding, probe: this.probe, times: 1 });
		else this.#found.set(key, { ...before, times: before.times + 1 });
	}

	get all(): readonly CountedFinding[] {
		return [...this.#found.values()];
	}
}

/** The report as text. */
export function reportText({ entry, layer, requests, findings }: Report): string {
	const found = findings.length === 0 ? 'nothing was found' : `${findings.length} found`;
	const lines = [`${entry}, an application of the ${layer} layer: ${requests} requests, ${found}.`];
	for (const [index, { party, rule, message, fix, request, probe, times }] of findings.entries()) {
		const often = times === 1 ? '' : `, and ${times - 1} times more`;
		lines.push('', `${index + 1}. The ${party} is at fault (${rule}), in ${printable(request)} (${probe})${often}:`);
		lines.push(`   ${printable(message)}`, `   ${printable(fix)}`);
	}
	return `${lines.join('\n')}\n`;
}

/** What an application or a target put into a message steers no terminal (CWE-150). */
function printable(text: string): string {
	return text.replace(/\p{Cc}+/gu, ' ');
}
