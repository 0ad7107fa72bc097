/** The fields of a Response as the rich layer takes them. */
import { isHopByHop } from '../../layer/gateway/hop-by-hop.ts';

/** What fetch decodes by itself; it leaves the fields as they were. */
const DECODED = /^(?:x-)?(?:gzip|deflate|br|zstd)(?:[\t ]*,[\t ]*(?:x-)?(?:gzip|deflate|br|zstd))*$/i;

/** Joining lines of which one is empty leaves white space at an edge, where none can be sent. */
const EDGED = /^[\t ]|[\t ]$/;
const EDGES = /^[\t ]+|[\t ]+$/g;

/**
 * The lines, flat. Headers have them sorted and in lower case, Set-Cookie in lines of its own. Left out are the fields of a
 * connection, so that the response of another server can be passed on; the Content-Length of a 204; and, where `fetch` has
 * decoded the content, what spoke of the content as it was coded.
 */
export function responseLines(response: Response): string[] {
	const lines: string[] = [];
	const { headers } = response;
	const decoded = response.url !== '' && DECODED.test(headers.get('content-encoding') ?? '');
	for (const [name, value] of headers) {
		if (isHopByHop(name)) continue;
		// Headers of a library that brings its own may keep the case in which a name was given.
		const known = name.length === 14 || name.length === 16 ? name.toLowerCase() : '';
		if (known === 'content-length' && (decoded || response.status === 204)) continue;
		if (known === 'content-encoding' && decoded) continue;
		lines.push(name, EDGED.test(value) ? value.replace(EDGES, '') : value);
	}
	return lines;
}
