/** SERVER_NAME and SERVER_PORT: where the client says it sent the request. */
import { type ByteString, uncheckedBytes } from '../../layer/gateway/byte-string.ts';
import type { Address } from '../../rich/connection-facts.ts';

/** A host and its port. */
export interface ServerName {
	readonly name: ByteString;
	readonly port: ByteString;
}

/**
 * The parts of an authority: `[::1]:80` is `[::1]` and 80. Without a port it is that of the scheme; without an authority,
 * both are those of the connection.
 */
export function serverName(authority: string, scheme: string, local: Address | null): ServerName {
	const standard = scheme === 'https' ? '443' : '80';
	if (authority === '') {
		if (local === null || local.family === 'unix') return named('localhost', standard);
		return named(local.family === 'IPv6' ? `[${local.address}]` : local.address, String(local.port));
	}
	const host = authority.slice(authority.lastIndexOf('@') + 1);
	const colon = host.lastIndexOf(':');
	if (colon < 0 || host.endsWith(']')) return named(host, standard);
	return named(host.slice(0, colon), host.slice(colon + 1) || standard);
}

function named(name: string, port: string): ServerName {
	return { name: uncheckedBytes(name), port: uncheckedBytes(port) };
}
