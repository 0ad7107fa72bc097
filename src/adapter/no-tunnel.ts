/** What layers without tunnels make of CONNECT: plain, or extended as of RFC 8441. */
import type { Exchange } from '../rich/exchange.ts';
import { FAILURE_FIELDS, NO_TUNNEL } from '../rich/failure-response.ts';

/** Whether a request is an extended CONNECT, which is shown as the GET with Upgrade that it is on HTTP/1.1. */
export function isExtendedConnect(exchange: Pick<Exchange, 'method' | 'protocol'>): boolean {
	return exchange.protocol !== null && exchange.method === 'CONNECT';
}

/** A 2xx to CONNECT says that a tunnel is open (RFC 9110 §9.3.6), and the layer opens none: 501. */
export function refuseTunnel(exchange: Exchange): void {
	exchange.respond(501, FAILURE_FIELDS);
	exchange.end(NO_TUNNEL);
}
