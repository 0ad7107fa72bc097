/** The ETag of a 304 or a 412 that came where a placeholder was expected: middleware may have computed it of the placeholder. */
import type { Fields } from '../wire/fields.ts';

/**
 * Settles the ETag of what is sent, if its status speaks of a condition of the request (ESC-16). One that the request names is that
 * of a representation that the client has. Another says nothing: nobody has that of a placeholder, whose tag is random.
 * @param sent what of the response's fields is sent; changed
 * @param given all of them
 * @returns `sent`
 */
export function settleTag(status: number, sent: Fields, given: Fields, request: Fields): Fields {
	if (status !== 304 && status !== 412) return sent;
	sent.delete('etag');
	const etag = given.first('etag');
	if (etag !== null && isNamed(etag, request)) sent.append('etag', etag);
	return sent;
}

/** By weak comparison (RFC 9110 §8.8.3.2). The quotes of an entity tag are part of it, so no part of a longer one is found. */
function isNamed(etag: string, request: Fields): boolean {
	const opaque = etag.startsWith('W/') ? etag.slice(2) : etag;
	const lists = [...request.all('if-none-match'), ...request.all('if-match')];
	return opaque !== '' && lists.some((list) => list.includes(opaque));
}
