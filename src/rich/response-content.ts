/** How much content a response may have, by its method, status and Content-Length (RICH-17, RICH-18, RICH-19). */
import { Misuse } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';
import { sentContentLength } from './sent-fields.ts';

/** Content is not counted: none was announced. */
export const UNCOUNTED = -1;
/** Content is dropped: HEAD, so that an application answers as for GET. */
export const DROPPED = -2;
/** Content is an error: 204, 205 and 304 have none. */
export const FORBIDDEN = -3;

/**
 * How many bytes of content are to come, or one of the marks above.
 * @throws Misuse for a Content-Length that is none, or that the status cannot have
 */
export function responseContent(method: string, status: number, fields: Fields): number {
	const length = sentContentLength(fields);
	if ((status === 204 && length >= 0) || (status === 205 && length > 0)) {
		throw new Misuse(
			'RICH-18',
			`A ${status} response has no content, so no Content-Length of ${length} either (RFC 9110 §8.6).`,
		);
	}
	if (method === 'HEAD') return DROPPED;
	return status === 204 || status === 205 || status === 304 ? FORBIDDEN : length;
}
