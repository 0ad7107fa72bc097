/** What a developer wants to know of an error. */
import { type SourceLine, sourceLines } from './source-lines.ts';

/** An error, and those that it was caused by. */
export interface ErrorFacts {
	/** `TypeError: x is not a function` */
	readonly title: string;
	/** The frames of its stack, one a line; empty when it has none. */
	readonly stack: string;
	/** The lines of the source about its place, or null when they cannot be read. */
	readonly source: { readonly place: string; readonly lines: readonly SourceLine[] } | null;
	/** What it was caused by, or what an AggregateError holds. */
	readonly causes: readonly ErrorFacts[];
}

/** Chains of causes may be circles. */
const DEPTH_MAX = 5;
const CAUSES_MAX = 8;

/** Never rejects, whatever was thrown: getters of an error may throw too. */
export async function errorFacts(error: unknown, depth = 0): Promise<ErrorFacts> {
	try {
		if (!(error instanceof Error)) return bare(`Thrown: ${shown(error)}`);
		const title = `${error.name}: ${error.message}`;
		const stack = typeof error.stack === 'string' ? error.stack : '';
		// The stack begins with the name and the message as they were when it was made.
		const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
		const causes = depth < DEPTH_MAX ? causesOf(error).slice(0, CAUSES_MAX) : [];
		return {
			title,
			stack: frames.map((frame) => frame.trim()).join('\n'),
			source: await sourceLines(frames),
			causes: await Promise.all(causes.map((cause) => errorFacts(cause, depth + 1))),
		};
	} catch {
		return bare('Thrown: something that cannot be looked at');
	}
}

function bare(title: string): ErrorFacts {
	return { title, stack: '', source: null, causes: [] };
}

function causesOf(error: Error): unknown[] {
	const causes: unknown[] = error instanceof AggregateError ? [...(error.errors as unknown[])] : [];
	if (error.cause !== undefined) causes.unshift(error.cause);
	return causes;
}

function shown(value: unknown): string {
	if (typeof value === 'string') return JSON.stringify(value);
	if (typeof value === 'object' && value !== null) return JSON.stringify(value) ?? '{}';
	return String(value);
}
