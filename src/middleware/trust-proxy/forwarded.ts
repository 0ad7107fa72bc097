/** What proxies say of the request that they pass on: Forwarded (RFC 7239), or the fields of X-Forwarded that came before it. */
import type { Fields } from '../../wire/fields.ts';
import { formatIp, type IpAddress, parseIp, unmapped } from '../../wire/ip-address.ts';

/** One hop, as the proxy that received it says. */
export interface Hop {
	/** Who connected to that proxy; null when it does not say, or hides it (`unknown`, `_gateway`). */
	readonly peer: HopPeer | null;
	readonly scheme: 'http' | 'https' | null;
	readonly authority: string | null;
}

/** An address, with its port where that is told; 0 otherwise. */
export interface HopPeer {
	readonly address: IpAddress;
	readonly port: number;
}

/** More hops than these are no proxies of ours. */
const MOST = 64;

/** The hops by Forwarded, the client's side first; null when that is malformed. */
export function forwardedHops(fields: Fields): Hop[] | null {
	const hops: Hop[] = [];
	for (const line of fields.all('forwarded')) {
		for (const element of split(line, ',') ?? [null]) {
			if (element === null || hops.length === MOST) return null;
			if (element.trim() === '') continue;
			const hop = forwardedHop(element);
			if (hop === null) return null;
			hops.push(hop);
		}
	}
	return hops;
}

/** The hops by X-Forwarded-For, -Proto and -Host; null when they are malformed. */
export function xForwardedHops(fields: Fields): Hop[] | null {
	const peers = members(fields, 'x-forwarded-for');
	const schemes = members(fields, 'x-forwarded-proto');
	const authorities = members(fields, 'x-forwarded-host');
	const count = Math.max(peers.length, schemes.length > 0 || authorities.length > 0 ? 1 : 0);
	if (count > MOST) return null;
	const hops: Hop[] = [];
	for (let back = count; back >= 1; back--) {
		// A proxy adds to the first, and more often than not replaces the others: those that are short speak for all before, too.
		const peer = peers[peers.length - back];
		const scheme = schemes[Math.max(0, schemes.length - back)]?.toLowerCase() ?? null;
		const authority = authorities[Math.max(0, authorities.length - back)] ?? null;
		if (!isScheme(scheme) || (authority !== null && !isAuthority(authority))) return null;
		hops.push({ peer: peer === undefined ? null : nodeOf(peer), scheme, authority });
	}
	return hops;
}

function members(fields: Fields, name: string): string[] {
	return fields
		.all(name)
		.flatMap((line) => line.split(','))
		.map((member) => member.trim())
		.filter((member) => member !== '');
}

function forwardedHop(element: string): Hop | null {
	const given = new Map<string, string>();
	for (const pair of split(element, ';') ?? []) {
		const [, name = '', token, quoted] =
			/^\s*([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\.)*)")\s*$/.exec(pair) ?? [];
		if (name === '' || given.has(name.toLowerCase())) return null;
		given.set(name.toLowerCase(), token ?? (quoted as string).replace(/\\(.)/g, '$1'));
	}
	const scheme = given.get('proto')?.toLowerCase() ?? null;
	const authority = given.get('host') ?? null;
	if (!isScheme(scheme) || (authority !== null && !isAuthority(authority))) return null;
	const peer = given.get('for');
	return { peer: peer === undefined ? null : nodeOf(peer), scheme, authority };
}

/** Parts between separators that are in no quoted string; null when a string has no end. */
function split(text: string, separator: string): string[] | null {
	const parts: string[] = [];
	let from = 0;
	let quoted = false;
	for (let at = 0; at < text.length; at++) {
		const sign = text[at];
		if (quoted && sign === '\\') at++;
		else if (sign === '"') quoted = !quoted;
		else if (!quoted && sign === separator) {
			parts.push(text.slice(from, at));
			from = at + 1;
		}
	}
	if (quoted) return null;
	parts.push(text.slice(from));
	return parts;
}

/** `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80`, and a bare IPv6 address, which X-Forwarded-For has. */
function nodeOf(text: string): HopPeer | null {
	const [, bracketed, plain, port = '0'] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
	const address = parseIp(bracketed ?? plain ?? text);
	if (address === null || Number(port) > 0xffff) return null;
	return { address: unmapped(address), port: Number(port) };
}

/** The address as it is shown. */
export function shownPeer({ address, port }: HopPeer): { family: 'IPv4' | 'IPv6'; address: string; port: number } {
	return { family: address.length === 4 ? 'IPv4' : 'IPv6', address: formatIp(address), port };
}

function isScheme(scheme: string | null): scheme is 'http' | 'https' | null {
	return scheme === null || scheme === 'http' || scheme === 'https';
}

/** RFC 3986 §3.2.2 and §3.2.3, without user information (RFC 9110 §4.2.4). */
function isAuthority(text: string): boolean {
	return /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]+)(?::\d{0,5})?$/i.test(text);
}
