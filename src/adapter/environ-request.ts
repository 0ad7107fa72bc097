/** The request that an environ tells of, as it was sent where nobody has changed it. */
import { type ByteString, latin1 } from '../layer/gateway/byte-string.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import type { Address, ConnectionFacts } from '../rich/connection-facts.ts';
import type { RequestHead } from '../wire/carrier.ts';
import type { Fields } from '../wire/fields.ts';
import { parseDecimal } from '../wire/grammar.ts';
import { parsePriority } from '../wire/priority.ts';
import { targetPath, targetQuery } from '../wire/target-path.ts';
import { reconciledFields } from './reconciled-fields.ts';

/**
 * The request head. Target and field lines are verbatim (`rsgi.target`, `rsgi.fields`), save for what middleware has
 * changed in the keys that were made of them.
 */
export function requestHead(environ: Environ): RequestHead {
	const fields = reconciledFields(environ);
	const connect = environ['rsgi.connect'];
	const protocol = latin1(environ.SERVER_PROTOCOL);
	const httpVersion = protocol.startsWith('HTTP/2') ? '2' : protocol === 'HTTP/1.0' ? '1.0' : '1.1';
	const shown = latin1(environ.REQUEST_METHOD);
	return {
		// An extended CONNECT is shown as GET: here it is what it was, unless middleware has made something else of it.
		method: connect !== undefined && shown === 'GET' ? 'CONNECT' : shown,
		scheme: environ['wsgi.url_scheme'],
		authority: textOf(environ.HTTP_HOST),
		target: target(environ),
		protocol: connect === undefined ? offered(fields) : latin1(connect),
		fields,
		httpVersion,
		expectsContinue: httpVersion !== '1.0' && textOf(environ.HTTP_EXPECT).toLowerCase() === '100-continue',
		contentLength: contentLength(environ, fields, httpVersion),
		priority: parsePriority(fields.combined('priority')),
	};
}

/** What is known of the connection: what the server has said of it, or what the CGI keys say. */
export function connectionFacts(environ: Environ): ConnectionFacts {
	return (
		environ['rsgi.connection'] ?? {
			id: 0,
			peer: address(environ.REMOTE_ADDR, environ.REMOTE_PORT),
			local: address(environ.SERVER_ADDR, environ.SERVER_PORT),
			tls: null,
		}
	);
}

function textOf(value: ByteString | undefined): string {
	return value === undefined ? '' : latin1(value);
}

function address(host: ByteString | undefined, port: ByteString | undefined): Address | null {
	if (host === undefined) return null;
	const address = latin1(host);
	return { family: address.includes(':') ? 'IPv6' : 'IPv4', address, port: Math.max(0, parseDecimal(textOf(port))) };
}

/** What Upgrade offers first (RFC 9110 §7.8), where Connection says that it is meant for this server. */
function offered(fields: Fields): string | null {
	const connection = fields.combined('connection');
	if (connection === null || !/(?:^|[\t ,])upgrade(?:$|[\t ,])/i.test(connection)) return null;
	const first = fields.combined('upgrade')?.split(',')[0]?.trim();
	return first === undefined || first === '' ? null : first;
}

/** -1 where content may come and nobody has said how much. */
function contentLength(environ: Environ, fields: Fields, httpVersion: string): number {
	const told = textOf(environ.CONTENT_LENGTH);
	if (told !== '') return parseDecimal(told);
	// HTTP/1 says of all content how it is framed (RFC 9112 §6.3).
	return httpVersion === '2' || fields.has('transfer-encoding') ? -1 : 0;
}

/** The target as it was sent, or made anew of the path and query, where these are not those of the target any more. */
function target(environ: Environ): string {
	const sent = latin1(environ['rsgi.target']);
	// Mounting moves the path from one key to the other, and the target stays what it was.
	const path = latin1(environ.SCRIPT_NAME) + latin1(environ.PATH_INFO);
	const query = latin1(environ.QUERY_STRING);
	if (path === targetPath(sent) && query === targetQuery(sent)) return sent;
	return encoded(path === '' ? '/' : path) + (query === '' ? '' : `?${query}`);
}

/** Percent-encodes what may not stand in a path (RFC 3986 §3.3). */
function encoded(path: string): string {
	return path.replace(
		/[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g,
		(octet) => `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
	);
}
