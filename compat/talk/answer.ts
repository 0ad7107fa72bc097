/** What came back, whoever has asked. */

export type FieldLine = readonly [name: string, value: string];

export interface Informational {
	readonly status: number;
	readonly fields: readonly FieldLine[];
}

export interface Answer {
	readonly informational: readonly Informational[];
	/** 0 when the connection or the stream ended without a response. */
	readonly status: number;
	/** The reason phrase; empty on HTTP/2. */
	readonly reason: string;
	readonly fields: readonly FieldLine[];
	readonly body: Uint8Array;
	readonly trailers: readonly FieldLine[];
	/** `truncated`: the client was told that something is missing. `left`: it went away by itself. */
	readonly end: 'complete' | 'truncated' | 'left';
}

/** The values of a field, in order. */
export function values(lines: readonly FieldLine[], name: string): string[] {
	return lines.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/** The value of a field; empty where there is none. */
export function value(answer: Answer | undefined, name: string): string {
	return values(answer?.fields ?? [], name)[0] ?? '';
}

export function text(answer: Answer | undefined): string {
	return Buffer.from(answer?.body ?? []).toString();
}

/** A flat list of names and values, as pairs. */
export function pairs(flat: readonly (string | Uint8Array)[]): FieldLine[] {
	const lines: FieldLine[] = [];
	for (let at = 0; at + 1 < flat.length; at += 2) lines.push([latin1(flat[at]), latin1(flat[at + 1])]);
	return lines;
}

function latin1(part: string | Uint8Array | undefined): string {
	return typeof part === 'string' ? part : Buffer.from(part ?? []).toString('latin1');
}
