/** What the comparison ran on, for the report. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Contestant } from './contestants.ts';
import type { Results } from './report/results.ts';
import { CORES } from './server-process.ts';

/** The machine. */
export function machine(): Results['machine'] {
	const model = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? cpus()[0]?.model ?? 'unknown';
	return {
		cpu: model.trim(),
		cores: availableParallelism(),
		memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
		kernel: `Linux ${release()}`,
		pinned: `server on core ${CORES.server}, load generator on core ${CORES.client}`,
	};
}

function firstLine(command: readonly string[]): string | null {
	const [program = '', ...options] = command;
	try {
		const out = execFileSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
		return out.split('\n')[0]?.trim() ?? '';
	} catch (error) {
		// wrk prints its version and fails.
		const out = (error as { stdout?: string }).stdout ?? '';
		return out === '' ? null : (out.split('\n')[0]?.trim() ?? '');
	}
}

/** The version of a contestant, or null when it is not installed. */
export function version(contestant: Contestant): string | null {
	return firstLine(contestant.version);
}

/** The load generators and their versions. */
export function generators(): Record<string, string> {
	const found: Record<string, string> = {};
	for (const [name, option] of [
		['h2load', '--version'],
		['wrk', '--version'],
	] as const) {
		const line = firstLine([name, option]);
		if (line === null) throw new Error(`${name} is missing: apt-get install nghttp2-client wrk`);
		found[name] = line;
	}
	return found;
}
