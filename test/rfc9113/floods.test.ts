/** Denial of service (RFC 9113 §10.5): floods end the connection, and honest clients never meet the limits. */
import { describe, expect, test } from 'vitest';
import { TokenBucket } from '../../src/engine/http2/rate.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import {
	be32,
	bytes,
	data,
	END_STREAM,
	frame,
	get,
	headers,
	ping,
	post,
	request,
	rst,
	settings,
	TYPES,
	windowUpdate,
} from '../support/http2-frames.ts';
import { Talk, type TalkOptions } from '../support/http2-talk.ts';

const { ENHANCE_YOUR_CALM, CANCEL } = ErrorCode;

/** Sends until the connection ends. Returns how many it took, or -1. */
function flood(talk: Talk, most: number, input: (i: number) => Uint8Array): number {
	for (let i = 0; i < most; i++) {
		talk.send(input(i));
		if (talk.engine.finished) return i + 1;
	}
	return -1;
}

describe('a token bucket', () => {
	test('holds its burst, and gains with time', () => {
		const bucket = new TokenBucket(3, 2);
		expect([1, 1, 1, 1].map((count) => bucket.take(count, 0))).toEqual([true, true, true, false]);
		expect(bucket.take(1, 499)).toBe(false);
		expect(bucket.take(1, 500)).toBe(true);
		expect(bucket.take(4, 1_000_000)).toBe(false);
		expect(bucket.take(3, 1_000_000)).toBe(true);
		bucket.earn(10);
		expect(bucket.take(3, 1_000_000)).toBe(true);
	});
});

describe('RFC 9113 §10.5: floods', () => {
	const answering: TalkOptions = { app: (exchange) => exchange.answer(200, 'x') };

	test('CVE-2023-44487: requests that are reset at once', () => {
		const talk = Talk.open();
		expect(flood(talk, 2000, (i) => bytes(get(i * 2 + 1), rst(i * 2 + 1, CANCEL)))).toBe(1001);
		expect(talk.goaway).toBe(ENHANCE_YOUR_CALM);
		expect(talk.rule).toBe('limits.resetBurst');
		expect(talk.exchanges.every((exchange) => exchange.outcome !== undefined)).toBe(true);
	});

	test.each([
		['WINDOW_UPDATE of 0', (id: number) => bytes(get(id), windowUpdate(id, 0))],
		['WINDOW_UPDATE beyond 2^31-1', (id: number) => bytes(get(id), windowUpdate(id, 0x7fffffff))],
		['DATA behind the end', (id: number) => bytes(get(id), data(id, 0, 'x'))],
		['malformed requests', (id: number) => headers(id, END_STREAM, request('GET', ''))],
		['PRIORITY of the wrong size', (id: number) => bytes(get(id), frame(TYPES.PRIORITY, 0, id, be32(3)))],
		['requests that are too large', (id: number) => get(id, '/', 'x', 'y'.repeat(2000))],
	])('CVE-2025-8671: resets that are provoked by %s', (_title, input) => {
		const talk = Talk.open({ limits: { resetBurst: 50, fieldSectionSize: 2000 } });
		expect(flood(talk, 100, (i) => input(i * 2 + 1))).toBe(51);
		expect(talk.rule).toBe('limits.resetBurst');
	});

	test('resets at the rate that is allowed', () => {
		const talk = Talk.open({ limits: { resetBurst: 10 } });
		const honest = flood(talk, 3300, (i) => {
			talk.now += 31;
			return bytes(get(i * 2 + 1), rst(i * 2 + 1, CANCEL));
		});
		expect(honest).toBe(-1);
	});

	test.each([
		['CVE-2019-9512: PING', () => ping()],
		['CVE-2019-9515: SETTINGS', () => settings([4, 65535])],
		['CVE-2019-9513: PRIORITY', () => frame(TYPES.PRIORITY, 0, 1, be32(3), 16)],
		['PRIORITY_UPDATE', () => frame(TYPES.PRIORITY_UPDATE, 0, 0, be32(1), 'u=1')],
		['unknown frames', () => frame(0xbb, 0, 0, 'x')],
		['WINDOW_UPDATE', () => windowUpdate(0, 1)],
		['answers to PINGs that were not sent', () => frame(TYPES.PING, 1, 0, '12345678')],
		['GOAWAY', () => frame(TYPES.GOAWAY, 0, 0, be32(0), be32(0))],
	])('%s', (_title, input) => {
		const talk = Talk.open();
		const count = flood(talk, 2000, input);
		expect(count).toBeGreaterThan(400);
		expect(count).toBeLessThan(1100);
		expect(talk.goaway).toBe(ENHANCE_YOUR_CALM);
		expect(talk.rule).toBe('limits.controlFrameBurst');
	});

	test('RST_STREAM on streams that are closed', () => {
		const talk = Talk.open(answering);
		talk.send(get(1));
		expect(flood(talk, 2000, () => rst(1, CANCEL))).toBeGreaterThan(0);
	});

	test.each([
		['CVE-2019-9518: empty DATA', () => data(1, 0)],
		['DATA of padding alone', () => frame(TYPES.DATA, 8, 1, 0)],
	])('%s', (_title, input) => {
		const talk = Talk.open();
		talk.send(post(1));
		expect(flood(talk, 200, input)).toBe(101);
		expect(talk.rule).toBe('limits.emptyFrameBurst');
	});

	test('DATA on a stream that we have reset', () => {
		const talk = Talk.open({ app: (exchange) => exchange.carrier.reset(CANCEL) });
		talk.send(post(1));
		expect(flood(talk, 3000, () => data(1, 0, 'x'))).toBeGreaterThan(0);
	});

	test('CVE-2019-9511: windows that let out an octet at a time', () => {
		const talk = Talk.open({}, [4, 0]);
		talk.send(get(1));
		talk.only().answer(200, new Uint8Array(100_000));
		talk.turn();
		expect(flood(talk, 3000, () => windowUpdate(1, 1))).toBeGreaterThan(0);
	});

	test('an honest client that updates both windows for each frame', () => {
		const talk = Talk.open();
		talk.send(get(1));
		const { carrier } = talk.only();
		carrier.respond(200, new Fields(), undefined);
		for (let i = 0; i < 5000; i++) {
			carrier.write(new Uint8Array(100));
			talk.turn().send(windowUpdate(0, 100), windowUpdate(1, 100));
		}
		expect(talk.engine.finished).toBe(false);
	});

	test('answers that are not read', () => {
		let room = 0;
		const talk = Talk.open({ room: () => room, limits: { bufferedControlOutput: 500 } });
		expect(flood(talk, 100, () => ping())).toBeGreaterThan(20);
		expect(talk.rule).toBe('limits.bufferedControlOutput');
		room = 1000;
		const reading = Talk.open({ room: () => room, limits: { bufferedControlOutput: 500 } });
		expect(flood(reading, 100, () => ping())).toBe(-1);
	});

	test('requests beside each other cost nothing in the long run', () => {
		const talk = Talk.open(answering);
		for (let i = 0; i < 5000; i++) talk.send(get(i * 2 + 1));
		expect(talk.exchanges).toHaveLength(5000);
		expect(talk.engine.exchanges).toBe(0);
	});
});
