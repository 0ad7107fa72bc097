/** Takes frames off what a connection of the channel gives. */
import { FrameType, HEADER_SIZE, readU32 } from './frames.ts';

/** Who is told of frames. What it is given is lent for the call: whatever is kept has to be copied. */
export interface FrameSink {
	/** A whole frame, of any type but CONTENT. */
	frame(type: number, flags: number, stream: number, payload: Uint8Array): void;
	/** A part of a CONTENT frame, as it comes; the flags are those of the frame with its last part, and 0 before. */
	content(flags: number, stream: number, part: Uint8Array): void;
	/** What came is no frame of this channel. Nothing is read any more. */
	broken(message: string): void;
}

/** No frame but CONTENT is as long as this: a worker that says so has gone wrong. */
const LENGTH_MAX = 16 * 1024 * 1024;

/** The frames of one connection. */
export class FrameReader {
	readonly #sink: FrameSink;
	/** The beginning of a frame that is not there as a whole. */
	#held: Uint8Array | null = null;
	/** Octets still to come of a CONTENT frame, and its flags and stream. */
	#left = 0;
	#flags = 0;
	#stream = 0;
	#broken = false;

	constructor(sink: FrameSink) {
		this.#sink = sink;
	}

	/** Takes what was read; it is not kept. */
	feed(given: Uint8Array): void {
		const octets = this.#held === null ? given : joined(this.#held, given);
		this.#held = null;
		let at = 0;
		while (!this.#broken) {
			if (this.#left > 0) {
				if (at === octets.length) return;
				at = this.#part(octets, at);
				continue;
			}
			const next = this.#frame(octets, at);
			if (next < 0) break;
			at = next;
		}
		if (!this.#broken && at < octets.length) this.#held = octets.slice(at);
	}

	/** One frame. Gives the place behind it, or behind the header of CONTENT; -1 when it is not there as a whole. */
	#frame(octets: Uint8Array, at: number): number {
		const from = at + HEADER_SIZE;
		if (octets.length < from) return -1;
		const length = readU32(octets, at);
		const type = octets[at + 4] as number;
		const flags = octets[at + 5] as number;
		const stream = readU32(octets, at + 6);
		if (type === FrameType.CONTENT && length > 0) {
			this.#left = length;
			this.#flags = flags;
			this.#stream = stream;
			return from;
		}
		if (length > LENGTH_MAX) {
			this.#broken = true;
			this.#sink.broken(`a frame of type ${type} with ${length} octets`);
			return -1;
		}
		if (octets.length < from + length) return -1;
		const payload = octets.subarray(from, from + length);
		if (type === FrameType.CONTENT) this.#sink.content(flags, stream, payload);
		else this.#sink.frame(type, flags, stream, payload);
		return from + length;
	}

	#part(octets: Uint8Array, at: number): number {
		const end = Math.min(octets.length, at + this.#left);
		this.#left -= end - at;
		const whole = at === 0 && end === octets.length;
		this.#sink.content(this.#left === 0 ? this.#flags : 0, this.#stream, whole ? octets : octets.subarray(at, end));
		return end;
	}
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
	const all = new Uint8Array(first.length + second.length);
	all.set(first);
	all.set(second, first.length);
	return all;
}
