/** A client of HTTP/2 that sends what it likes, and notes how the server took it. */
import { ErrorCode } from '../../../src/wire/fault.ts';
import { bytes, FrameStream, PREFACE, read32, SETTINGS_ACK, settings, TYPES } from '../../support/http2-frames.ts';
import { Foe, STILL_OPEN } from './attack.ts';

const NAMES: Readonly<Record<number, string>> = Object.fromEntries(
	Object.entries(ErrorCode).map(([name, code]) => [code, name]),
);

/** The name of an error code. */
function named(code: number): string {
	return NAMES[code] ?? `code ${code}`;
}

export class Http2Foe extends Foe {
	/** Why the connection was ended, by GOAWAY. */
	goaway = '';
	/** The error code of the last RST_STREAM. */
	reset = '';
	resets = 0;
	/** Statuses come in HPACK: a response is what ends its stream, with HEADERS or DATA. */
	answers = 0;
	readonly promises: number[] = [];
	readonly #frames = new FrameStream();

	/** Its preface has been sent, with those settings. */
	async opened(...pairs: [id: number, value: number][]): Promise<this> {
		await this.connected();
		await this.send(bytes(PREFACE, settings(...pairs), SETTINGS_ACK));
		return this;
	}

	protected override take(chunk: Buffer): void {
		super.take(chunk);
		for (const { type, flags, payload } of this.#frames.read(chunk)) {
			if (type === TYPES.GOAWAY) this.goaway = named(read32(payload, 4));
			else if (type === TYPES.RST_STREAM) {
				this.resets++;
				this.reset = named(read32(payload));
			} else if (type === TYPES.PUSH_PROMISE) this.promises.push(read32(payload));
			else if ((type === TYPES.HEADERS || type === TYPES.DATA) && (flags & 1) === 1) this.answers++;
		}
	}

	/** Sends frames in batches until the connection ends, at most so many. */
	async flood(count: number, make: (index: number) => Uint8Array, batch = 100): Promise<void> {
		for (let at = 0; at < count && !this.isOver && this.goaway === ''; at += batch) {
			await this.send(bytes(...Array.from({ length: Math.min(batch, count - at) }, (_, index) => make(at + index))));
			// What the server says to it is read.
			await new Promise((resolve) => setImmediate(resolve));
		}
	}

	/** How it ended, in a word or two. */
	async outcome(patience?: number): Promise<string> {
		const ended = await this.ended(patience);
		this.leave();
		if (this.goaway !== '') return `GOAWAY ${this.goaway}`;
		return ended ? 'closed' : STILL_OPEN;
	}
}
