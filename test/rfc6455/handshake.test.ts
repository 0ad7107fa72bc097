/** RFC 6455 §4.2 and RFC 8441 §5: what a request must say, and what it is answered. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { acceptValue, type HandshakeRequest, readHandshake } from '../../src/engine/websocket/handshake.ts';
import { sha1 } from '../../src/engine/websocket/sha1.ts';
import { Fields } from '../../src/wire/fields.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GOOD = ['host', 'a', 'Sec-WebSocket-Key', KEY, 'sec-websocket-version', '13'];

function request(lines: readonly string[], more: Partial<HandshakeRequest> = {}): HandshakeRequest {
	return { method: 'GET', httpVersion: '1.1', fields: new Fields([...lines]), ...more };
}

test('RFC 6455 §1.3: the example of the accept value', () => {
	expect(acceptValue(KEY)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

test('SHA-1 is that of the platform, for any length', () => {
	for (let length = 0; length < 200; length++) {
		const message = Uint8Array.from({ length }, (_, at) => (at * 89 + length) & 0xff);
		expect(sha1(message)).toEqual(Uint8Array.from(createHash('sha1').update(message).digest()));
	}
});

describe('RFC 6455 §4.2.1', () => {
	test('a handshake on HTTP/1.1', () => {
		const lines = [
			...GOOD,
			'sec-websocket-protocol',
			'chat , v2',
			'Sec-WebSocket-Protocol',
			'x',
			'sec-websocket-extensions',
			'a; b',
		];
		expect(readHandshake(request(lines))).toEqual({
			accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
			subprotocols: ['chat', 'v2', 'x'],
			extensions: 'a; b',
		});
	});

	test.each([
		['another method', 405, GOOD, { method: 'POST' }],
		['content', 400, [...GOOD, 'content-length', '3'], {}],
		['content without a length', 400, [...GOOD, 'transfer-encoding', 'chunked'], {}],
		['no key', 400, GOOD.toSpliced(2, 2), {}],
		['a key twice', 400, [...GOOD, 'sec-websocket-key', KEY], {}],
		['a key that is too short', 400, GOOD.with(3, 'dGhlIHNhbXBsZSBub25j'), {}],
		['a key with bits behind its 16 octets', 400, GOOD.with(3, 'dGhlIHNhbXBsZSBub25jZR=='), {}],
		['a key that is no base64', 400, GOOD.with(3, 'dGhlIHNhbXBs*SBub25jZQ=='), {}],
		['a subprotocol that is no token', 400, [...GOOD, 'sec-websocket-protocol', 'a b'], {}],
		['an empty subprotocol', 400, [...GOOD, 'sec-websocket-protocol', 'a,,b'], {}],
		['a subprotocol twice', 400, [...GOOD, 'sec-websocket-protocol', 'a, a'], {}],
	] as const)('%s is %i', (_what, status, lines, more) => {
		expect(readHandshake(request(lines, more))).toMatchObject({ status });
	});

	test.each(['8', '0', '14', '13, 8', ''])('§4.4: version %j is 426 with the version that is spoken', (version) => {
		expect(readHandshake(request(GOOD.with(5, version)))).toMatchObject({
			status: 426,
			fields: ['upgrade', 'websocket', 'sec-websocket-version', '13'],
		});
	});

	test('§4.4: no version is 426', () => {
		expect(readHandshake(request(GOOD.slice(0, 4)))).toMatchObject({ status: 426 });
	});
});

describe('RFC 8441 §5', () => {
	test('no key is wanted and no accept value given; the other fields are as usual', () => {
		const lines = ['sec-websocket-version', '13', 'sec-websocket-protocol', 'chat'];
		expect(readHandshake(request(lines, { method: 'CONNECT', httpVersion: '2' }))).toEqual({
			accept: null,
			subprotocols: ['chat'],
			extensions: null,
		});
	});

	test('a wrong version is 400, since HTTP/2 has no Upgrade that a 426 must carry', () => {
		const lines = ['sec-websocket-version', '8'];
		expect(readHandshake(request(lines, { method: 'CONNECT', httpVersion: '2' }))).toMatchObject({
			status: 400,
			fields: ['sec-websocket-version', '13'],
		});
	});
});
