/** The fields of a request as Headers. */
import type { FieldLines } from '../../wire/fields.ts';

/** What of a request goes into its Headers. */
export interface ShownFields {
	readonly fields: FieldLines;
	readonly authority: string;
	readonly method: string;
	readonly protocol: string | null;
}

/**
 * All lines, those of one name joined; Host is the authority of the request, whatever its Host lines say; and an extended
 * CONNECT has the Connection and Upgrade that it would have on HTTP/1.1, since that is what frameworks look for.
 */
export function requestHeaders({ fields, authority, method, protocol }: ShownFields): Headers {
	const headers = new Headers();
	if (authority !== '') headers.append('host', authority);
	for (let at = 0; at < fields.length; at += 2) {
		const name = fields[at] as string;
		if (authority !== '' && name.length === 4 && name.toLowerCase() === 'host') continue;
		headers.append(name, fields[at + 1] as string);
	}
	if (method === 'CONNECT' && protocol !== null) {
		headers.set('connection', 'Upgrade');
		headers.set('upgrade', protocol);
	}
	return headers;
}

/**
 * One field of the same, without the rest.
 * @param name in lower case
 */
export function requestHeader({ fields, authority, method, protocol }: ShownFields, name: string): string | null {
	if (method === 'CONNECT' && protocol !== null) {
		if (name === 'connection') return 'Upgrade';
		if (name === 'upgrade') return protocol;
	}
	if (name === 'host' && authority !== '') return authority;
	let value: string | null = null;
	for (let at = 0; at < fields.length; at += 2) {
		const line = fields[at] as string;
		if (line.length !== name.length || (line !== name && line.toLowerCase() !== name)) continue;
		const one = fields[at + 1] as string;
		value = value === null ? one : `${value}${name === 'cookie' ? '; ' : ', '}${one}`;
	}
	return value;
}

/** Whether the fields say that no content comes: what HTTP/1 does not frame (RFC 9112 §6.3), and a length of 0. */
export function saysNoContent(lines: FieldLines, httpVersion: string): boolean {
	let framed = httpVersion === '2';
	for (let at = 0; at < lines.length; at += 2) {
		const name = (lines[at] as string).toLowerCase();
		if (name === 'content-length') return /^0+$/.test(lines[at + 1] as string);
		if (name === 'transfer-encoding') framed = true;
	}
	return !framed;
}
