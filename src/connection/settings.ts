/** Limits and deadlines of a server's connections, by name; docs/limits.md explains each. */
import { HTTP1_LIMITS, type Http1Limits } from '../engine/http1/limits.ts';
import { HTTP2_LIMITS, type Http2Limits } from '../engine/http2/limits.ts';
import { OUTPUT_MARKS, type OutputMarks } from '../rich/context.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../wire/timeouts.ts';

/** What an operator may set, in part; the rest keeps its default. */
export interface ConnectionSettingsInit {
	readonly http1?: Partial<Http1Limits>;
	readonly http2?: Partial<Http2Limits>;
	readonly output?: Partial<OutputMarks>;
	readonly timeouts?: Partial<Timeouts>;
}

/** The whole. */
export interface ConnectionSettings {
	readonly http1: Http1Limits;
	readonly http2: Http2Limits;
	readonly output: OutputMarks;
	readonly timeouts: Timeouts;
}

/**
 * Completes settings with their defaults.
 * @throws RangeError for a name that does not exist or a value that is not a non-negative number, or a high
 *   mark above the hard one
 */
export function connectionSettings(init: ConnectionSettingsInit = {}): ConnectionSettings {
	const output = completed('output', init.output, OUTPUT_MARKS);
	if (output.high > output.hard) {
		throw new RangeError(
			`output.high (${output.high}) is above output.hard (${output.hard}): write would throw before it says false.`,
		);
	}
	return {
		http1: completed('http1', init.http1, HTTP1_LIMITS),
		http2: completed('http2', init.http2, HTTP2_LIMITS),
		output,
		timeouts: completed('timeouts', init.timeouts, DEFAULT_TIMEOUTS),
	};
}

function completed<T extends object>(group: string, init: Partial<T> | undefined, defaults: Readonly<T>): T {
	const settings = { ...defaults };
	for (const [name, value] of Object.entries(init ?? {})) {
		if (!(name in defaults)) {
			throw new RangeError(`There is no setting ${group}.${name}; there are: ${Object.keys(defaults).join(', ')}.`);
		}
		if (value === undefined) continue;
		if (typeof value !== 'number' || Number.isNaN(value) || value < 0) {
			throw new RangeError(`${group}.${name} is a number that is not negative, not ${String(value)}.`);
		}
		(settings as Record<string, unknown>)[name] = value;
	}
	return settings;
}
