/** IP addresses and ranges of them, where there is no `node:net`: as RFC 4291 §2.2 and dotted decimals write them. */

/** An address as its octets: 4 or 16. */
export type IpAddress = Uint8Array;

/**
 * Reads an address, without brackets, port or zone.
 * @returns null when it is none
 */
export function parseIp(text: string): IpAddress | null {
	return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** An IPv4 address that IPv6 carries (`::ffff:192.0.2.1`) is the same as that address. */
export function unmapped(address: IpAddress): IpAddress {
	if (address.length === 4) return address;
	for (let at = 0; at < 12; at++) if (address[at] !== (at < 10 ? 0 : 0xff)) return address;
	return address.subarray(12);
}

/** The address as text; IPv6 in the form of RFC 5952. */
export function formatIp(address: IpAddress): string {
	if (address.length === 4) return address.join('.');
	const groups: number[] = [];
	for (let at = 0; at < 16; at += 2) groups.push(((address[at] as number) << 8) | (address[at + 1] as number));
	let best = { from: 0, length: 0 };
	for (let from = 0; from < 8; from++) {
		let length = 0;
		while (from + length < 8 && groups[from + length] === 0) length++;
		if (length > best.length) best = { from, length };
	}
	const hex = groups.map((group) => group.toString(16));
	if (best.length < 2) return hex.join(':');
	return `${hex.slice(0, best.from).join(':')}::${hex.slice(best.from + best.length).join(':')}`;
}

/** A range of addresses: `10.0.0.0/8`, or one address. */
export interface IpRange {
	readonly base: IpAddress;
	/** How many bits of the base count. */
	readonly bits: number;
}

/** Reads a range; null when it is none, or has bits behind its prefix. */
export function parseRange(text: string): IpRange | null {
	const [address = '', length, ...rest] = text.split('/');
	const base = parseIp(address);
	if (base === null || rest.length > 0) return null;
	if (length === undefined) return { base: unmapped(base), bits: unmapped(base).length * 8 };
	if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > base.length * 8) return null;
	const range = { base, bits: Number(length) };
	const beyond = base.some((octet, at) => (octet & ~mask(range.bits - at * 8) & 0xff) !== 0);
	return beyond ? null : range;
}

/** Whether an address is in a range. */
export function inRange(address: IpAddress, { base, bits }: IpRange): boolean {
	const plain = unmapped(address);
	if (plain.length !== base.length) return false;
	return plain.every((octet, at) => ((octet ^ (base[at] as number)) & mask(bits - at * 8)) === 0);
}

/** The octet that has so many leading bits set. */
function mask(bits: number): number {
	return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

function parseIpv4(text: string): IpAddress | null {
	// No leading zeros: some read them as octal.
	if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text)) return null;
	const octets = text.split('.').map(Number);
	return octets.every((octet) => octet <= 255) ? Uint8Array.from(octets) : null;
}

function parseIpv6(text: string): IpAddress | null {
	const halves = text.split('::');
	if (halves.length > 2) return null;
	const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
	const left = octetsOf(head as string[], tail === undefined);
	const right = tail === undefined ? [] : octetsOf(tail, true);
	if (left === null || right === null) return null;
	const missing = 16 - left.length - right.length;
	if (tail === undefined ? missing !== 0 : missing < 2) return null;
	return Uint8Array.from([...left, ...new Array<number>(missing).fill(0), ...right]);
}

/** @param last an IPv4 address may stand at the end */
function octetsOf(groups: readonly string[], last: boolean): number[] | null {
	const octets: number[] = [];
	for (const [at, group] of groups.entries()) {
		if (last && at === groups.length - 1 && group.includes('.')) {
			const v4 = parseIpv4(group);
			if (v4 === null) return null;
			octets.push(...v4);
		} else {
			if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
			const value = Number.parseInt(group, 16);
			octets.push(value >> 8, value & 0xff);
		}
	}
	return octets;
}
