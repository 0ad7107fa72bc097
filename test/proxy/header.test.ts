import { describe, expect, test } from 'vitest';
import { type ProxyHeader, ProxyReader } from '../../src/engine/proxy/header.ts';

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const ADDRESSES = [192, 0, 2, 1, 198, 51, 100, 7, 0x30, 0x39, 0x01, 0xbb];

function line(text: string): Uint8Array {
	return new TextEncoder().encode(text);
}

function block(command: number, family: number, body: readonly number[]): Uint8Array {
	return Uint8Array.from([...SIGNATURE, command, family, body.length >> 8, body.length & 0xff, ...body]);
}

/** Whole, byte by byte, and with bytes behind it: the same each time. */
function read(bytes: Uint8Array): ProxyHeader | string {
	const results = [
		[bytes],
		Array.from(bytes, (byte) => Uint8Array.of(byte)),
		[Uint8Array.from([...bytes, 71, 69])],
	].map((chunks, at) => {
		const reader = new ProxyReader();
		let rest: Uint8Array | null = null;
		for (const chunk of chunks) {
			rest = reader.feed(chunk);
			if (rest !== null || reader.fault !== null) break;
		}
		if (reader.fault !== null) return reader.fault.message;
		expect([...(rest ?? [1])]).toEqual(at === 2 ? [71, 69] : []);
		return reader.header as ProxyHeader;
	});
	expect(results[1]).toEqual(results[0]);
	expect(results[2]).toEqual(results[0]);
	return results[0] as ProxyHeader | string;
}

const ENDS = {
	source: { family: 'IPv4', address: '192.0.2.1', port: 12345 },
	destination: { family: 'IPv4', address: '198.51.100.7', port: 443 },
};

describe('SERVE-2: the header of the PROXY protocol', () => {
	test('version 1', () => {
		expect(read(line('PROXY TCP4 192.0.2.1 198.51.100.7 12345 443\r\n'))).toMatchObject({
			version: 1,
			own: false,
			...ENDS,
		});
		expect(read(line('PROXY TCP6 2001:db8:0:0::1 ::1 1 2\r\n'))).toMatchObject({
			source: { family: 'IPv6', address: '2001:db8::1', port: 1 },
		});
		expect(read(line('PROXY UNKNOWN\r\n'))).toMatchObject({ own: true, source: null });
		expect(read(line('PROXY UNKNOWN ffff:: 1 2 3\r\n'))).toMatchObject({ own: true });
	});

	test.each([
		'GET / HTTP/1.1\r\n',
		'PROXY TCP4 192.0.2.1 198.51.100.7 12345 443\n',
		'PROXY TCP4 192.0.2.01 198.51.100.7 12345 443\r\n',
		'PROXY TCP4 ::1 ::1 1 2\r\n',
		'PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n',
		'PROXY  TCP4 192.0.2.1 198.51.100.7 1 443\r\n',
		`PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
	])('version 1, wrong: %j', (text) => {
		expect(read(line(text))).toBeTypeOf('string');
	});

	test('version 2, with its TLVs', () => {
		expect(read(block(0x21, 0x11, ADDRESSES))).toMatchObject({ version: 2, own: false, ...ENDS, tlvs: [] });
		const header = read(block(0x21, 0x11, [...ADDRESSES, 2, 0, 3, 97, 46, 98])) as ProxyHeader;
		expect(header.tlvs.map(({ type, value }) => [type, ...value])).toEqual([[2, 97, 46, 98]]);
		expect(read(block(0x20, 0, []))).toMatchObject({ own: true, source: null });
		expect(read(block(0x21, 0x21, [...new Array(15).fill(0), 1, ...new Array(20).fill(0)]))).toMatchObject({
			source: { family: 'IPv6', address: '::1', port: 0 },
		});
		expect(read(block(0x21, 0x31, [47, 115, ...new Array(214).fill(0)]))).toMatchObject({
			source: { family: 'unix', path: '/s' },
		});
	});

	test('version 2, its checksum', () => {
		// Of the header with four zeros in the value's place, by CRC-32C.
		const body = [...ADDRESSES, 3, 0, 4, 0, 0, 0, 0];
		const sum = crc32c(block(0x21, 0x11, body));
		const good = [...body.slice(0, -4), sum >>> 24, (sum >>> 16) & 0xff, (sum >>> 8) & 0xff, sum & 0xff];
		expect(crc32c(line('123456789'))).toBe(0xe3069283);
		expect(read(block(0x21, 0x11, good))).toMatchObject(ENDS);
		expect(read(block(0x21, 0x11, body))).toMatch(/checksum/);
	});

	test.each([
		['another version', block(0x31, 0x11, ADDRESSES)],
		['another command', block(0x22, 0x11, ADDRESSES)],
		['addresses that are not all there', block(0x21, 0x11, ADDRESSES.slice(1))],
		['a TLV beyond the end', block(0x21, 0x11, [...ADDRESSES, 2, 0, 3, 97])],
		['another signature', Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0b)],
	])('version 2, wrong: %s', (_what, bytes) => {
		expect(read(bytes)).toBeTypeOf('string');
	});

	test('SERVE-3: a length beyond the bound is refused before it has come', () => {
		const reader = new ProxyReader();
		reader.feed(Uint8Array.from([...SIGNATURE, 0x21, 0x11, 0xff, 0xff]));
		expect(reader.fault?.message).toMatch(/65535 octets/);
	});
});

function crc32c(bytes: Uint8Array): number {
	let crc = ~0;
	for (const octet of bytes) {
		crc ^= octet;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
	}
	return ~crc >>> 0;
}
