/** From octets in any split to messages (RFC 6455 §5, §8): frames are unmasked where they are, faults told as they arrive. */
import { CloseCode, isWireCode } from './close-code.ts';
import type { WebSocketLimits } from './limits.ts';
import { MessageMemory } from './message-memory.ts';
import { CONTROL_MAX, FIN, MASK, Opcode, RSV1, RSV23 } from './opcode.ts';
import { notUtf8, protocolFault, tooBig, WebSocketFault } from './peer-fault.ts';
import { PerMessageDeflate } from './permessage-deflate.ts';
import { textOf } from './text.ts';
import { maskAt, rotated, unmask } from './unmask.ts';
import { Utf8Check } from './utf8-check.ts';

/** What a receiver tells, in the order in which it came. Nothing comes after `closing` or `fault`. */
export interface ReceiverEvents {
	text(message: string): void;
	/** The octets are the receiver's of this event: their memory is never used again. */
	binary(message: Uint8Array): void;
	/** The octets are lent, as those of a Pong: whoever keeps them copies them. */
	ping(payload: Uint8Array): void;
	pong(payload: Uint8Array): void;
	/** A Close frame; 1005 stands for one without a code. */
	closing(code: number, reason: string): void;
	fault(fault: WebSocketFault): void;
}

/** The longest head of a frame: two octets, eight of length, four of mask. */
const HEAD_MAX = 14;

/** Reads the frames of one client. */
export class Receiver {
	readonly #events: ReceiverEvents;
	readonly #limits: WebSocketLimits;
	readonly #deflate: PerMessageDeflate | null;
	/** Nothing more is read: the client has closed, or broken a rule. */
	#stopped = false;
	/** Nothing more is told until `release`. */
	#held = false;
	/** What has come and was not read because of that. */
	#rest: Uint8Array | null = null;

	/** A frame's head that has not come whole; null when none has begun. */
	#head: Uint8Array | null = null;
	#headSize = 0;
	/** The frame whose payload is coming: its first octet, what is still to come, and the mask for the next octet. */
	#first = 0;
	#left = 0;
	#mask = 0;
	/** What has come of a control frame. */
	#control: MessageMemory | null = null;

	/** The message that is coming: its opcode, 0 for none. */
	#opcode: number = Opcode.CONTINUATION;
	#compressed = false;
	#frames = 0;
	/** What has come of it; kept from message to message only where they come in parts. */
	#memory: MessageMemory | null = null;
	#utf8: Utf8Check | null = null;

	/** @param deflate what was agreed on with the client; null for no compression */
	constructor(events: ReceiverEvents, limits: WebSocketLimits, deflate: PerMessageDeflate | null) {
		this.#events = events;
		this.#limits = limits;
		this.#deflate = deflate;
	}

	/** Nothing more is read. */
	get stopped(): boolean {
		return this.#stopped;
	}

	/** Octets of memory that a message which has not come whole takes, and what has come behind it and was not read. */
	get holding(): number {
		return (this.#memory?.bytes.length ?? 0) + (this.#rest?.length ?? 0);
	}

	/** Reads nothing more. */
	stop(): void {
		this.#stopped = true;
		this.#rest = null;
		this.#memory = null;
	}

	/**
	 * Takes octets, in any split, from `at` to before `end`. Their memory is written to. Where they are less than a quarter of
	 * it they are lent for the call, and what is kept of them is copied; otherwise it is the receiver's from now on.
	 */
	receive(bytes: Uint8Array, at: number = 0, end: number = bytes.length): void {
		if (this.#stopped) return;
		if (this.#held) this.#keep(bytes, at, end);
		else this.#read(bytes, at, end);
	}

	/** Tells nothing more, not even of what it has been given. */
	hold(): void {
		this.#held = true;
	}

	/** Goes on with what it was given meanwhile; it may be held again within the call. */
	release(): void {
		this.#held = false;
		const rest = this.#rest;
		this.#rest = null;
		if (rest !== null) this.#read(rest, 0, rest.length);
	}

	#keep(bytes: Uint8Array, at: number, end: number): void {
		const rest = this.#rest;
		if (rest === null) {
			this.#rest = kept(bytes, at, end);
			return;
		}
		const more = bytes.subarray(at, end);
		this.#rest = new Uint8Array(rest.length + more.length);
		this.#rest.set(rest);
		this.#rest.set(more, rest.length);
	}

	#read(bytes: Uint8Array, at: number, end: number): void {
		while (at < end) {
			if (this.#left > 0) at = this.#payload(bytes, at, end);
			else if (this.#headSize > 0) at = this.#completeHead(bytes, at, end);
			else at = this.#frame(bytes, at, end);
			if (this.#stopped) return;
			if (this.#held) {
				if (at < end) this.#keep(bytes, at, end);
				return;
			}
		}
	}

	// ---- frames -----------------------------------------------------------------------------------------------------

	/** A frame from its first octet on; all of it where all of it is there. @returns the place behind what was read */
	#frame(bytes: Uint8Array, at: number, end: number): number {
		const size = end - at < 2 ? HEAD_MAX : headSize(bytes[at + 1] as number);
		if (end - at < size) {
			// Two octets tell most of what can be wrong: the rest of the head is not waited for.
			if (end - at >= 2 && !this.#allowed(bytes[at] as number, bytes[at + 1] as number)) return end;
			this.#head ??= new Uint8Array(HEAD_MAX);
			this.#head.set(bytes.subarray(at, end));
			this.#headSize = end - at;
			return end;
		}
		const first = bytes[at] as number;
		const second = bytes[at + 1] as number;
		if (!this.#allowed(first, second)) return end;
		const length = this.#length(first, second, bytes, at);
		if (length < 0) return end;
		const payload = at + size;
		const mask = maskAt(bytes, payload - 4);
		const next = payload + length;
		if (next > end) {
			this.#begin(first, length, mask);
			return payload;
		}
		if (mask !== 0) unmask(bytes, payload, next, mask);
		if ((first & 0x08) !== 0) this.#controlFrame(first, bytes, payload, next);
		else this.#dataFrame(first, bytes, payload, next);
		return next;
	}

	/** Adds to a head what it lacks, and begins its frame when it is whole. */
	#completeHead(bytes: Uint8Array, at: number, end: number): number {
		const head = this.#head as Uint8Array;
		if (this.#headSize < 2) {
			head[this.#headSize++] = bytes[at++] as number;
			if (!this.#allowed(head[0] as number, head[1] as number)) return end;
		}
		const size = headSize(head[1] as number);
		const next = Math.min(end, at + size - this.#headSize);
		head.set(bytes.subarray(at, next), this.#headSize);
		this.#headSize += next - at;
		if (this.#headSize < size) return next;
		this.#headSize = 0;
		const first = head[0] as number;
		const length = this.#length(first, head[1] as number, head, 0);
		if (length < 0) return end;
		const mask = maskAt(head, size - 4);
		if (length > 0) this.#begin(first, length, mask);
		else if ((first & 0x08) !== 0) this.#controlFrame(first, head, size, size);
		else this.#dataFrame(first, head, size, size);
		return next;
	}

	/** Whether a frame may begin with these octets here (RFC 6455 §5.1, §5.2, §5.4, §5.5; RFC 7692 §6). */
	#allowed(first: number, second: number): boolean {
		const opcode = first & 0x0f;
		let fault: WebSocketFault | null = null;
		if ((first & RSV23) !== 0 || ((first & RSV1) !== 0 && this.#deflate === null)) {
			fault = protocolFault('RFC 6455 §5.2', 'A reserved bit is set, and no extension was agreed on that uses it');
		} else if ((second & MASK) === 0) {
			fault = protocolFault('RFC 6455 §5.1', 'A frame of a client is not masked');
		} else if (opcode >= Opcode.CLOSE) {
			if (opcode > Opcode.PONG) fault = unknownOpcode(opcode);
			else if ((first & FIN) === 0) fault = protocolFault('RFC 6455 §5.5', 'A control frame is fragmented');
			else if ((second & 0x7f) > CONTROL_MAX) {
				fault = protocolFault('RFC 6455 §5.5', 'A control frame is longer than 125 octets');
			} else if ((first & RSV1) !== 0)
				fault = protocolFault('RFC 7692 §6.1', 'A control frame is marked as compressed');
		} else if (opcode > Opcode.BINARY) {
			fault = unknownOpcode(opcode);
		} else if (opcode === Opcode.CONTINUATION) {
			if (this.#opcode === Opcode.CONTINUATION) {
				fault = protocolFault('RFC 6455 §5.4', 'A continuation frame has no message that it continues');
			} else if ((first & RSV1) !== 0) {
				fault = protocolFault('RFC 7692 §6.1', 'A continuation frame is marked as compressed');
			}
		} else if (this.#opcode !== Opcode.CONTINUATION) {
			fault = protocolFault('RFC 6455 §5.4', 'A message begins within another');
		}
		if (fault === null) return true;
		this.#fail(fault);
		return false;
	}

	/** The length that a head says, or -1 when it is refused. */
	#length(first: number, second: number, head: Uint8Array, at: number): number {
		let length = second & 0x7f;
		if (length === 126) {
			length = ((head[at + 2] as number) << 8) | (head[at + 3] as number);
			if (length < 126) return this.#notMinimal();
		} else if (length === 127) {
			const high = u32(head, at + 2);
			length = high * 0x1_0000_0000 + u32(head, at + 6);
			if (high >= 0x8000_0000) {
				this.#fail(protocolFault('RFC 6455 §5.2', 'The length of a frame has its most significant bit set'));
				return -1;
			}
			if (length < 0x1_0000) return this.#notMinimal();
		}
		if ((first & 0x08) !== 0) return length;
		if ((first & 0x0f) !== Opcode.CONTINUATION) {
			this.#frames = 0;
			this.#compressed = (first & RSV1) !== 0;
		}
		const { messageSize, messageFrames } = this.#limits;
		const most = this.#compressed ? PerMessageDeflate.compressedMax(messageSize) : messageSize;
		if ((this.#memory?.size ?? 0) + length > most) {
			this.#fail(tooBig('messageSize', `A message is longer than ${messageSize} octets`));
			return -1;
		}
		if (++this.#frames > messageFrames) {
			this.#fail(tooBig('messageFrames', `A message comes in more than ${messageFrames} frames`));
			return -1;
		}
		return length;
	}

	#notMinimal(): number {
		this.#fail(protocolFault('RFC 6455 §5.2', 'The length of a frame is not in the shortest form'));
		return -1;
	}

	/** The payload of this frame comes in parts. */
	#begin(first: number, length: number, mask: number): void {
		this.#first = first;
		this.#left = length;
		this.#mask = mask;
	}

	/** A part of a payload, as much as has come. */
	#payload(bytes: Uint8Array, at: number, end: number): number {
		const next = Math.min(end, at + this.#left);
		unmask(bytes, at, next, this.#mask);
		this.#mask = rotated(this.#mask, next - at);
		this.#left -= next - at;
		const first = this.#first;
		if ((first & 0x08) !== 0) {
			this.#control ??= new MessageMemory();
			this.#control.add(bytes, at, next, this.#control.size + next - at + this.#left);
			if (this.#left > 0) return next;
			const payload = this.#control.take();
			this.#control = null;
			this.#controlFrame(first, payload, 0, payload.length);
		} else if (this.#left > 0) {
			this.#openMessage(first);
			this.#add(bytes, at, next, first);
		} else {
			this.#dataFrame(first, bytes, at, next);
		}
		return next;
	}

	// ---- messages ---------------------------------------------------------------------------------------------------

	#openMessage(first: number): void {
		if ((first & 0x0f) !== Opcode.CONTINUATION) this.#opcode = first & 0x0f;
	}

	/** The last part of a frame, or all of it. */
	#dataFrame(first: number, bytes: Uint8Array, from: number, to: number): void {
		const final = (first & FIN) !== 0;
		this.#openMessage(first);
		if (final && (this.#memory === null || this.#memory.size === 0)) {
			this.#message(bytes, from, to, false);
			return;
		}
		if (!this.#add(bytes, from, to, first) || !final) return;
		const memory = this.#memory as MessageMemory;
		this.#memory = null;
		// Of a text, and of what was compressed, nothing is left in the memory when it has been told.
		if (this.#opcode === Opcode.BINARY && !this.#compressed) {
			const whole = memory.take();
			this.#message(whole, 0, whole.length, true);
		} else {
			this.#message(memory.bytes, 0, memory.size, true);
			memory.release();
		}
	}

	/** A part of a message waits for the rest. @returns false when it is none that could go on to be text */
	#add(bytes: Uint8Array, from: number, to: number, first: number): boolean {
		if (this.#opcode === Opcode.TEXT && !this.#compressed) {
			this.#utf8 ??= new Utf8Check();
			if (!this.#utf8.feed(bytes, from, to)) {
				this.#fail(notUtf8());
				return false;
			}
		}
		this.#memory ??= new MessageMemory();
		const size = this.#memory.size + to - from;
		const expected = (first & FIN) !== 0 ? size + this.#left : this.#limits.messageSize;
		this.#memory.add(bytes, from, to, expected);
		return true;
	}

	/** All of a message is there. @param own the memory holds nothing else */
	#message(bytes: Uint8Array, from: number, to: number, own: boolean): void {
		const opcode = this.#opcode;
		this.#opcode = Opcode.CONTINUATION;
		this.#utf8?.reset();
		if (this.#compressed) {
			const deflate = this.#deflate as PerMessageDeflate;
			const inflated = deflate.decompress(bytes.subarray(from, to), this.#limits.messageSize);
			if (inflated instanceof WebSocketFault) {
				this.#fail(inflated);
				return;
			}
			bytes = inflated;
			from = 0;
			to = inflated.length;
			own = true;
		}
		if (opcode === Opcode.BINARY) {
			this.#events.binary(own && from === 0 && to === bytes.length ? bytes : kept(bytes, from, to));
			return;
		}
		const text = textOf(bytes, from, to);
		if (text === null) this.#fail(notUtf8());
		else this.#events.text(text);
	}

	#controlFrame(first: number, bytes: Uint8Array, from: number, to: number): void {
		const opcode = first & 0x0f;
		if (opcode === Opcode.CLOSE) this.#close(bytes, from, to);
		else if (opcode === Opcode.PING) this.#events.ping(bytes.subarray(from, to));
		else this.#events.pong(bytes.subarray(from, to));
	}

	/** RFC 6455 §5.5.1, §7.4. */
	#close(bytes: Uint8Array, from: number, to: number): void {
		if (from === to) {
			this.stop();
			this.#events.closing(CloseCode.NO_STATUS, '');
			return;
		}
		if (to - from === 1) {
			this.#fail(protocolFault('RFC 6455 §5.5.1', 'A Close frame has half a code'));
			return;
		}
		const code = ((bytes[from] as number) << 8) | (bytes[from + 1] as number);
		if (!isWireCode(code)) {
			this.#fail(protocolFault('RFC 6455 §7.4', `A Close frame has the code ${code}, which is none that is sent`));
			return;
		}
		const reason = textOf(bytes, from + 2, to);
		if (reason === null) {
			this.#fail(notUtf8());
			return;
		}
		this.stop();
		this.#events.closing(code, reason);
	}

	#fail(fault: WebSocketFault): void {
		this.stop();
		this.#events.fault(fault);
	}
}

function unknownOpcode(opcode: number): WebSocketFault {
	return protocolFault('RFC 6455 §5.2', `A frame has the opcode ${opcode}, which is reserved`);
}

function headSize(second: number): number {
	const length = second & 0x7f;
	return length < 126 ? 6 : length === 126 ? 8 : HEAD_MAX;
}

function u32(bytes: Uint8Array, at: number): number {
	return (
		(((bytes[at] as number) << 24) |
			((bytes[at + 1] as number) << 16) |
			((bytes[at + 2] as number) << 8) |
			(bytes[at + 3] as number)) >>>
		0
	);
}

/** Octets that an application may keep: few of many are copied, so that they do not keep the others. */
function kept(bytes: Uint8Array, from: number, to: number): Uint8Array {
	if ((to - from) * 4 < bytes.buffer.byteLength) return bytes.slice(from, to);
	return bytes.subarray(from, to);
}
