/** RFC 6455 §8.1: text is UTF-8, and what is not is told as soon as it shows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textOf } from '../../src/engine/websocket/text.ts';
import { Utf8Check } from '../../src/engine/websocket/utf8-check.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { frame, hex, joined, TEXT } from '../support/websocket-frames.ts';
import { SPLITS, Talk } from '../support/websocket-talk.ts';

const CONTINUATION = 0;

const GOOD: readonly string[] = [
	'',
	'κόσμε',
	'a\u0000b',
	'\ufeffbom',
	'\ud7ff\ue000\ufffd',
	'\u{10000}\u{10ffff}',
	'ÿĀ߿ࠀ',
];
/** With the number of octets after which it shows. */
const BAD: readonly (readonly [what: string, octets: string, shows: number])[] = [
	['a lone continuation', '80', 1],
	['an overlong slash', 'c0 af', 1],
	['an overlong form of 3', 'e0 80 af', 2],
	['an overlong form of 4', 'f0 80 80 af', 2],
	['a surrogate', 'ed a0 80', 2],
	['beyond U+10FFFF', 'f4 90 80 80', 2],
	['a form of 5', 'f8 88 80 80 80', 1],
	['an octet that is never used', 'ff', 1],
	['a character cut off by another', 'ce 61', 2],
	['a character of 4 cut off by another', 'f0 9f 98 e2', 4],
];

describe.each(SPLITS)('text, %s', (_name, send) => {
	test.each(GOOD)('RFC 6455 §8.1: %j, in one frame and cut anywhere', (text) => {
		const bytes = utf8(text);
		expect(send(frame(TEXT, bytes))).toEqual([`text ${text}`]);
		for (let cut = 0; cut <= bytes.length; cut++) {
			const parts = [frame(TEXT, bytes.subarray(0, cut), { fin: false }), frame(CONTINUATION, bytes.subarray(cut))];
			expect(send(joined(...parts))).toEqual([`text ${text}`]);
		}
	});

	test.each(BAD)('RFC 6455 §8.1: %s is 1007', (_what, octets) => {
		for (const around of ['', 'κόσμε', 'x'.repeat(200)]) {
			const bytes = joined(utf8(around), hex(octets), utf8(around));
			expect(send(frame(TEXT, bytes))).toEqual(['fault 1007 RFC 6455 §8.1']);
		}
	});

	test('RFC 6455 §8.1: a text that ends within a character is 1007', () => {
		expect(send(frame(TEXT, hex('ce ba ce')))).toEqual(['fault 1007 RFC 6455 §8.1']);
		expect(send(joined(frame(TEXT, hex('f0 9f'), { fin: false }), frame(CONTINUATION, hex('98'))))).toEqual([
			'fault 1007 RFC 6455 §8.1',
		]);
	});
});

describe('fail fast', () => {
	test.each(BAD)('%s, by the octet that shows it', (_what, octets, shows) => {
		const bytes = hex(octets);
		const whole = frame(TEXT, joined(utf8('κόσμε'), bytes, utf8('more')), { fin: false });
		const talk = new Talk();
		const before = whole.length - 4 - bytes.length;
		talk.send(whole.slice(0, before + shows - 1));
		expect(talk.events).toEqual([]);
		talk.send(whole.slice(before + shows - 1, before + shows));
		expect(talk.events).toEqual(['fault 1007 RFC 6455 §8.1']);
	});

	test('in an earlier fragment than the last', () => {
		const talk = new Talk();
		talk.send(frame(TEXT, hex('ce ba e1'), { fin: false }));
		expect(talk.events).toEqual([]);
		talk.send(frame(CONTINUATION, hex('bd b9 f4'), { fin: false }));
		expect(talk.events).toEqual([]);
		talk.send(frame(CONTINUATION, hex('90'), { fin: false }));
		expect(talk.events).toEqual(['fault 1007 RFC 6455 §8.1']);
	});
});

test('the check by octets and the decoder of the platform say the same of any octets, in any split', () => {
	const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
	const near = fc.constantFrom(
		0x7f,
		0x80,
		0x8f,
		0x90,
		0x9f,
		0xa0,
		0xbf,
		0xc0,
		0xc2,
		0xdf,
		0xe0,
		0xed,
		0xef,
		0xf0,
		0xf4,
	);
	const octets = fc.array(fc.oneof(near, fc.integer({ min: 0, max: 255 })), { maxLength: 12 });
	fc.assert(
		fc.property(octets, fc.nat(12), (array, cut) => {
			const bytes = Uint8Array.from(array);
			let text: string | null;
			try {
				text = strict.decode(bytes);
			} catch {
				text = null;
			}
			expect(textOf(bytes, 0, bytes.length)).toBe(text);
			const at = Math.min(cut, bytes.length);
			const check = new Utf8Check();
			const good = check.feed(bytes, 0, at) && check.feed(bytes, at, bytes.length);
			if (text !== null) expect(good).toBe(true);
			// What could go on to be UTF-8 must be so with something behind it.
			else if (good) {
				const ends = ['80', '80 80', '80 80 80', '90', '90 80', '90 80 80', 'a0', 'a0 80'];
				expect(ends.some((end) => textOf(joined(bytes, hex(end)), 0, bytes.length + hex(end).length) !== null)).toBe(
					true,
				);
			}
		}),
		{ numRuns: 3000 },
	);
});
