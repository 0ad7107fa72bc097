/** The status line of `startResponse`, taken apart. */
import { type ByteString, latin1 } from '../../layer/gateway/byte-string.ts';
import { Misuse } from '../../wire/fault.ts';

/** A status and its reason phrase. */
export interface StatusLine {
	readonly code: number;
	readonly reason: string;
	/** Whether a response of this status never has content (RFC 9110 §6.4.1). */
	readonly empty: boolean;
}

/** Lines seen before: an application has few. */
const known = new Map<unknown, StatusLine>();
const KNOWN_MAX = 256;

/** A status line that has been taken apart before, or null. */
export function knownStatus(status: ByteString): StatusLine | null {
	return known.get(status) ?? null;
}

/**
 * Takes a status line apart.
 * @throws Misuse for what is not a final status, a space and a reason phrase (GATE-51)
 */
export function statusLine(status: ByteString): StatusLine {
	const line = parsed(latin1(status));
	if (known.size < KNOWN_MAX) known.set(status, line);
	return line;
}

function parsed(text: string): StatusLine {
	const [, digits, reason] = /^([2-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)$/.exec(text) ?? [];
	if (digits === undefined || reason === undefined) {
		throw new Misuse(
			'GATE-51',
			`The status is 200 to 599, a space and a reason phrase without controls, as bytes('200 OK'), not ${JSON.stringify(text)}.`,
		);
	}
	const code = Number(digits);
	return { code, reason, empty: code === 204 || code === 205 || code === 304 };
}
