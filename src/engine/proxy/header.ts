/**
 * The header of the PROXY protocol, versions 1 and 2 (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt), in front of
 * everything else on a connection. Sans-I/O: bytes in any split, one result.
 */
import { ErrorCode, Fault } from '../../wire/fault.ts';
import { formatIp, parseIp } from '../../wire/ip-address.ts';

/** An end of the connection that the proxy has accepted. */
export type ProxyEnd =
	| { readonly family: 'IPv4' | 'IPv6'; readonly address: string; readonly port: number }
	| { readonly family: 'unix'; readonly path: string };

/** A type, length and value of version 2. */
export interface Tlv {
	readonly type: number;
	readonly value: Uint8Array;
}

/** What a header says. */
export interface ProxyHeader {
	readonly version: 1 | 2;
	/** The proxy speaks for itself, as for a health check, or does not know: the ends are those of the socket. */
	readonly own: boolean;
	/** The client; null where `own`, or for a family that is none of ours. */
	readonly source: ProxyEnd | null;
	/** The end that the client connected to. */
	readonly destination: ProxyEnd | null;
	readonly tlvs: readonly Tlv[];
}

/** The specification gives 107 octets to the longest line, and we need no more of them. */
const LINE_MAX = 107;
/** Addresses and TLVs of version 2 together: a length of 16 bits would let a peer have 64 KiB kept before it is known. */
const BLOCK_MAX = 4096;
const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const LINE_START = Uint8Array.from('PROXY ', (letter) => letter.charCodeAt(0));
const FIXED = 16;

/** Reads one header. */
export class ProxyReader {
	/** What it says, once it is whole. */
	header: ProxyHeader | null = null;
	/** What is wrong with it. */
	fault: Fault | null = null;
	#bytes = new Uint8Array(0);

	/**
	 * Takes bytes of the peer, until there is a header or a fault. They are copied.
	 * @returns what of these bytes comes behind the header, which may be nothing; null while there is more of it to come
	 */
	feed(bytes: Uint8Array): Uint8Array | null {
		const before = this.#bytes.length;
		// Never more than a header may have is kept.
		const taken = bytes.subarray(0, FIXED + BLOCK_MAX - before);
		const all = new Uint8Array(before + taken.length);
		all.set(this.#bytes);
		all.set(taken, before);
		this.#bytes = all;
		const length = all[0] === SIGNATURE[0] ? this.#binary(all) : this.#line(all);
		return length < 0 ? null : bytes.slice(length - before);
	}

	/** @returns the header's length, or -1 while it is not known to be whole */
	#line(all: Uint8Array): number {
		if (!beginsWith(all, LINE_START)) return this.#wrong('does not begin with a header of the PROXY protocol');
		const end = all.indexOf(0x0a);
		if (end >= LINE_MAX || (end < 0 && all.length >= LINE_MAX)) return this.#wrong('is longer than 107 octets');
		if (end < 0) return -1;
		if (all[end - 1] !== 0x0d) return this.#wrong('does not end with CR LF');
		const line = String.fromCharCode(...all.subarray(0, end - 1));
		const header = lineHeader(line);
		if (header === null) return this.#wrong('is no line of version 1');
		this.header = header;
		return end + 1;
	}

	#binary(all: Uint8Array): number {
		if (!beginsWith(all, SIGNATURE)) return this.#wrong('does not begin with a header of the PROXY protocol');
		if (all.length < FIXED) return -1;
		const version = all[12] as number;
		const length = uint16(all, 14);
		if (version >> 4 !== 2) return this.#wrong(`is of version ${version >> 4}, and 1 and 2 are known`);
		if ((version & 0xf) > 1) return this.#wrong(`has the command ${version & 0xf}, and 0 and 1 are known`);
		if (length > BLOCK_MAX) return this.#wrong(`has ${length} octets, and at most ${BLOCK_MAX} are taken`);
		if (all.length < FIXED + length) return -1;
		const block = all.subarray(FIXED, FIXED + length);
		const ends = endsOf(all[13] as number, block);
		const tlvs = ends === null ? null : tlvsOf(block.subarray(ends.size));
		if (ends === null || tlvs === null) return this.#wrong('is shorter than what it says it has');
		const sum = tlvs.find(({ type }) => type === Type.CRC32C);
		if (sum !== undefined && !isIntact(all.slice(0, FIXED + length), sum.value))
			return this.#wrong('has a checksum that fails');
		const own = (version & 0xf) === 0;
		this.header = {
			version: 2,
			own,
			source: own ? null : ends.source,
			destination: own ? null : ends.destination,
			tlvs,
		};
		return FIXED + length;
	}

	#wrong(what: string): -1 {
		this.fault = new Fault('connection', ErrorCode.PROTOCOL_ERROR, 400, 'SERVE-2', `What the proxy sent first ${what}`);
		return -1;
	}
}

/** Types of TLVs that mean something here. */
const Type = { CRC32C: 0x03 } as const;

function lineHeader(line: string): ProxyHeader | null {
	const own = { version: 1, own: true, source: null, destination: null, tlvs: [] } as const;
	if (/^PROXY UNKNOWN(?: [\x20-\x7e]*)?$/.test(line)) return own;
	const [, family, from = '', to = '', fromPort = '', toPort = ''] =
		/^PROXY (TCP4|TCP6) (\S+) (\S+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/.exec(line) ?? [];
	if (family === undefined) return null;
	const source = lineEnd(family, from, fromPort);
	const destination = lineEnd(family, to, toPort);
	return source === null || destination === null ? null : { ...own, own: false, source, destination };
}

function lineEnd(family: string, text: string, port: string): ProxyEnd | null {
	const address = parseIp(text);
	if (address === null || address.length !== (family === 'TCP4' ? 4 : 16) || Number(port) > 0xffff) return null;
	return inetEnd(address, Number(port));
}

interface Ends {
	readonly size: number;
	readonly source: ProxyEnd | null;
	readonly destination: ProxyEnd | null;
}

/** The addresses at the beginning of the block; null when they are not there. A family that is not known has none. */
function endsOf(family: number, block: Uint8Array): Ends | null {
	const width = { 1: 4, 2: 16 }[family >> 4];
	if (width !== undefined) {
		const size = 2 * width + 4;
		if (block.length < size) return null;
		return {
			size,
			source: inetEnd(block.slice(0, width), uint16(block, 2 * width)),
			destination: inetEnd(block.slice(width, 2 * width), uint16(block, 2 * width + 2)),
		};
	}
	if (family >> 4 !== 3) return { size: family === 0 ? 0 : block.length, source: null, destination: null };
	if (block.length < 216) return null;
	return { size: 216, source: unixEnd(block.subarray(0, 108)), destination: unixEnd(block.subarray(108, 216)) };
}

function inetEnd(address: Uint8Array, port: number): ProxyEnd {
	return { family: address.length === 4 ? 'IPv4' : 'IPv6', address: formatIp(address), port };
}

function unixEnd(bytes: Uint8Array): ProxyEnd {
	const end = bytes.indexOf(0);
	return { family: 'unix', path: String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end)) };
}

/** Null when one goes beyond the end. */
function tlvsOf(bytes: Uint8Array): Tlv[] | null {
	const tlvs: Tlv[] = [];
	for (let at = 0; at < bytes.length; ) {
		if (bytes.length - at < 3) return null;
		const length = uint16(bytes, at + 1);
		if (bytes.length - at - 3 < length) return null;
		tlvs.push({ type: bytes[at] as number, value: bytes.subarray(at + 3, at + 3 + length) });
		at += 3 + length;
	}
	return tlvs;
}

/** PP2_TYPE_CRC32C: over the whole header, with its own four octets as zeros. @param header a copy */
function isIntact(header: Uint8Array, sum: Uint8Array): boolean {
	if (sum.length !== 4) return false;
	// The value is a view of the reader's bytes, at the same place as in the copy.
	const wanted = ((uint16(sum, 0) << 16) | uint16(sum, 2)) >>> 0;
	header.fill(0, sum.byteOffset, sum.byteOffset + 4);
	let crc = 0xffffffff;
	for (const octet of header) {
		crc ^= octet;
		for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc >>> 0 === wanted;
}

function beginsWith(bytes: Uint8Array, start: Uint8Array): boolean {
	const length = Math.min(bytes.length, start.length);
	for (let at = 0; at < length; at++) if (bytes[at] !== start[at]) return false;
	return true;
}

function uint16(bytes: Uint8Array, at: number): number {
	return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
