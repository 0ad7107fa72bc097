/** RFC 6455 §5.2, §5.5.1: the frames of a server; and what a client sends comes out of them again. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameMemory } from '../../src/engine/websocket/frame-memory.ts';
import { writeClose, writeFrame, writeText } from '../../src/engine/websocket/frame-writer.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { BINARY, CLOSE, frame, PING, ServerFrames, shown, TEXT } from '../support/websocket-frames.ts';
import { Talk } from '../support/websocket-talk.ts';

function written(write: (memory: FrameMemory) => void): string[] {
	const memory = new FrameMemory();
	write(memory);
	const frames = new ServerFrames();
	const lines = frames.take(memory.bytes.subarray(0, memory.at)).map(shown);
	expect(frames.left).toBe(0);
	return lines;
}

describe('RFC 6455 §5.2: frames of a server', () => {
	test.each([0, 1, 63, 64, 65, 125, 126, 127, 65_535, 65_536, 70_000])('text of %i characters', (length) => {
		for (const character of ['a', 'é', '€', '😀']) {
			const text = character.repeat(length);
			expect(written((memory) => writeText(memory, text))).toEqual([`text ${text}`]);
		}
	});

	test.each([0, 125, 126, 65_535, 65_536, 100_000])('%i octets', (length) => {
		expect(written((memory) => writeFrame(memory, 0x80 | BINARY, new Uint8Array(length)))).toEqual([
			`binary ${length}`,
		]);
	});

	test('lie behind one another, on one memory while there is room', () => {
		const memory = new FrameMemory();
		writeText(memory, 'é'.repeat(70));
		const { bytes } = memory;
		writeFrame(memory, 0x80 | PING, utf8('x'));
		writeText(memory, 'last');
		expect(memory.bytes).toBe(bytes);
		const frames = new ServerFrames().take(bytes.subarray(0, memory.at)).map(shown);
		expect(frames).toEqual([`text ${'é'.repeat(70)}`, 'ping x', 'text last']);
	});

	test('a lone surrogate is sent as U+FFFD', () => {
		expect(written((memory) => writeText(memory, 'a\ud800b'))).toEqual(['text a\ufffdb']);
	});

	test('RFC 6455 §5.5.1: Close frames, with and without a code', () => {
		expect(written((memory) => writeClose(memory, null, utf8('')))).toEqual(['close']);
		expect(written((memory) => writeClose(memory, 1000, utf8('')))).toEqual(['close 1000']);
		expect(written((memory) => writeClose(memory, 4999, utf8('bye ☺')))).toEqual(['close 4999 bye ☺']);
	});
});

test('§5: any messages in any fragments, masks and splits come out as they went in', () => {
	const message = fc.record({
		text: fc.boolean(),
		content: fc.string({ unit: 'binary', maxLength: 200 }),
		cuts: fc.array(fc.nat(600), { maxLength: 4 }),
		mask: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }),
		ping: fc.boolean(),
	});
	fc.assert(
		fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 90 })), (messages, splits) => {
			const sent: Uint8Array[] = [];
			const expected: string[] = [];
			for (const { text, content, cuts, mask, ping } of messages) {
				const bytes = utf8(content);
				const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
				for (let at = 1; at < places.length; at++) {
					const fin = at === places.length - 1;
					const opcode = at > 1 ? 0 : text ? TEXT : BINARY;
					sent.push(frame(opcode, bytes.subarray(places[at - 1], places[at]), { fin, mask }));
					if (ping && !fin) {
						sent.push(frame(PING, 'p', { mask }));
						expected.push('ping p');
					}
				}
				expected.push(
					text
						? `text ${new TextDecoder().decode(bytes)}`
						: `binary ${bytes.length > 32 ? bytes.length : bytes.join()}`,
				);
			}
			sent.push(frame(CLOSE));
			expected.push('close 1005');
			const talk = new Talk();
			const all = Uint8Array.from(sent.flatMap((part) => [...part]));
			let at = 0;
			for (let turn = 0; at < all.length; turn++) {
				const next = at + (splits[turn % Math.max(1, splits.length)] ?? all.length);
				talk.send(all.slice(at, next));
				at = next;
			}
			expect(talk.events).toEqual(expected);
		}),
		{ numRuns: 500 },
	);
});

test('§5: any octets at all neither throw nor go on behind a fault', () => {
	const bit = fc.constantFrom(0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0xfe, 0xff, 0x85, 0x00);
	const octets = fc.array(fc.oneof(bit, fc.integer({ min: 0, max: 255 })), { maxLength: 200 });
	fc.assert(
		fc.property(octets, fc.integer({ min: 1, max: 50 }), (array, size) => {
			const bytes = Uint8Array.from(array);
			const whole = new Talk({ limits: { messageSize: 500 } }).send(bytes.slice());
			const split = new Talk({ limits: { messageSize: 500 } });
			for (let at = 0; at < bytes.length; at += size) split.send(bytes.slice(at, at + size));
			expect(split.events).toEqual(whole.events);
		}),
		{ numRuns: 2000 },
	);
});
