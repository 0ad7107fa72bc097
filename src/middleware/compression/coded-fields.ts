/** What compression does to the field section of a response. */
import type { Fields } from '../../wire/fields.ts';
import { listParts } from '../../wire/list-parts.ts';

/** Where one of these is, the content is not ours to change. */
const UNTOUCHABLE = ['content-encoding', 'content-range', 'content-digest', 'repr-digest', 'digest', 'content-md5'];

/** Whether the content of that response may be coded at all. */
export function mayBeCoded(status: number, fields: Fields): boolean {
	if (status === 204 || status === 205 || status === 206) return false;
	for (const name of UNTOUCHABLE) if (fields.has(name)) return false;
	return fields.combined('cache-control')?.toLowerCase().includes('no-transform') !== true;
}

/** The fields of a coded response: its length and ranges are others now, and so is the representation (RFC 9110 §8.8.3.3). */
export function codedFields(fields: Fields, coding: string): Fields {
	fields.delete('content-length');
	fields.delete('accept-ranges');
	weakenTag(fields);
	return varied(fields.append('content-encoding', coding));
}

/** The fields of a response that another request would get coded. */
export function varied(fields: Fields): Fields {
	const vary = fields.combined('vary');
	if (vary === null) return fields.append('vary', 'accept-encoding');
	const names = listParts(vary.toLowerCase(), ',');
	return names.includes('*') || names.includes('accept-encoding') ? fields : fields.append('vary', 'accept-encoding');
}

/**
 * The fields of a 304: those that the 200 would have had (RFC 9110 §15.4.5). Whether that was coded is told by the client's
 * own tag, which is weak then.
 */
export function unchangedFields(fields: Fields, request: Fields): Fields {
	const etag = fields.first('etag');
	const asked = request.combined('if-none-match');
	if (etag !== null && asked !== null && listParts(asked, ',').includes(`W/${etag}`)) weakenTag(fields);
	return varied(fields);
}

function weakenTag(fields: Fields): void {
	const etag = fields.first('etag');
	if (etag?.startsWith('"')) fields.set('etag', `W/${etag}`);
}
