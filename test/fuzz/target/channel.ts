/** CHANNEL-1: what a worker sends, of any octets, in any split, against a decoder that reads the whole. */

import { latin1Bytes } from '../../../src/wire/latin1.ts';
import { FrameReader, type FrameSink } from '../../../src/wsgi/frame-reader.ts';
import { frameHeader } from '../../../src/wsgi/frames.ts';
import { lend } from '../../support/lent-bytes.ts';
import { alike, octets, pieces, type Target } from '../target.ts';

class Recorded implements FrameSink {
	readonly events: unknown[] = [];
	#content: number[] = [];
	#parts = 0;

	frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
		this.#flush();
		this.events.push([type, flags, stream, ...payload]);
	}
	content(flags: number, stream: number, part: Uint8Array): void {
		this.#parts++;
		this.#content.push(stream, ...part);
		if (flags === 0) return;
		this.#flush();
		this.events.push(['end', flags, stream]);
	}
	broken(message: string): void {
		this.#flush();
		this.events.push(message);
	}
	#flush(): void {
		// Parts are merged; each repeats its stream.
		if (this.#parts > 0) this.events.push(['content', this.#content[0], this.#content.length - this.#parts]);
		this.#content = [];
		this.#parts = 0;
	}
}

export const target: Target = {
	words: [
		latin1Bytes(`${frameHeader(3, 0x11, 0, 1)}200`),
		latin1Bytes(`${frameHeader(2, 0x02, 3, 1)}hi`),
		latin1Bytes(frameHeader(0, 0x02, 1, 1)),
		latin1Bytes(frameHeader(0, 0x13, 3, 1)),
		latin1Bytes(`${frameHeader(4, 0x15, 0, 1)}\x00\x00\x01\x00`),
		latin1Bytes(frameHeader(0xffffffff, 0x11, 0, 1)),
		latin1Bytes(frameHeader(100, 0x02, 1, 7)),
		latin1Bytes(frameHeader(0xffffffff, 0x02, 0, 1)),
	],
	maxLength: 400,
	run(input) {
		const seed = input[0] ?? 0;
		const wire = input.slice(1);
		const told = [[wire], octets(wire), pieces(wire, seed)].map((parts) => {
			const recorded = new Recorded();
			const reader = new FrameReader(recorded);
			for (const part of parts) lend(part, (lent) => reader.feed(lent));
			return recorded.events;
		});
		alike('octet by octet there are other frames', told[0], told[1]);
		alike('in pieces there are other frames', told[0], told[2]);
	},
};
