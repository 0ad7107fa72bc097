/** The Priority field value (RFC 9218 §4, §5): a structured dictionary of which two members matter. */
import type { Priority } from './carrier.ts';
import { Misuse } from './fault.ts';

/** The sixteen priorities there are, shared: index is urgency, plus 8 when incremental. */
const PRIORITIES: readonly Priority[] = Array.from({ length: 16 }, (_, index) =>
	Object.freeze({ urgency: index & 7, incremental: index >= 8 }),
);

/** What a request has that says nothing: urgency 3, not incremental. */
export const DEFAULT_PRIORITY: Priority = PRIORITIES[3] as Priority;

/** One member of a structured dictionary (RFC 8941 §3.2): its key, its bare item if there is one, its parameters. */
const MEMBER =
	/[ \t]*([a-z*][a-z0-9_\-.*]*)(?:=(\?[01]|-?[0-9]{1,15}(?:\.[0-9]{1,3})?|"(?:[ !#-[\]-~]|\\["\\])*"|:[A-Za-z0-9+/=]*:|[A-Za-z*][!#-'*+\-.^-z|~0-9:/]*|\([^()]*\)))?((?:;[ ]*[a-z*][a-z0-9_\-.*]*(?:=[^;,"]+|="(?:[ !#-[\]-~]|\\["\\])*")?)*)[ \t]*(,|$)/y;

/** Longer values than this are not worth reading. */
const LENGTH_MAX = 512;

/**
 * Reads a Priority field value. Members that are unknown or of the wrong type are ignored, and a value that is not a
 * dictionary is ignored whole (RFC 9218 §4).
 * @param value the combined field value, or null when there is none
 */
export function parsePriority(value: string | null): Priority {
	if (value === null || value.length > LENGTH_MAX) return DEFAULT_PRIORITY;
	let urgency = 3;
	let incremental = false;
	MEMBER.lastIndex = 0;
	while (MEMBER.lastIndex < value.length) {
		const member = MEMBER.exec(value);
		if (member === null) return DEFAULT_PRIORITY;
		const item = member[2];
		if (member[1] === 'u') urgency = item !== undefined && /^[0-7]$/.test(item) ? Number(item) : 3;
		else if (member[1] === 'i') incremental = item === undefined || item === '?1';
		// A comma with nothing behind it is not a dictionary.
		if (member[4] === ',' && MEMBER.lastIndex >= value.length) return DEFAULT_PRIORITY;
	}
	return PRIORITIES[urgency + (incremental ? 8 : 0)] as Priority;
}

/**
 * Checks a priority that an application gives.
 * @throws Misuse when urgency or incremental is out of range (RICH-39, RFC 9218 §4)
 */
export function requirePriority(priority: Priority): void {
	const { urgency, incremental } = priority;
	if (!Number.isInteger(urgency) || urgency < 0 || urgency > 7 || typeof incremental !== 'boolean') {
		throw new Misuse('RICH-39', 'A priority is { urgency: 0 to 7, incremental: true or false } (RFC 9218 §4).');
	}
}
