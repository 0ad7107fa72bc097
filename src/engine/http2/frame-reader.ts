/** From bytes in any split to frames (RFC 9113 §3.4, §4.1): parsed in place, and only an incomplete frame is kept. */
import { Flag, FRAME_HEAD, FrameType, PREFACE, u24, u31 } from './frame.ts';

/** What a reader tells. Once `stopped`, nothing more is told. */
export interface FrameTaker {
	readonly stopped: boolean;
	/** The client's preface is not the one of HTTP/2. */
	badPreface(): void;
	/** A frame's head has come. False when the frame is refused: then the taker has stopped. */
	frameHead(type: number, flags: number, stream: number, length: number): boolean;
	/** A whole frame, any type but DATA: its payload, which is not valid after the call. */
	frame(type: number, flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void;
	/**
	 * A DATA frame begins.
	 * @param length all of the payload, which is what flow control counts (RFC 9113 §6.1)
	 * @param content the payload without padding
	 */
	dataBegins(flags: number, stream: number, length: number, content: number): void;
	/** A part of its content, as it has come. */
	data(bytes: Uint8Array, start: number, end: number): void;
	/** All of it has come, padding included. */
	dataEnds(): void;
	/** The padding is as long as the payload, or longer. */
	badPadding(stream: number): void;
}

/** Where the reader is within the preface, a frame, or a DATA payload. */
const Phase = {
	PREFACE: 0,
	FRAME: 1,
	/** The octet that says how much padding a DATA frame has. */
	PAD_LENGTH: 2,
	CONTENT: 3,
	PADDING: 4,
} as const;
type Phase = (typeof Phase)[keyof typeof Phase];

/** Kept memory for heads and small frames. */
const KEPT_SIZE = 64;

/** Reads the frames of one connection. */
export class FrameReader {
	readonly #taker: FrameTaker;
	#phase: Phase = Phase.PREFACE;
	/** Octets of the preface that have come. */
	#prefaced = 0;
	/** The beginning of a frame that is not complete. */
	#kept: Uint8Array = new Uint8Array(KEPT_SIZE);
	#keptLength = 0;
	/** How many frames came in parts: tells whether an incomplete frame is still the same. */
	partial = 0;
	/** The DATA frame that is coming. */
	#flags = 0;
	#stream = 0;
	#length = 0;
	/** Octets that are still to come of its content, and of its padding. */
	#content = 0;
	#padding = 0;

	constructor(taker: FrameTaker) {
		this.#taker = taker;
	}

	/** The preface has come. */
	get prefaced(): boolean {
		return this.#phase !== Phase.PREFACE;
	}

	/** A frame has begun that is not complete; a DATA frame only until its head is. */
	get midFrame(): boolean {
		return this.#keptLength > 0;
	}

	/** Octets of memory for it. */
	get held(): number {
		return this.#keptLength === 0 ? 0 : this.#kept.length;
	}

	/** Takes bytes, in any split. */
	receive(bytes: Uint8Array): void {
		const taker = this.#taker;
		const end = bytes.length;
		let at = 0;
		while (at < end && !taker.stopped) {
			switch (this.#phase) {
				case Phase.FRAME:
					at = this.#keptLength === 0 ? this.#frames(bytes, at, end) : this.#complete(bytes, at, end);
					break;
				case Phase.CONTENT:
					at = this.#readContent(bytes, at, end);
					break;
				case Phase.PAD_LENGTH:
					this.#readPadLength(bytes[at++] as number);
					break;
				case Phase.PADDING:
					at = this.#readPadding(at, end);
					break;
				default:
					at = this.#readPreface(bytes, at, end);
			}
		}
	}

	#readPreface(bytes: Uint8Array, at: number, end: number): number {
		while (at < end) {
			if (bytes[at++] !== PREFACE[this.#prefaced++]) {
				this.#taker.badPreface();
				return end;
			}
			if (this.#prefaced === PREFACE.length) {
				this.#phase = Phase.FRAME;
				return at;
			}
		}
		return at;
	}

	/** Frames that lie whole in the bytes; ends at a DATA frame, and keeps what is incomplete. */
	#frames(bytes: Uint8Array, at: number, end: number): number {
		const taker = this.#taker;
		while (end - at >= FRAME_HEAD) {
			const length = u24(bytes, at);
			const type = bytes[at + 3] as number;
			const flags = bytes[at + 4] as number;
			const stream = u31(bytes, at + 5);
			if (!taker.frameHead(type, flags, stream, length)) return end;
			const payload = at + FRAME_HEAD;
			if (type === FrameType.DATA) {
				this.#beginData(flags, stream, length);
				return payload;
			}
			const next = payload + length;
			if (next > end) {
				this.#keep(bytes, at, end, FRAME_HEAD + length);
				return end;
			}
			taker.frame(type, flags, stream, bytes, payload, next);
			if (taker.stopped) return end;
			at = next;
		}
		if (at < end) this.#keep(bytes, at, end, FRAME_HEAD);
		return end;
	}

	/** Adds to a kept frame what it lacks. */
	#complete(bytes: Uint8Array, at: number, end: number): number {
		const taker = this.#taker;
		if (this.#keptLength < FRAME_HEAD) {
			at = this.#add(bytes, at, end, FRAME_HEAD);
			if (this.#keptLength < FRAME_HEAD) return at;
			const head = this.#kept;
			if (!taker.frameHead(head[3] as number, head[4] as number, u31(head, 5), u24(head, 0))) return end;
			if (head[3] === FrameType.DATA) {
				this.#keptLength = 0;
				this.#beginData(head[4] as number, u31(head, 5), u24(head, 0));
				return at;
			}
		}
		const whole = FRAME_HEAD + u24(this.#kept, 0);
		at = this.#add(bytes, at, end, whole);
		if (this.#keptLength < whole) return at;
		const kept = this.#kept;
		this.#keptLength = 0;
		// Large memory is not held between frames.
		if (kept.length > KEPT_SIZE) this.#kept = new Uint8Array(KEPT_SIZE);
		taker.frame(kept[3] as number, kept[4] as number, u31(kept, 5), kept, FRAME_HEAD, whole);
		return at;
	}

	/** Moves bytes into what is kept until that has `size`. */
	#add(bytes: Uint8Array, at: number, end: number, size: number): number {
		const next = Math.min(end, at + size - this.#keptLength);
		this.#makeRoom(size);
		this.#kept.set(bytes.subarray(at, next), this.#keptLength);
		this.#keptLength += next - at;
		return next;
	}

	#keep(bytes: Uint8Array, at: number, end: number, size: number): void {
		this.#makeRoom(size);
		this.#kept.set(bytes.subarray(at, end));
		this.#keptLength = end - at;
		this.partial++;
	}

	/** The size of a frame is known to be allowed when room is made for it. */
	#makeRoom(size: number): void {
		if (size <= this.#kept.length) return;
		const roomy = new Uint8Array(size);
		roomy.set(this.#kept.subarray(0, this.#keptLength));
		this.#kept = roomy;
	}

	// ---- DATA -------------------------------------------------------------------------------------------------------

	#beginData(flags: number, stream: number, length: number): void {
		this.#flags = flags;
		this.#stream = stream;
		this.#length = length;
		if ((flags & Flag.PADDED) !== 0) {
			// A frame of no octets has no room for the length of its padding (RFC 9113 §6.1).
			if (length === 0) this.#taker.badPadding(stream);
			else this.#phase = Phase.PAD_LENGTH;
			return;
		}
		this.#openContent(length, 0);
	}

	#readPadLength(padding: number): void {
		const room = this.#length - 1;
		if (padding > room) this.#taker.badPadding(this.#stream);
		else this.#openContent(room - padding, padding);
	}

	#openContent(content: number, padding: number): void {
		this.#content = content;
		this.#padding = padding;
		this.#phase = Phase.CONTENT;
		this.#taker.dataBegins(this.#flags, this.#stream, this.#length, content);
		if (content === 0) this.#endContent();
	}

	#readContent(bytes: Uint8Array, at: number, end: number): number {
		const next = Math.min(end, at + this.#content);
		this.#content -= next - at;
		this.#taker.data(bytes, at, next);
		if (this.#content === 0) this.#endContent();
		return next;
	}

	#endContent(): void {
		if (this.#padding > 0) {
			this.#phase = Phase.PADDING;
			return;
		}
		this.#phase = Phase.FRAME;
		if (!this.#taker.stopped) this.#taker.dataEnds();
	}

	#readPadding(at: number, end: number): number {
		const next = Math.min(end, at + this.#padding);
		this.#padding -= next - at;
		if (this.#padding === 0) this.#endContent();
		return next;
	}
}
