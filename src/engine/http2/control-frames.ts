/** Writes the frames that steer a connection: all but HEADERS, PUSH_PROMISE, CONTINUATION and DATA. */
import { latin1Write } from '../../wire/latin1.ts';
import type { Output } from '../../wire/output.ts';
import { Flag, FRAME_HEAD, FrameType, putFrameHead } from './frame.ts';

/** Octets of PING's opaque data (RFC 9113 §6.7). */
export const PING_SIZE = 8;
/** Debug data of GOAWAY is cut to so many octets. */
const DEBUG_MAX = 256;

/** Control frames into an output. */
export class ControlFrames {
	/** Octets written since the peer was last seen to read. */
	backlog = 0;
	readonly #out: Output;

	constructor(out: Output) {
		this.#out = out;
	}

	settingsAck(): void {
		this.#begin(0, FrameType.SETTINGS, Flag.ACK, 0);
	}

	/** Answers a PING with its own opaque data, which lies at `at` in `bytes`. */
	pingAck(bytes: Uint8Array, at: number): void {
		const out = this.#begin(PING_SIZE, FrameType.PING, Flag.ACK, 0);
		for (let i = 0; i < PING_SIZE; i++) out.u8(bytes[at + i] as number);
	}

	/** A PING of ours: the opaque data is two numbers of four octets. */
	ping(high: number, low: number): void {
		const out = this.#begin(PING_SIZE, FrameType.PING, 0, 0);
		out.u32(high);
		out.u32(low);
	}

	/** @param debug latin-1, for the log of the peer */
	goaway(lastStream: number, code: number, debug: string): void {
		const text = debug.slice(0, DEBUG_MAX).replace(/§/g, 'section ');
		const out = this.#begin(8 + text.length, FrameType.GOAWAY, 0, 0);
		out.u32(lastStream);
		out.u32(code);
		out.at = latin1Write(out.bytes, out.at, text);
	}

	reset(stream: number, code: number): void {
		this.#begin(4, FrameType.RST_STREAM, 0, stream).u32(code);
	}

	/** @param stream 0 for the connection */
	windowUpdate(stream: number, increment: number): void {
		this.#begin(4, FrameType.WINDOW_UPDATE, 0, stream).u32(increment);
	}

	#begin(length: number, type: number, flags: number, stream: number): Output {
		const out = this.#out;
		out.reserve(FRAME_HEAD + length);
		putFrameHead(out, length, type, flags, stream);
		this.backlog += FRAME_HEAD + length;
		return out;
	}
}
