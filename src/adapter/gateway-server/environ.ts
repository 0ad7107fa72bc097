/** The environ of a request, made from its exchange. */
import { type ByteString, uncheckedBytes } from '../../layer/gateway/byte-string.ts';
import type { Closing } from '../../layer/gateway/closing.ts';
import type { Environ, Upgrade } from '../../layer/gateway/environ.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { targetPath, targetQuery } from '../../wire/target-path.ts';
import { isExtendedConnect } from '../no-tunnel.ts';
import { connectionValues } from './connection-values.ts';
import { type Building, putFields } from './field-values.ts';
import { fileBlocks } from './file-blocks.ts';
import { RequestErrors, RequestInput, type StreamSource } from './request-streams.ts';

const VERSION: readonly [1, 0] = Object.freeze([1, 0] as const);
const NONE = uncheckedBytes('');
const SOFTWARE = uncheckedBytes('rsgi');
const GET = uncheckedBytes('GET');
const ON = uncheckedBytes('on');
const PROTOCOLS = {
	'1.0': uncheckedBytes('HTTP/1.0'),
	'1.1': uncheckedBytes('HTTP/1.1'),
	'2': uncheckedBytes('HTTP/2.0'),
} as const;

/**
 * Makes the environ. The members that each request has come first and in one order, so that all environs begin with the
 * same shape; then those of some, and the fields.
 */
export function serverEnviron(
	exchange: Exchange,
	streams: StreamSource,
	closing: Closing,
	upgrade: Upgrade,
	completed: NonNullable<Environ['rsgi.completed']>,
): Environ {
	const { target, authority, connection } = exchange;
	const lines = exchange.fields.lines;
	const scheme = exchange.scheme || (connection.tls === null ? 'http' : 'https');
	const query = target.indexOf('?');
	const values = connectionValues(connection);
	const { name, port } = values.serverName(authority, scheme);
	const environ: Building = {
		REQUEST_METHOD: uncheckedBytes(exchange.method),
		SCRIPT_NAME: NONE,
		PATH_INFO: uncheckedBytes(targetPath(target, query)),
		QUERY_STRING: uncheckedBytes(targetQuery(target, query)),
		SERVER_NAME: name,
		SERVER_PORT: port,
		SERVER_PROTOCOL: PROTOCOLS[exchange.httpVersion],
		SERVER_SOFTWARE: SOFTWARE,
		'wsgi.version': VERSION,
		'wsgi.url_scheme': scheme,
		'wsgi.input': new RequestInput(streams),
		'wsgi.errors': new RequestErrors(streams),
		'wsgi.multithread': false,
		'wsgi.multiprocess': false,
		'wsgi.run_once': false,
		'wsgi.file_wrapper': fileBlocks,
		'wsgi.layer': 'bytes',
		'rsgi.target': uncheckedBytes(target),
		'rsgi.fields': lines as unknown as Environ['rsgi.fields'],
		'rsgi.closing': closing,
		'rsgi.upgrade': upgrade,
		'rsgi.completed': completed,
		'rsgi.connection': connection,
		HTTP_HOST: uncheckedBytes(authority),
		SERVER_ADDR: values.serverAddress as ByteString,
		REMOTE_ADDR: values.remoteAddress as ByteString,
		REMOTE_PORT: values.remotePort as ByteString,
	};
	// What there is none of is taken out again, from the end: to V8 that is a step back to the shape before.
	if (values.remoteAddress === null) {
		delete environ.REMOTE_PORT;
		delete environ.REMOTE_ADDR;
	}
	if (values.serverAddress === null) delete environ.SERVER_ADDR;
	if (authority === '') delete environ.HTTP_HOST;
	if (scheme === 'https') environ.HTTPS = ON;
	putFields(environ, lines, authority !== '');
	if (isExtendedConnect(exchange)) putConnect(environ, exchange.protocol as string);
	return environ;
}

/**
 * Shows an extended CONNECT (RFC 8441) as the GET with Upgrade that it is on HTTP/1.1, since that is what frameworks look
 * for. `rsgi.connect` says that it was made up; `rsgi.fields` stays as it came.
 */
function putConnect(environ: Building, protocol: string): void {
	environ.REQUEST_METHOD = GET;
	environ['rsgi.connect'] = uncheckedBytes(protocol);
	environ.HTTP_CONNECTION = uncheckedBytes('Upgrade');
	environ.HTTP_UPGRADE = uncheckedBytes(protocol);
}
