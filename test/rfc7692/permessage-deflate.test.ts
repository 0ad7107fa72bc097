/** RFC 7692: what is agreed on, compressed messages, and their bounds. */
import { constants, createInflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { History } from '../../src/engine/websocket/history.ts';
import {
	agree,
	type DeflateAgreement,
	type DeflatePolicy,
	PerMessageDeflate,
} from '../../src/engine/websocket/permessage-deflate.ts';
import { levelFor, zlibDeflate } from '../../src/integration/zlib-deflate.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { BINARY, frame, hex, joined, PING, RSV1, TEXT } from '../support/websocket-frames.ts';
import { SPLITS, Talk } from '../support/websocket-talk.ts';

const CODEC = zlibDeflate(6);
const ALL: DeflatePolicy = { contextTakeover: true, clientContextTakeover: true, windowBits: 15, clientWindowBits: 15 };
const NONE: DeflatePolicy = { ...ALL, contextTakeover: false, clientContextTakeover: false };

function agreement(offer: string, policy: DeflatePolicy = ALL): DeflateAgreement {
	const agreed = agree(offer, policy);
	if (agreed === null) throw new Error(`${offer} was declined`);
	return agreed;
}

function deflate(offer = 'permessage-deflate', policy: DeflatePolicy = ALL): PerMessageDeflate {
	return new PerMessageDeflate(agreement(offer, policy), CODEC);
}

/** As a client compresses: whole messages, without the tail. */
function compressed(message: Uint8Array | string, dictionary?: Uint8Array, windowBits = 15): Uint8Array {
	const options = {
		finishFlush: constants.Z_SYNC_FLUSH,
		windowBits,
		...(dictionary === undefined ? {} : { dictionary }),
	};
	return Uint8Array.from(deflateRawSync(message, options).subarray(0, -4));
}

describe('§7.1: what is agreed on', () => {
	test.each([
		['permessage-deflate', ALL, 'permessage-deflate'],
		['x-other, permessage-deflate', ALL, 'permessage-deflate'],
		['PerMessage-Deflate', ALL, 'permessage-deflate'],
		['permessage-deflate', NONE, 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
		['permessage-deflate; server_no_context_takeover', ALL, 'permessage-deflate; server_no_context_takeover'],
		['permessage-deflate; client_no_context_takeover', ALL, 'permessage-deflate; client_no_context_takeover'],
		['permessage-deflate; server_max_window_bits=10', ALL, 'permessage-deflate; server_max_window_bits=10'],
		['permessage-deflate; server_max_window_bits="10"', ALL, 'permessage-deflate; server_max_window_bits=10'],
		[
			'permessage-deflate; server_max_window_bits=14',
			{ ...ALL, windowBits: 12 },
			'permessage-deflate; server_max_window_bits=12',
		],
		['permessage-deflate; server_max_window_bits=8', ALL, 'permessage-deflate; server_max_window_bits=8'],
		['permessage-deflate; client_max_window_bits', ALL, 'permessage-deflate'],
		[
			'permessage-deflate; client_max_window_bits',
			{ ...ALL, clientWindowBits: 9 },
			'permessage-deflate; client_max_window_bits=9',
		],
		['permessage-deflate; client_max_window_bits=12', ALL, 'permessage-deflate; client_max_window_bits=12'],
		[
			'permessage-deflate; client_max_window_bits=12',
			{ ...ALL, clientWindowBits: 14 },
			'permessage-deflate; client_max_window_bits=12',
		],
		// §7.1.2.2: a client that does not say it is not told it.
		['permessage-deflate', { ...ALL, clientWindowBits: 9 }, 'permessage-deflate'],
		// §5.1: the first that can be accepted.
		[
			'permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=11',
			ALL,
			'permessage-deflate; server_max_window_bits=11',
		],
	])('%s is accepted', (offer, policy, response) => {
		expect(agree(offer, policy)?.response).toBe(response);
	});

	test.each([
		'x-webkit-deflate-frame',
		'permessage-deflate; unknown',
		'permessage-deflate; server_no_context_takeover=1',
		'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
		'permessage-deflate; server_max_window_bits',
		'permessage-deflate; server_max_window_bits=7',
		'permessage-deflate; server_max_window_bits=16',
		'permessage-deflate; server_max_window_bits=08',
		'permessage-deflate; client_max_window_bits=0',
		'permessage-deflate; client_max_window_bits=1e1',
		'permessage-deflate;',
		`permessage-deflate${', x'.repeat(5000)}`,
	])('§7.1: %s is declined', (offer) => {
		expect(agree(offer, ALL)).toBe(null);
	});

	test('§7.1: nothing offered, nothing agreed on', () => {
		expect(agree(null, ALL)).toBe(null);
	});
});

describe.each(SPLITS)('compressed messages, %s', (_name, send) => {
	test.each([
		['§7.2.3.1: one block', 'f2 48 cd c9 c9 07 00'],
		['§7.2.3.3: a block without compression', '00 05 00 fa ff 48 65 6c 6c 6f 00'],
		['§7.2.3.4: a final block', 'f3 48 cd c9 c9 07 00 00'],
		['§7.2.3.5: two blocks', 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00'],
	])('RFC 7692 %s', (_what, octets) => {
		expect(send(frame(TEXT, hex(octets), { bits: RSV1 }), { deflate: deflate() })).toEqual(['text Hello']);
	});

	test('§7.2.3.4: final blocks, one behind the other; but no message of nothing else, where each is a new beginning', () => {
		// 4b 04 00 is a final block of one letter; the last octet begins a block that is not final.
		const letters = (count: number): Uint8Array => frame(TEXT, hex(`${'4b 04 00 '.repeat(count)}00`), { bits: RSV1 });
		expect(send(letters(64), { deflate: deflate() })).toEqual([`text ${'a'.repeat(64)}`]);
		expect(send(letters(65), { deflate: deflate() })).toEqual(['fault 1009 RFC 7692 §7.2.3.4']);
		const nothing = frame(TEXT, hex(`${'03 00 '.repeat(400_000)}00`), { bits: RSV1 });
		expect(send(nothing, { deflate: deflate() })).toEqual(['fault 1009 RFC 7692 §7.2.3.4']);
	});

	test('§6.1, §7.2.3.1: in fragments, of which the first alone is marked; with control frames between', () => {
		const parts = [
			frame(TEXT, hex('f2 48 cd'), { fin: false, bits: RSV1 }),
			frame(PING, 'x'),
			frame(0, hex('c9 c9 07 00')),
			frame(TEXT, 'plain'),
			frame(BINARY, hex('f2 48 cd c9 c9 07 00'), { bits: RSV1 }),
		];
		expect(send(joined(...parts), { deflate: deflate() })).toEqual([
			'ping x',
			'text Hello',
			'text plain',
			'binary 72,101,108,108,111',
		]);
	});

	test('§7.2.3.2: a message refers to the one before, unless that is ruled out', () => {
		const bytes = joined(
			frame(TEXT, hex('f2 48 cd c9 c9 07 00'), { bits: RSV1 }),
			frame(TEXT, hex('f2 00 11 00 00'), { bits: RSV1 }),
		);
		expect(send(bytes, { deflate: deflate() })).toEqual(['text Hello', 'text Hello']);
		expect(send(bytes, { deflate: deflate('permessage-deflate', NONE) })).toEqual([
			'text Hello',
			'fault 1007 RFC 7692 §7.2.2',
		]);
	});

	test.each([
		['§7.2.2: octets that do not inflate', frame(TEXT, hex('ff ff ff'), { bits: RSV1 }), 'fault 1007 RFC 7692 §7.2.2'],
		[
			'§6.1: a marked continuation',
			joined(frame(TEXT, 'x', { fin: false }), frame(0, 'x', { bits: RSV1 })),
			'fault 1002 RFC 7692 §6.1',
		],
		['§6.1: a marked ping', frame(PING, '', { bits: RSV1 }), 'fault 1002 RFC 7692 §6.1'],
		[
			'RFC 6455 §8.1: text that inflates to no UTF-8',
			frame(TEXT, compressed(hex('ff')), { bits: RSV1 }),
			'fault 1007 RFC 6455 §8.1',
		],
	])('%s', (_what, bytes, event) => {
		expect(send(bytes, { deflate: deflate() })).toEqual([event]);
	});
});

describe('bounds', () => {
	test('limits.messageSize is of the decompressed message: exactly that is taken, an octet more is not', () => {
		for (const [length, event] of [
			[10_000, 'binary 10000'],
			[10_001, 'fault 1009 limits.messageSize'],
		] as const) {
			const talk = new Talk({ deflate: deflate(), limits: { messageSize: 10_000 } });
			talk.send(frame(BINARY, compressed(new Uint8Array(length)), { bits: RSV1 }));
			expect(talk.events).toEqual([event]);
		}
	});

	test('a bomb costs no more than the limit', () => {
		const bomb = compressed(new Uint8Array(64 * 1024 * 1024));
		expect(bomb.length).toBeLessThan(100_000);
		const talk = new Talk({ deflate: deflate(), limits: { messageSize: 1024 * 1024 } });
		const before = process.memoryUsage().arrayBuffers;
		talk.send(frame(BINARY, bomb, { bits: RSV1 }));
		expect(talk.events).toEqual(['fault 1009 limits.messageSize']);
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
	});

	test('a compressed message may be a little longer than the limit, and no more', () => {
		const random = crypto.getRandomValues(new Uint8Array(10_000));
		const good = new Talk({ deflate: deflate(), limits: { messageSize: 10_000 } });
		good.send(frame(BINARY, compressed(random), { bits: RSV1 }));
		expect(good.events).toEqual(['binary 10000']);
		const bad = new Talk({ deflate: deflate(), limits: { messageSize: 10_000 } });
		bad.send(frame(BINARY, '', { length: 11_000, bits: RSV1 }));
		expect(bad.events).toEqual(['fault 1009 limits.messageSize']);
	});
});

describe('messages of ours', () => {
	test.each([8, 9, 10, 11, 12, 13, 14, 15])('§7.1.2.1: a window of %i bits is kept to, with takeover', (bits) => {
		const ours = deflate(`permessage-deflate; server_max_window_bits=${bits}`);
		const inflater = new History(bits);
		const words = Array.from({ length: 40 }, (_, at) => `word${((at + 7) * 48_271) % 65_537}`);
		for (let round = 0; round < 30; round++) {
			const message = utf8(
				Array.from({ length: 60 }, (_, at) => words[(round * 7 + at * at) % words.length]).join(' '),
			);
			const payload = ours.compress(message);
			if (payload === null) continue;
			const options = {
				finishFlush: constants.Z_SYNC_FLUSH,
				windowBits: Math.max(9, bits),
				...(inflater.dictionary === null ? {} : { dictionary: inflater.dictionary.slice() }),
			};
			expect(Uint8Array.from(inflateRawSync(joined(payload, hex('00 00 ff ff')), options))).toEqual(message);
			inflater.add(message);
		}
	});

	test('the longer a message, the lower its level: none holds everybody for long', () => {
		const levels = (octets: number): number[] => [1, 3, 6, 9].map((wanted) => levelFor(wanted, octets));
		expect(levels(1024)).toEqual([1, 3, 6, 9]);
		expect(levels(64 * 1024)).toEqual([1, 3, 6, 6]);
		expect(levels(1024 * 1024)).toEqual([1, 2, 2, 2]);
		expect(levels(1024 * 1024 * 1024)).toEqual([1, 1, 1, 1]);
		// Two letters at random: what level 9 would look through for ever.
		const letters = crypto.getRandomValues(new Uint8Array(65_536)).map((octet) => 97 + (octet & 1));
		const message = new Uint8Array(16 * letters.length).map(
			(_, at) => letters[(at * 7 + (at >> 16)) & 0xffff] as number,
		);
		expect(zlibDeflate(9).deflate(message, 15, null)).toEqual(zlibDeflate(2).deflate(message, 15, null));
	});

	test('§7.2.1: what would not be shorter is not compressed, and leaves no trace', () => {
		const ours = deflate();
		expect(ours.compress(utf8('abc'))).toBe(null);
		expect(ours.compress(crypto.getRandomValues(new Uint8Array(500)))).toBe(null);
		const first = ours.compress(utf8('x'.repeat(100))) as Uint8Array;
		expect(String(inflateRawSync(joined(first, hex('00 00 ff ff')), { finishFlush: constants.Z_SYNC_FLUSH }))).toBe(
			'x'.repeat(100),
		);
	});

	test('§7.1.1.1: one inflater that is kept reads all messages with takeover; without it, a fresh one reads each', async () => {
		const messages = Array.from({ length: 50 }, (_, at) =>
			utf8(`{"kind":"position","id":${at},"x":${at * 3},"y":${at * 7}}`),
		);
		const ours = deflate();
		const inflater = createInflateRaw();
		const all: Buffer[] = [];
		inflater.on('data', (part: Buffer) => all.push(part));
		let size = 0;
		for (const message of messages) {
			const payload = ours.compress(message) as Uint8Array;
			size += payload.length;
			await new Promise<void>((resolve) => inflater.write(joined(payload, hex('00 00 ff ff')), () => resolve()));
		}
		await new Promise<void>((resolve) => inflater.flush(() => resolve()));
		expect(Buffer.concat(all)).toEqual(Buffer.concat(messages));
		const apart = deflate('permessage-deflate', NONE);
		let sizeApart = 0;
		for (const message of messages) sizeApart += (apart.compress(message) ?? message).length;
		expect(size * 2).toBeLessThan(sizeApart);
	});
});

test('any messages, compressed with one context by a client, come out as they went in', () => {
	const message = fc.oneof(fc.string({ maxLength: 3000 }), fc.constantFrom('a'.repeat(40_000), 'abc'.repeat(3000), ''));
	fc.assert(
		fc.property(fc.array(message, { maxLength: 8 }), fc.integer({ min: 9, max: 15 }), (messages, bits) => {
			const theirs = new History(bits);
			const talk = new Talk({ deflate: deflate(`permessage-deflate; client_max_window_bits=${bits}`) });
			for (const text of messages) {
				const bytes = utf8(text);
				talk.send(frame(TEXT, compressed(bytes, theirs.dictionary?.slice(), bits), { bits: RSV1 }));
				theirs.add(bytes);
			}
			expect(talk.events).toEqual(messages.map((text) => `text ${text}`));
		}),
		{ numRuns: 100 },
	);
});

test('a history is the last octets, whatever comes in which sizes', () => {
	fc.assert(
		fc.property(fc.array(fc.nat(700), { maxLength: 30 }), (sizes) => {
			const history = new History(8);
			let all: number[] = [];
			for (const size of sizes) {
				const added = Array.from({ length: size }, (_, at) => (at * 13 + size) & 0xff);
				all = [...all, ...added].slice(-256);
				history.add(Uint8Array.from(added));
				expect([...(history.dictionary ?? [])]).toEqual(all);
			}
		}),
	);
});
