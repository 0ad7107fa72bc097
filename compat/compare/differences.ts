/** How two answers differ. */
import type { NormalisedAnswer } from './normalised.ts';

export interface Difference {
	/** `status`, `body`, `field etag` … */
	readonly what: string;
	/** As the framework's own server has it; `–` for nothing. */
	readonly own: string;
	/** As RSGI has it. */
	readonly ours: string;
}

/**
 * @param version that in which RSGI was asked. The own server was asked in HTTP/1.1.
 */
export function differences(own: NormalisedAnswer, ours: NormalisedAnswer, version: '1.1' | '2'): Difference[] {
	const found: Difference[] = [];
	const compare = (what: string, a: string | undefined, b: string | undefined): void => {
		if (a !== b) found.push({ what, own: a ?? '–', ours: b ?? '–' });
	};
	// Another answer altogether: how the rest of it differs says nothing more.
	if (own.status !== ours.status) return [{ what: 'status', own: statusOf(own), ours: statusOf(ours) }];
	// HTTP/2 has none.
	if (version === '1.1') compare('reason', own.reason, ours.reason);
	compare('end', own.end, ours.end);
	compare('informational', own.informational, ours.informational);
	for (const name of names(own.fields, ours.fields)) {
		if (name === 'content-length' && isFraming(own, ours, version)) continue;
		compare(`field ${name}`, own.fields.get(name), ours.fields.get(name));
	}
	compare('body', own.body, ours.body);
	for (const name of names(own.trailers, ours.trailers)) {
		compare(`trailer ${name}`, own.trailers.get(name), ours.trailers.get(name));
	}
	return found;
}

/**
 * Content-Length that says nothing but how long the content was that came: a server that knows it may say so (RFC 9110 §8.6). On
 * HTTP/1.1 one that the own server gives is missed.
 */
function isFraming(own: NormalisedAnswer, ours: NormalisedAnswer, version: '1.1' | '2'): boolean {
	if (!own.lengthIsTrue || !ours.lengthIsTrue) return false;
	return version === '2' || ours.fields.has('content-length');
}

function statusOf({ status, end }: NormalisedAnswer): string {
	return status === 0 ? `none, ${end}` : String(status);
}

function names(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
	return [...new Set([...a.keys(), ...b.keys()])].sort();
}
