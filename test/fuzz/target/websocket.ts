/** RFC 6455, RFC 7692: frames of any kind, whole, in pieces and octet by octet, with a reader that holds and releases. */
import type { PerMessageDeflate } from '../../../src/engine/websocket/permessage-deflate.ts';
import { BINARY, CLOSE, closing, frame, PING, PONG, RSV1, TEXT } from '../../support/websocket-frames.ts';
import { Talk } from '../../support/websocket-talk.ts';
import { alike, law, octets, pieces, type Target } from '../target.ts';
import { agreedDeflate } from '../websocket-deflate.ts';

export const target: Target = {
	words: [
		frame(TEXT, 'hello'),
		frame(BINARY, 'abc'),
		frame(TEXT, 'a', { fin: false }),
		frame(0, 'b'),
		frame(0, '', { fin: false }),
		frame(PING, 'p'),
		frame(PONG),
		frame(CLOSE, closing(1000, 'bye')),
		frame(CLOSE),
		frame(TEXT, Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 7, 0), { bits: RSV1 }),
		frame(TEXT, 'é€😀'),
		frame(TEXT, 'x', { mask: null }),
		frame(TEXT, 'x', { form: 16 }),
		frame(TEXT, 'x', { form: 64 }),
		frame(TEXT, Uint8Array.of(0xed, 0xa0, 0x80)),
		frame(BINARY, 'abc', { bits: RSV1, fin: false }),
	],
	maxLength: 600,
	run(input) {
		const mode = input[0] ?? 0;
		const wire = input.slice(1);
		const told = [[wire], octets(wire), pieces(wire, mode)].map((parts) => {
			const deflate: PerMessageDeflate | null = (mode & 1) !== 0 ? agreedDeflate() : null;
			const talk = new Talk({ limits: { messageSize: 300, messageFrames: 6 }, deflate });
			for (const part of parts) talk.send(part.slice());
			return talk.events;
		});
		for (const event of told[0] ?? []) {
			law(!event.startsWith('fault') || /^fault 10\d\d (RFC \d+ §|limits\.)/.test(event), `${event} cites no rule`);
			law(event.length < 700, 'a message above the limit');
		}
		alike('octet by octet it is another conversation', told[0], told[1]);
		alike('in pieces it is another conversation', told[0], told[2]);
	},
};
