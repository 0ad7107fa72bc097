/** Conditional requests (RFC 9110 §13), for GET and HEAD of a representation that exists. */
import type { Fields } from '../wire/fields.ts';
import { parseHttpDate } from './http-date.ts';
import { isSameStrong, listsTag, type Validators } from './validators.ts';

/**
 * Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of RFC 9110 §13.2.2.
 * @returns 200 to go on, 304 when the client's copy is current, 412 when a precondition failed
 */
export function preconditions(fields: Fields, validators: Validators): 200 | 304 | 412 {
	const ifMatch = fields.combined('if-match');
	if (ifMatch !== null) {
		if (ifMatch !== '*' && !listsTag(ifMatch, validators.etag, 'strong')) return 412;
	} else {
		const since = dateOf(fields, 'if-unmodified-since', validators.now);
		if (validators.modified > since) return 412;
	}
	const ifNoneMatch = fields.combined('if-none-match');
	if (ifNoneMatch !== null) {
		if (ifNoneMatch === '*' || listsTag(ifNoneMatch, validators.etag, 'weak')) return 304;
	} else {
		const since = dateOf(fields, 'if-modified-since', validators.now);
		if (validators.modified <= since) return 304;
	}
	return 200;
}

/**
 * Whether If-Range lets Range stand (RFC 9110 §13.1.5): there is none, or it names this very version, strongly.
 * Otherwise the client is sent the whole.
 */
export function rangeStands(fields: Fields, validators: Validators): boolean {
	const ifRange = fields.combined('if-range');
	if (ifRange === null) return true;
	if (ifRange.startsWith('"') || ifRange.startsWith('W/')) return isSameStrong(ifRange, validators.etag);
	return validators.isDateStrong && parseHttpDate(ifRange, validators.now) === validators.modified;
}

/** NaN, which is neither before nor after anything, when there is no such field or it is not one HTTP-date. */
function dateOf(fields: Fields, name: string, now: number): number {
	const value = fields.combined(name);
	return value === null ? Number.NaN : parseHttpDate(value, now);
}
