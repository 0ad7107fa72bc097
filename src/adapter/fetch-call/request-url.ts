/** The URL of a request, as the URL standard writes it. */
import type { Address } from '../../rich/connection-facts.ts';
import type { Exchange } from '../../rich/exchange.ts';

/** What the URL standard leaves as it is, in a path that has no dot segments, and in a query. */
const PLAIN = /^\/[\w\-~!$&()*+,;=:@/.%]*(?:\?[\w\-~!$&()*+,;=:@/.%?]*)?$/;
/** A segment of one dot or two, which the standard takes out; a dot may be percent-encoded. */
const DOTS = /\/(?:\.|%2e)/i;

/** Requests come in runs for one authority: the last is looked at first. */
let lastAuthority = '';
let lastScheme = '';
let lastOrigin = '';

/**
 * The absolute URL. In it an octet that may not stand there is percent-encoded, dot segments are taken out and the host is in
 * lower case; the target of the request stays what it was.
 * @returns null when the authority cannot be that of a URL
 */
export function requestUrl(exchange: Pick<Exchange, 'scheme' | 'authority' | 'target' | 'connection'>): string | null {
	const { target, connection } = exchange;
	const scheme = exchange.scheme || (connection.tls === null ? 'http' : 'https');
	const authority = exchange.authority || addressed(connection.local);
	if (authority !== lastAuthority || scheme !== lastScheme) {
		const origin = originOf(scheme, authority);
		if (origin === null) return null;
		lastAuthority = authority;
		lastScheme = scheme;
		lastOrigin = origin;
	}
	const path = pathOf(target);
	if (PLAIN.test(path) && !DOTS.test(path)) return lastOrigin + path;
	return new URL(lastOrigin + path.replace(/[#\\\x7f-\xff]/g, encoded)).href;
}

/** Path and query of a target, of whichever form; `/` where there is no path. */
function pathOf(target: string): string {
	if (target.startsWith('/')) return target;
	const authority = target.indexOf('://');
	// `*` and an authority have no path.
	if (authority < 0) return '/';
	const path = target.slice(authority + 3).search(/[/?]/);
	if (path < 0) return '/';
	const rest = target.slice(authority + 3 + path);
	return rest.startsWith('?') ? `/${rest}` : rest;
}

/** A `#` begins no fragment, a `\` is no slash, and an octet is not the character of its number. */
function encoded(octet: string): string {
	return `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function originOf(scheme: string, authority: string): string | null {
	// Without user information, which a Request refuses.
	const url = URL.parse(`${scheme}://${authority.slice(authority.lastIndexOf('@') + 1)}/`);
	return url === null || url.host === '' || url.pathname !== '/' || url.search !== ''
		? null
		: `${url.protocol}//${url.host}`;
}

/** Where a request came in that names no authority. */
function addressed(local: Address | null): string {
	if (local === null || local.family === 'unix') return 'localhost';
	return `${local.family === 'IPv6' ? `[${local.address}]` : local.address}:${local.port}`;
}
