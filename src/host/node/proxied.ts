/** Connections that a proxy passes on, and says by the PROXY protocol whose they are. */
import type { Socket } from 'node:net';
import { ProxyReader } from '../../engine/proxy/header.ts';
import type { Address, ConnectionFacts } from '../../rich/connection-facts.ts';
import { ErrorCode, Fault } from '../../wire/fault.ts';
import { inRange, parseIp, parseRange } from '../../wire/ip-address.ts';

/** Who is believed: addresses, ranges, and `unix`. */
export type ProxyTrust = readonly string[];

/** The ends of the connection that the proxy has accepted. */
export type ProxiedEnds = Pick<ConnectionFacts, 'peer' | 'local'>;

/** Whether a value says whom to trust. */
export function checkTrusted(value: unknown): boolean {
	return (
		Array.isArray(value) &&
		value.every((one) => one === 'unix' || (typeof one === 'string' && parseRange(one) !== null))
	);
}

/** Whether who has connected is among them. */
export function trusts(trusted: ProxyTrust, socket: Socket): boolean {
	const { remoteAddress } = socket;
	if (remoteAddress === undefined) return trusted.includes('unix');
	// A link-local address has its zone behind it.
	const address = parseIp(remoteAddress.replace(/%.*$/, ''));
	if (address === null) return false;
	return trusted.some((one) => {
		const range = parseRange(one);
		return range !== null && inRange(address, range);
	});
}

/**
 * Reads the header, before anybody else reads of the socket.
 * @param limit milliseconds that it may take; 0 for as long as it likes
 * @param taken gets what it says, undefined where the socket's own ends hold, and what came behind it
 * @param failed gets what was wrong, or null when the proxy has gone
 */
export function readProxied(
	socket: Socket,
	limit: number,
	taken: (ends: ProxiedEnds | undefined, rest: Uint8Array) => void,
	failed: (fault: Fault | null) => void,
): void {
	const reader = new ProxyReader();
	const done = (): void => {
		if (timer !== null) clearTimeout(timer);
		socket.pause();
		socket.off('data', hear);
		socket.off('end', gone);
		socket.off('error', gone);
		socket.off('close', gone);
	};
	const fail = (fault: Fault | null): void => {
		done();
		socket.on('error', () => {});
		failed(fault);
	};
	const gone = (): void => fail(null);
	const hear = (chunk: Uint8Array): void => {
		const rest = reader.feed(chunk);
		if (reader.fault !== null) {
			fail(reader.fault);
			return;
		}
		if (rest === null) return;
		done();
		const { header } = reader;
		const known = header !== null && !header.own && header.source !== null;
		taken(known ? { peer: header.source as Address, local: header.destination } : undefined, rest);
	};
	const late = (): void =>
		fail(
			new Fault(
				'connection',
				ErrorCode.PROTOCOL_ERROR,
				408,
				'timeouts.silence',
				'The header of the PROXY protocol did not come',
			),
		);
	const timer = limit > 0 ? setTimeout(late, limit) : null;
	socket.on('data', hear);
	socket.on('end', gone);
	socket.on('error', gone);
	socket.on('close', gone);
}
