/** Which pages may connect (RFC 6455 §10.2): browsers send cookies with a WebSocket whoever asks for it, and no CORS applies. */
import type { Exchange } from '../../rich/exchange.ts';
import type { WebSocketOptions } from './options.ts';

export function mayConnect(
	origin: string,
	exchange: Exchange,
	origins: NonNullable<WebSocketOptions['origins']>,
): boolean {
	if (origins === 'any') return true;
	if (typeof origins === 'function') return origins(origin, exchange);
	const asked = origin.toLowerCase();
	if (origins !== 'same') return origins.some((allowed) => allowed.toLowerCase() === asked);
	// By host and port: behind a proxy that speaks TLS we do not know the scheme that the page was loaded by.
	const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/]+)$/.exec(asked) ?? [];
	const authority = exchange.authority.toLowerCase();
	return host !== '' && withoutDefaultPort(host, scheme) === withoutDefaultPort(authority, scheme);
}

function withoutDefaultPort(authority: string, scheme: string): string {
	return authority.replace(scheme === 'https' ? /:443$/ : /:80$/, '');
}
