/** RFC 6455 §5: frames, masks, fragments, control frames. */
import { describe, expect, test } from 'vitest';
import { BINARY, CLOSE, closing, frame, hex, joined, PING, PONG, RSV1, TEXT } from '../support/websocket-frames.ts';
import { SPLITS, Talk } from '../support/websocket-talk.ts';

const CONTINUATION = 0;
const octets = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 31) & 0xff);

describe.each(SPLITS)('frames, %s', (_name, send) => {
	test('RFC 6455 §5.7: the examples', () => {
		expect(send(hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'))).toEqual(['text Hello']);
		expect(send(hex('8a 85 37 fa 21 3d 7f 9f 4d 51 58'))).toEqual(['pong Hello']);
		expect(send(joined(frame(TEXT, 'Hel', { fin: false }), frame(CONTINUATION, 'lo')))).toEqual(['text Hello']);
	});

	test.each([0, 1, 2, 125, 126, 127, 128, 65_535, 65_536, 100_000])('§5.2: a payload of %i octets', (length) => {
		expect(send(frame(BINARY, octets(length)))).toEqual([`binary ${length > 32 ? length : octets(length).join()}`]);
		expect(send(frame(TEXT, 'a'.repeat(length)))).toEqual([`text ${'a'.repeat(length)}`]);
	});

	test('§5.3: any mask is taken off, at any place, for any length', () => {
		for (const mask of [
			[0, 0, 0, 0],
			[1, 2, 3, 4],
			[255, 0, 128, 7],
		]) {
			for (let length = 0; length < 140; length++) {
				const talk = new Talk();
				talk.send(frame(TEXT, 'x'.repeat(length & 7)), frame(BINARY, octets(length), { mask }));
				expect(talk.messages[0]).toEqual(octets(length));
			}
		}
	});

	test('§5.4: a message in fragments, empty ones too', () => {
		expect(
			send(
				joined(
					frame(BINARY, '', { fin: false }),
					frame(CONTINUATION, Uint8Array.of(1), { fin: false }),
					frame(CONTINUATION, '', { fin: false }),
					frame(CONTINUATION, Uint8Array.of(2, 3), { fin: false }),
					frame(CONTINUATION),
					frame(TEXT, '', { fin: false }),
					frame(CONTINUATION),
					frame(TEXT, 'after'),
				),
			),
		).toEqual(['binary 1,2,3', 'text ', 'text after']);
	});

	test('§5.4: control frames come within a fragmented message, and before it', () => {
		expect(
			send(
				joined(
					frame(TEXT, 'one ', { fin: false }),
					frame(PING, 'a'),
					frame(CONTINUATION, 'two ', { fin: false }),
					frame(PONG, ''),
					frame(PING, 'b'.repeat(125)),
					frame(CONTINUATION, 'three'),
				),
			),
		).toEqual(['ping a', 'pong ', `ping ${'b'.repeat(125)}`, 'text one two three']);
	});

	test.each<readonly [section: string, what: string, bytes: Uint8Array]>([
		['§5.1', 'a frame without a mask', frame(TEXT, 'x', { mask: null })],
		['§5.2', 'RSV1 without an extension', frame(TEXT, 'x', { bits: RSV1 })],
		['§5.2', 'RSV2', frame(TEXT, 'x', { bits: 0x20 })],
		['§5.2', 'RSV3 of a ping', frame(PING, 'x', { bits: 0x10 })],
		...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): readonly [string, string, Uint8Array] => [
			'§5.2',
			`the reserved opcode ${opcode}`,
			frame(opcode, 'x'),
		]),
		['§5.2', 'a length of 16 bits that fits 7', frame(TEXT, 'x', { form: 16 })],
		['§5.2', 'a length of 64 bits that fits 16', frame(TEXT, 'x'.repeat(200), { form: 64 })],
		['§5.2', 'a length with its most significant bit', joined(hex('81 ff 80 00 00 00 00 00 00 00 00 00 00 00'))],
		['§5.4', 'a continuation of nothing', frame(CONTINUATION, 'x')],
		['§5.4', 'a continuation of a message that has ended', joined(frame(TEXT, ''), frame(CONTINUATION, 'x'))],
		['§5.4', 'a message within a message', joined(frame(TEXT, 'x', { fin: false }), frame(BINARY, 'y'))],
		['§5.5', 'a fragmented ping', frame(PING, 'x', { fin: false })],
		['§5.5', 'a ping of 126 octets', frame(PING, 'x'.repeat(126))],
		['§5.5', 'a Close frame of 126 octets', frame(CLOSE, closing(1000, 'x'.repeat(124)))],
		['§5.5.1', 'a Close frame of one octet', frame(CLOSE, Uint8Array.of(3))],
	])('RFC 6455 %s: %s ends it with 1002', (section, _what, bytes) => {
		expect(send(joined(frame(TEXT, 'before'), bytes)).at(-1)).toBe(`fault 1002 RFC 6455 ${section}`);
	});

	test('§5.5.1: what comes behind a Close frame is not read', () => {
		expect(send(joined(frame(CLOSE, closing(1001, 'bye ☺')), frame(TEXT, 'x'), frame(15)))).toEqual([
			'close 1001 bye ☺',
		]);
		expect(send(frame(CLOSE))).toEqual(['close 1005']);
	});

	test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
		'§7.4: the code %i is taken',
		(code) => expect(send(frame(CLOSE, closing(code)))).toEqual([`close ${code}`]),
	);

	test.each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
		'§7.4: the code %i is not taken',
		(code) => expect(send(frame(CLOSE, closing(code)))).toEqual(['fault 1002 RFC 6455 §7.4']),
	);

	test('§8.1: the reason of a Close frame is UTF-8', () => {
		const bytes = joined(closing(1000, 'ab'), Uint8Array.of(0xce));
		expect(send(frame(CLOSE, bytes))).toEqual(['fault 1007 RFC 6455 §8.1']);
	});
});

describe('as soon as it can be told', () => {
	test.each([
		['§5.1: no mask', [0x81, 0x05]],
		['§5.2: a reserved opcode', [0x83, 0x85]],
		['§5.5: a long ping', [0x89, 0xfe]],
		['§5.4: a continuation of nothing', [0x80, 0x85]],
	])('RFC 6455 %s: by two octets', (_what, head) => {
		expect(new Talk().send(Uint8Array.from(head)).events[0]).toMatch(/^fault 1002/);
		const dripped = new Talk();
		for (const octet of head) dripped.send(Uint8Array.of(octet));
		expect(dripped.events[0]).toMatch(/^fault 1002/);
	});

	test('§7.4.1: a message that is too long is refused by its head, not by its octets', () => {
		const talk = new Talk({ limits: { messageSize: 1000 } });
		talk.send(frame(BINARY, '', { length: 1001, form: 16 }));
		expect(talk.events).toEqual(['fault 1009 limits.messageSize']);
	});

	test('limits: the sum of fragments, and their number', () => {
		const long = new Talk({ limits: { messageSize: 1000 } });
		long.send(frame(TEXT, 'x'.repeat(600), { fin: false }), frame(CONTINUATION, 'x'.repeat(400), { fin: false }));
		expect(long.events).toEqual([]);
		long.send(frame(CONTINUATION, 'x', { fin: false }));
		expect(long.events).toEqual(['fault 1009 limits.messageSize']);

		const many = new Talk({ limits: { messageFrames: 3 } });
		const part = frame(CONTINUATION, '', { fin: false });
		many.send(frame(TEXT, '', { fin: false }), part, part);
		many.send(frame(PING, 'still'), part);
		expect(many.events).toEqual(['ping still', 'fault 1009 limits.messageFrames']);
		const anew = new Talk({ limits: { messageFrames: 2 } });
		for (let count = 0; count < 5; count++) anew.send(frame(TEXT, 'a', { fin: false }), frame(CONTINUATION, 'b'));
		expect(anew.events).toEqual(Array(5).fill('text ab'));
	});

	test('memory grows with what comes, not with what is said to come', () => {
		const before = process.memoryUsage().arrayBuffers;
		const talks = Array.from({ length: 200 }, () => new Talk({ limits: { messageSize: 2 ** 30 } }));
		for (const talk of talks) talk.send(frame(BINARY, '', { length: 2 ** 30 }), Uint8Array.of(1));
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
		expect(talks[0]?.events).toEqual([]);
	});
});

describe('held', () => {
	test('nothing is told until it is released, and nothing is lost', () => {
		const talk = new Talk();
		talk.onMessage = () => talk.receiver.hold();
		talk.send(frame(TEXT, 'one'), frame(TEXT, 'two'), frame(PING, 'x'), frame(TEXT, 'three'));
		expect(talk.events).toEqual(['text one']);
		talk.send(frame(TEXT, 'four'));
		expect(talk.events).toEqual(['text one']);
		talk.receiver.release();
		expect(talk.events).toEqual(['text one', 'text two']);
		talk.onMessage = null;
		talk.receiver.release();
		expect(talk.events).toEqual(['text one', 'text two', 'ping x', 'text three', 'text four']);
	});

	test('in the midst of frames', () => {
		const talk = new Talk();
		const all = joined(frame(TEXT, 'one'), frame(BINARY, octets(300)), frame(TEXT, 'three'));
		talk.onMessage = () => talk.receiver.hold();
		for (let at = 0; at < all.length; at += 7) {
			talk.send(all.subarray(at, at + 7));
			talk.receiver.release();
		}
		expect(talk.events).toEqual(['text one', 'binary 300', 'text three']);
	});
});

test('a small message does not keep the memory of a large read', () => {
	const talk = new Talk();
	talk.send(frame(BINARY, octets(10)), frame(BINARY, octets(60_000)));
	expect(talk.messages[0]?.buffer.byteLength).toBe(10);
	expect(talk.messages[1]).toEqual(octets(60_000));
});
