/** The fields of a Response as the rich layer takes them. */
import { decodes } from '../../layer/fetch/decoded-codings.ts';
import { LightResponse } from '../../layer/fetch/light-response.ts';
import { isHopByHop } from '../../layer/gateway/hop-by-hop.ts';

/** Joining lines of which one is empty leaves white space at an edge, where none can be sent. */
const EDGED = /^[\t ]|[\t ]$/;
const EDGES = /^[\t ]+|[\t ]+$/g;

/**
 * The lines, flat. Headers have them sorted and in lower case, Set-Cookie in lines of its own. Left out are the fields of a
 * connection, so that the response of another server can be passed on; the Content-Length of a 204; and, where `fetch` has
 * decoded the content, what spoke of the content as it was coded.
 */
export function responseLines(response: Response): string[] {
	const { headers } = response;
	// What fetch decodes leaves the fields as they were.
	const decoded = response.url !== '' && decodes(headers.get('content-encoding') ?? '');
	return sendable(pairs(headers), response.status, decoded);
}

/** Those of a Response that is no more than its parts. */
export function lightLines(response: LightResponse): string[] {
	return sendable(LightResponse.lines(response) ?? pairs(response.headers), response.status, false);
}

function pairs(headers: Headers): string[] {
	const lines: string[] = [];
	// Headers of a library that brings its own may keep the case in which a name was given.
	for (const [name, value] of headers) lines.push(name.toLowerCase(), value);
	return lines;
}

function sendable(all: readonly string[], status: number, decoded: boolean): string[] {
	const lines: string[] = [];
	for (let at = 0; at < all.length; at += 2) {
		const name = all[at] as string;
		const value = all[at + 1] as string;
		if (isHopByHop(name)) continue;
		if (name === 'content-length' && (decoded || status === 204)) continue;
		if (name === 'content-encoding' && decoded) continue;
		lines.push(name, EDGED.test(value) ? value.replace(EDGES, '') : value);
	}
	return lines;
}
