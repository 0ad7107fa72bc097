/** A message made ready once, to be sent to many. */
import type { DeflateCodec } from '../../engine/websocket/deflate-codec.ts';
import { FrameMemory } from '../../engine/websocket/frame-memory.ts';
import { writeFrame } from '../../engine/websocket/frame-writer.ts';
import { FIN, Opcode, RSV1 } from '../../engine/websocket/opcode.ts';
import { PerMessageDeflate } from '../../engine/websocket/permessage-deflate.ts';
import { utf8 } from '../../wire/utf8.ts';
import type { SessionContext } from './session-context.ts';
import type { Message, SendOptions } from './socket.ts';

/** Longer ones would take long, and hold up everybody: they are compressed where the application says so. */
const COMPRESSED_MAX = 2 * 1024 * 1024;

/** Whether a message of so many octets, or characters, is compressed by itself. */
export function isCompressed(length: number, threshold: number): boolean {
	return length >= threshold && length <= COMPRESSED_MAX;
}

/** How an application's sockets compress. */
type Compressing = Pick<SessionContext<unknown>, 'threshold' | 'codec'>;

/** The frames of a message, each made when the first socket needs it. They are never written to again. */
export class Prepared {
	readonly opcode: number;
	/** Uncompressed. */
	readonly payload: Uint8Array;
	readonly compress: boolean | undefined;
	#plain: Uint8Array | null = null;
	/** By the bits of the window; null where compression does not make it shorter. */
	#compressed: Map<number, Uint8Array | null> | null = null;

	constructor(message: Message, options?: SendOptions) {
		const isText = typeof message === 'string';
		this.opcode = isText ? Opcode.TEXT : Opcode.BINARY;
		// What is published waits for the slowest: the publisher may have its memory back at once.
		this.payload = isText ? utf8(message) : message.slice();
		this.compress = options?.compress;
	}

	/** The frame for a socket: compressed as was agreed on with it, if the message is to be. */
	frameFor(deflate: PerMessageDeflate | null, { threshold, codec }: Compressing): Uint8Array {
		const { payload } = this;
		if (deflate === null || payload.length === 0 || !(this.compress ?? isCompressed(payload.length, threshold)))
			return this.plain;
		const { serverTakeover, serverBits } = deflate.agreement;
		if (!serverTakeover) return codec === null ? this.plain : this.compressed(serverBits, codec);
		const own = deflate.compress(payload);
		return own === null ? this.plain : frameOf(FIN | RSV1 | this.opcode, own);
	}

	/** The frame without compression. */
	get plain(): Uint8Array {
		this.#plain ??= frameOf(FIN | this.opcode, this.payload);
		return this.#plain;
	}

	/** The compressed frame for all sockets that keep no context and have this window; the plain one where it is shorter. */
	compressed(windowBits: number, codec: DeflateCodec): Uint8Array {
		this.#compressed ??= new Map();
		let frame = this.#compressed.get(windowBits);
		if (frame === undefined) {
			const payload = PerMessageDeflate.alone(this.payload, windowBits, codec);
			frame = payload === null ? null : frameOf(FIN | RSV1 | this.opcode, payload);
			this.#compressed.set(windowBits, frame);
		}
		return frame ?? this.plain;
	}
}

function frameOf(first: number, payload: Uint8Array): Uint8Array {
	const memory = new FrameMemory(0);
	writeFrame(memory, first, payload);
	return memory.bytes.subarray(0, memory.at);
}
