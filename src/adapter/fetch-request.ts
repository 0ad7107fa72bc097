/** The request that a Request tells of, as it was sent where nobody has changed it. */

import type { FetchContext } from '../layer/fetch/context.ts';
import { contextOf } from '../layer/fetch/server-request.ts';
import type { Address, ConnectionFacts } from '../rich/connection-facts.ts';
import type { RequestHead } from '../wire/carrier.ts';
import { Fields } from '../wire/fields.ts';
import { parseDecimal } from '../wire/grammar.ts';
import { parsePriority } from '../wire/priority.ts';
import { requestHeaders } from './fetch-call/request-headers.ts';
import { requestUrl } from './fetch-call/request-url.ts';

/** A request that came from elsewhere: nothing is known of its connection. */
const NOWHERE: ConnectionFacts = { id: 0, peer: null, local: null, tls: null };

/**
 * What is known of the connection: what a server of ours has said of it, or who the peer is where the host says so.
 * @param given what the host gave behind the request
 */
export function connectionFacts(request: Request, given: readonly unknown[]): ConnectionFacts {
	const ours = contextOf(request);
	if (ours !== null) return ours.connection;
	const peer = given.map((one) => peerAddress(request, one)).find((address) => address !== null) ?? null;
	return peer === null ? NOWHERE : { ...NOWHERE, peer };
}

/** Deno gives `{ remoteAddr }`, and Bun its server, which is asked. */
function peerAddress(request: Request, given: unknown): Address | null {
	const host = given as {
		remoteAddr?: { hostname?: unknown; port?: unknown };
		requestIP?(request: Request): { address?: unknown; port?: unknown } | null;
	} | null;
	if (typeof host !== 'object' || host === null) return null;
	const asked = typeof host.requestIP === 'function' ? host.requestIP(request) : null;
	const address = asked?.address ?? host.remoteAddr?.hostname;
	const port = asked?.port ?? host.remoteAddr?.port;
	if (typeof address !== 'string' || typeof port !== 'number') return null;
	return { family: address.includes(':') ? 'IPv6' : 'IPv4', address, port };
}

/**
 * The request head. Target and field lines are verbatim, where the request has a context, save for what middleware has changed
 * in the request that was made of them.
 */
export function requestHead(request: Request): RequestHead {
	const context = contextOf(request);
	const url = new URL(request.url);
	const scheme = url.protocol.slice(0, -1);
	const moved = context === null || request.url !== requestUrl({ ...shown(context), scheme });
	const fields = context === null ? headerFields(request.headers) : reconciled(request.headers, context);
	// An extended CONNECT is shown as GET: here it is what it was, unless middleware has made something else of it.
	const connect = context !== null && context.method === 'CONNECT' && request.method === 'GET';
	const httpVersion = context?.httpVersion ?? '1.1';
	const length = fields.first('content-length');
	// A body of which no field speaks would be none to whoever goes by the fields, as HTTP/1 does (RFC 9112 §6.3).
	const { body } = request;
	if (body !== null && saysNothing(fields) && httpVersion !== '2') fields.append('transfer-encoding', 'chunked');
	return {
		method: connect ? 'CONNECT' : request.method,
		scheme,
		authority: moved ? url.host : context.authority,
		target: moved ? url.pathname + url.search : context.target,
		protocol: context?.protocol ?? null,
		fields,
		httpVersion,
		expectsContinue: httpVersion !== '1.0' && fields.first('expect')?.toLowerCase() === '100-continue',
		contentLength: body === null ? 0 : length === null ? -1 : parseDecimal(length),
		priority: parsePriority(fields.combined('priority')),
	};
}

/** What the URL was made of; a context has its members by getters. */
function shown({
	target,
	authority,
	connection,
}: FetchContext): Pick<FetchContext, 'target' | 'authority' | 'connection'> {
	return { target, authority, connection };
}

function saysNothing(fields: Fields): boolean {
	return !fields.has('content-length') && !fields.has('transfer-encoding');
}

function headerFields(headers: Headers): Fields {
	const lines: string[] = [];
	for (const [name, value] of headers) lines.push(name, value);
	return new Fields(lines);
}

/**
 * Lines that say what Headers say stay as they are: order, case, duplicates. A changed field puts its value in the place of the
 * first of its lines, one that is gone takes its lines with it, and a new one adds a line at the end.
 */
function reconciled(headers: Headers, context: FetchContext): Fields {
	const { fields } = context;
	const sent = requestHeaders(context);
	const made: string[] = [];
	const seen = new Set<string>();
	for (let at = 0; at < fields.length; at += 2) {
		const name = fields[at] as string;
		const value = headers.get(name);
		const lower = name.toLowerCase();
		if (value === sent.get(name)) made.push(name, fields[at + 1] as string);
		else if (value !== null && !seen.has(lower)) made.push(name, value);
		seen.add(lower);
	}
	for (const [name, value] of headers) {
		// What was made up by the server is no line.
		if (!seen.has(name) && value !== sent.get(name)) made.push(name, value);
	}
	return new Fields(made);
}
