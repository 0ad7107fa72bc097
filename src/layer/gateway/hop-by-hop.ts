/** The fields of a connection, which an application of the gateway leaves to the server (GATE-53). */

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']);

/** Whether a field speaks of one connection, and so is the server's own (RFC 9110 §7.6.1). */
export function isHopByHop(name: string): boolean {
	return HOP_BY_HOP.has(name.toLowerCase());
}
