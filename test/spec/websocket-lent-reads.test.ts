/** WebSockets over a connection that lends its reads, and in whose output they make their frames. */
import { describe, expect, test } from 'vitest';
import { type Message, websocket } from '../../src/integration/websocket.ts';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { ConnectionTalk } from '../support/connection-talk.ts';
import { BINARY, frame, joined, PING, PONG, TEXT } from '../support/websocket-frames.ts';

const HANDSHAKE =
	'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
	'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const latin1 = (octets: Uint8Array): string => latin1Decode(octets, 0, octets.length);
const octets = (count: number): Uint8Array => new Uint8Array(count).map((_, at) => (at * 7 + (at >> 8)) & 0xff);

interface Sent {
	readonly message: Message;
	readonly frames: Uint8Array;
	readonly answer: Uint8Array;
}

function whole(message: Message): Sent {
	return { message, frames: frame(opcodeOf(message), message), answer: answerOf(message) };
}
const opcodeOf = (message: Message): number => (typeof message === 'string' ? TEXT : BINARY);
const answerOf = (message: Message): Uint8Array => frame(opcodeOf(message), message, { mask: null });

/** Messages of every form of length, text that is longer as octets, fragments, a Ping among them. */
const SHORT: readonly Sent[] = [
	...['', 'a', 'x'.repeat(125), 'x'.repeat(126), '€'.repeat(41), '€'.repeat(42), 'ä'.repeat(300)].map(whole),
	...[0, 1, 47, 48, 125, 126, 1000].map((count) => whole(octets(count))),
	{
		message: 'in parts',
		frames: joined(frame(TEXT, 'in ', { fin: false }), frame(PING, 'p'), frame(0, 'parts')),
		answer: joined(frame(PONG, 'p', { mask: null }), answerOf('in parts')),
	},
];
const LONG: readonly Sent[] = [
	...[65_535, 65_536, 200_000].map((count) => whole(octets(count))),
	...['x'.repeat(16_384), 'x'.repeat(100_000), '€'.repeat(30_000)].map(whole),
];

function pieces(of: string, size: number): string[] {
	return Array.from({ length: Math.ceil(of.length / size) }, (_, at) => of.slice(at * size, (at + 1) * size));
}

/** An echo, and what it was given, which must never change. */
function echo(): { readonly talk: ConnectionTalk; readonly kept: Message[]; sent(): string } {
	const kept: Message[] = [];
	const app = websocket({
		message(socket, message) {
			kept.push(message);
			socket.send(message);
		},
	});
	const talk = new ConnectionTalk(app);
	return {
		talk,
		kept,
		sent: () => talk.transport.written.slice(talk.transport.written.indexOf('\r\n\r\n') + 4),
	};
}

/** What is fed, in which reads. */
const SPLITS: readonly (readonly [name: string, split: (frames: string[]) => string[]])[] = [
	['all in one read, behind the handshake', (frames) => [HANDSHAKE + frames.join('')]],
	['a frame a read', (frames) => [HANDSHAKE, ...frames]],
	[
		'each with an octet of the next behind it',
		(frames) => [(HANDSHAKE + frames.join('')).slice(0, HANDSHAKE.length + 1), ...overlapping(frames)],
	],
	['reads of 128 KiB', (frames) => pieces(HANDSHAKE + frames.join(''), 131_072)],
	['reads of 1,021 octets', (frames) => pieces(HANDSHAKE + frames.join(''), 1021)],
];

function overlapping(frames: readonly string[]): string[] {
	return frames.map((one, at) => one.slice(1) + (frames[at + 1] ?? '').slice(0, 1));
}

const BYTEWISE: (typeof SPLITS)[number] = ['octet by octet', (frames) => [...HANDSHAKE, ...frames.join('')]];

describe.each([
	['short messages', SHORT, [...SPLITS, BYTEWISE]],
	['long messages', LONG, SPLITS],
] as const)('WS-14, WS-16: %s of lent reads', (_, messages, splits) => {
	test.each(splits)('%s: echoed in order, and the application keeps what it was given', async (_name, split) => {
		const { talk, kept, sent } = echo();
		for (const read of split(messages.map(({ frames }) => latin1(frames)))) talk.feed(read);
		const expected = latin1(joined(...messages.map(({ answer }) => answer)));
		await expect.poll(() => sent().length).toBe(expected.length);
		expect(sent() === expected).toBe(true);
		const wanted = joined(...messages.map(({ message }) => answerOf(message)));
		expect(latin1(joined(...kept.map(answerOf))) === latin1(wanted)).toBe(true);
		expect(talk.errors).toEqual([]);
	});
});

test('WS-16: the answers to all messages of one read leave in one write', () => {
	const { talk } = echo();
	talk.feed(HANDSHAKE);
	const writes: number[] = [];
	const write = talk.transport.write.bind(talk.transport);
	talk.transport.write = (bytes) => {
		writes.push(bytes.length);
		return write(bytes);
	};
	talk.feed(latin1(joined(...Array.from({ length: 16 }, () => frame(TEXT, 'x'.repeat(32))))));
	expect(writes).toEqual([16 * 34]);
});

test('WS-16, WS-22: frames made in the output, and those that wait behind a client that does not read, keep their order', async () => {
	const { talk, kept, sent } = echo();
	talk.feed(HANDSHAKE);
	const all: Uint8Array[] = [];
	talk.transport.stuck = true;
	// More than a transport may hold, so that at some point nothing is made in the output any more, and then nothing read.
	for (let at = 0; at < 40; at++) {
		const message = utf8(`${at} ${'x'.repeat(10_000)}`);
		all.push(frame(TEXT, message, { mask: null }));
		talk.feed(latin1(frame(TEXT, message)));
	}
	expect(kept.length).toBeLessThan(40);
	while (kept.length < 40) {
		talk.transport.unstick();
		talk.connection.drained();
		await new Promise((resolve) => setImmediate(resolve));
	}
	talk.connection.drained();
	expect(sent() === latin1(joined(...all))).toBe(true);
	expect(talk.errors).toEqual([]);
});
