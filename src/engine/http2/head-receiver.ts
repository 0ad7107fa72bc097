/** HEADERS and CONTINUATION (RFC 9113 §4.3, §6.2, §6.10): field blocks are put together, decoded, and become requests and trailers. */
import { ErrorCode, Fault } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import { giveMemory, takeMemory } from '../../wire/output-memory.ts';
import { DecodeResult, HpackDecoder } from '../hpack/decoder.ts';
import type { FieldEntry } from '../hpack/field-entry.ts';
import { Flag, FrameType, TABLE_DEFAULT, u31 } from './frame.ts';
import { connectionFault, excess, malformed, streamFault } from './peer-fault.ts';
import { readRequestHead, readTrailers } from './request-head.ts';
import type { Sender } from './sender.ts';
import type { Session } from './session.ts';
import { Stream } from './stream.ts';
import { nextState, StreamEvent, StreamState, Verdict, verdict } from './stream-state.ts';
import { ReceiveWindow } from './window.ts';

/** What a field block is for. */
const Purpose = {
	REQUEST: 0,
	TRAILERS: 1,
	/** It is decoded to keep the table in step, and dropped. */
	NOTHING: 2,
} as const;
type Purpose = (typeof Purpose)[keyof typeof Purpose];

const EMPTY = new Uint8Array(0);
const FIRST_BLOCK_SIZE = 4096;

/** Takes the field blocks of one connection. */
export class HeadReceiver {
	/** The stream whose field block is open: only its CONTINUATION may come (RFC 9113 §6.10). 0 when none is. */
	openBlock = 0;
	/** When the open block began, in milliseconds. */
	openSince = 0;
	readonly decoder: HpackDecoder;
	readonly #session: Session;
	readonly #sender: Sender;
	/** The fragments of the open block. */
	#block: Uint8Array = EMPTY;
	#blockLength = 0;
	#continuations = 0;
	/** The HEADERS frame that is being taken. */
	#id = 0;
	#endStream = false;
	#purpose: Purpose = Purpose.NOTHING;
	/** What is wrong with it on its stream: told when the block has been decoded. */
	#fault: Fault | null = null;

	constructor(session: Session, sender: Sender) {
		this.#session = session;
		this.#sender = sender;
		// A smaller table takes effect when the peer has acknowledged it.
		this.decoder = new HpackDecoder(Math.max(TABLE_DEFAULT, session.limits.headerTableSize));
	}

	/** The peer has acknowledged our SETTINGS. */
	settled(): void {
		this.decoder.setMaxTableSize(this.#session.limits.headerTableSize);
	}

	/** Octets of memory for the open block. */
	get held(): number {
		return this.#block.length;
	}

	/** A HEADERS frame. */
	headers(flags: number, id: number, bytes: Uint8Array, start: number, end: number): void {
		const session = this.#session;
		if ((flags & Flag.PADDED) !== 0) {
			const padding = bytes[start++] as number;
			// That the octet itself is there has been checked with the frame's size.
			if (padding > end - start) {
				session.fail(
					connectionFault(ErrorCode.PROTOCOL_ERROR, 'RFC 9113 §6.2', 'The padding of HEADERS is longer than the frame'),
				);
				return;
			}
			end -= padding;
		}
		this.#fault = null;
		if ((flags & Flag.PRIORITY) !== 0) {
			if (end - start < 5) {
				session.fail(
					connectionFault(
						ErrorCode.PROTOCOL_ERROR,
						'RFC 9113 §6.2',
						'The padding of HEADERS leaves no room for its fields',
					),
				);
				return;
			}
			if (u31(bytes, start) === id) this.#fault = malformed('RFC 7540 §5.3.1', 'A stream depends on itself');
			start += 5;
		}
		this.#id = id;
		this.#endStream = (flags & Flag.END_STREAM) !== 0;
		if (!this.#admit(id)) return;
		if ((flags & Flag.END_HEADERS) !== 0) {
			this.#decode(bytes, start, end);
			return;
		}
		if (start === end && !session.chargeEmpty()) return;
		this.openBlock = id;
		this.openSince = session.now;
		this.#blockLength = 0;
		this.#continuations = 0;
		this.#append(bytes, start, end);
	}

	/** A CONTINUATION frame, which is known to belong to the open block. */
	continuation(flags: number, bytes: Uint8Array, start: number, end: number): void {
		const session = this.#session;
		if (++this.#continuations > session.limits.continuationFrames) {
			session.fail(excess('continuationFrames', 'A field block has too many CONTINUATION frames'));
			return;
		}
		this.#append(bytes, start, end);
		if ((flags & Flag.END_HEADERS) === 0) {
			if (start === end) session.chargeEmpty();
			return;
		}
		this.openBlock = 0;
		const block = this.#block;
		this.#block = EMPTY;
		this.#decode(block, 0, this.#blockLength);
		if (block !== EMPTY) giveMemory(block);
	}

	#append(bytes: Uint8Array, start: number, end: number): void {
		const length = this.#blockLength + end - start;
		if (length > this.#block.length) {
			const larger = takeMemory(Math.max(FIRST_BLOCK_SIZE, length * 2));
			larger.set(this.#block.subarray(0, this.#blockLength));
			if (this.#block !== EMPTY) giveMemory(this.#block);
			this.#block = larger;
		}
		this.#block.set(bytes.subarray(start, end), this.#blockLength);
		this.#blockLength = length;
	}

	/** What HEADERS are on that stream (RFC 9113 §5.1, §5.1.1). False when the connection failed. */
	#admit(id: number): boolean {
		const session = this.#session;
		if ((id & 1) === 0) {
			session.fail(
				connectionFault(
					ErrorCode.PROTOCOL_ERROR,
					'RFC 9113 §5.1.1',
					'A client opened a stream with an even identifier',
				),
			);
			return false;
		}
		if (id > session.lastRequest) {
			session.lastRequest = id;
			// Beyond the last stream that we said to process (RFC 9113 §6.8).
			this.#purpose = id > session.lastTaken ? Purpose.NOTHING : Purpose.REQUEST;
			return true;
		}
		const stream = session.streams.get(id);
		this.#purpose = Purpose.NOTHING;
		if (stream === undefined) {
			if (id > session.lastTaken || session.resetMemory.has(id)) {
				if (this.#endStream) session.resetMemory.settle(id);
				this.#fault = null;
				return session.charge(1);
			}
			session.fail(
				connectionFault(ErrorCode.STREAM_CLOSED, 'RFC 9113 §5.1', 'HEADERS came on a stream that is closed'),
			);
			return false;
		}
		if (verdict(FrameType.HEADERS, stream.state) === Verdict.TAKE) this.#purpose = Purpose.TRAILERS;
		else
			this.#fault ??= streamFault(
				ErrorCode.STREAM_CLOSED,
				'RFC 9113 §5.1',
				'HEADERS came on a stream that the client has ended',
			);
		return true;
	}

	/** A whole field block. */
	#decode(block: Uint8Array, start: number, end: number): void {
		const session = this.#session;
		const decoder = this.decoder;
		const entries: FieldEntry[] = [];
		const result = decoder.decode(block, start, end, entries, session.limits.fieldSectionSize);
		if (result === DecodeResult.INVALID) {
			session.fail(decoder.error as Fault);
			return;
		}
		if (this.#purpose === Purpose.REQUEST) this.#request(entries, this.#excess(result, entries));
		else this.#onStream(entries, this.#excess(result, entries));
	}

	/** The limit that a section passes, or null. */
	#excess(result: DecodeResult, entries: readonly FieldEntry[]): Fault | null {
		if (result === DecodeResult.TOO_LARGE) {
			return new Fault(
				'stream',
				ErrorCode.ENHANCE_YOUR_CALM,
				431,
				'limits.fieldSectionSize',
				'A field section is too large',
			);
		}
		if (entries.length > this.#session.limits.fieldCount) {
			return new Fault(
				'stream',
				ErrorCode.ENHANCE_YOUR_CALM,
				431,
				'limits.fieldCount',
				'A field section has too many lines',
			);
		}
		return null;
	}

	#request(entries: FieldEntry[], tooLarge: Fault | null): void {
		const session = this.#session;
		const id = this.#id;
		const endStream = this.#endStream;
		if (this.#fault !== null) {
			session.failUnopened(id, this.#fault, endStream);
			return;
		}
		if (session.requests >= session.limits.concurrentStreams) {
			const fault = streamFault(
				ErrorCode.REFUSED_STREAM,
				'RFC 9113 §5.1.2',
				'More streams are open than SETTINGS_MAX_CONCURRENT_STREAMS allows',
			);
			session.failUnopened(id, fault, endStream);
			return;
		}
		if (tooLarge !== null) {
			this.#refuse(tooLarge);
			return;
		}
		const head = readRequestHead(entries, this.decoder.sensitive, endStream, session.extendedConnect);
		if (head instanceof Fault) {
			session.failUnopened(id, head, endStream);
			return;
		}
		// What a PRIORITY_UPDATE has said already is newer than the field (RFC 9218 §7.1).
		const early = session.earlyPriorities.take(id);
		if (early !== undefined) head.priority = early;
		session.controlFrames.earn(1);
		session.requests++;
		session.exchanges++;
		const opened = nextState(StreamState.IDLE, StreamEvent.REQUEST);
		const stream = endStream
			? new Stream(session, this.#sender, id, head, head.priority, nextState(opened, StreamEvent.PEER_END), null)
			: new Stream(
					session,
					this.#sender,
					id,
					head,
					head.priority,
					opened,
					new ReceiveWindow(session.streamWindow, session.now),
				);
		session.host.exchange(stream, head);
		if (session.dead) {
			session.condemn(stream);
			return;
		}
		if (stream.state !== StreamState.CLOSED) {
			stream.listed = true;
			session.streams.set(stream);
		}
		if (endStream && !stream.over && !stream.discarded) stream.sink.contentEnd(new Fields());
	}

	/** 431, as the request cannot be shown to an application. */
	#refuse(fault: Fault): void {
		const session = this.#session;
		const id = this.#id;
		session.host.fault(fault);
		this.#sender.answerUnopened(id, fault.status);
		if (!this.#endStream) session.resetUnopened(id, ErrorCode.NO_ERROR, false);
		session.countReset();
	}

	/** A field block on a stream that is open, or was. */
	#onStream(entries: FieldEntry[], tooLarge: Fault | null): void {
		const session = this.#session;
		const stream = session.streams.get(this.#id);
		if (stream === undefined) return;
		const fault = this.#fault ?? tooLarge ?? this.#trailerFault(stream);
		if (fault !== null) {
			session.failStream(stream, fault);
			return;
		}
		const trailers = readTrailers(entries, this.decoder.sensitive);
		if (trailers instanceof Fault) session.failStream(stream, trailers);
		else stream.receiveEnd(trailers);
	}

	#trailerFault(stream: Stream): Fault | null {
		if (!this.#endStream) return malformed('RFC 9113 §8.1', 'A second HEADERS frame does not end the stream');
		if (stream.tunnel) return malformed('RFC 9113 §8.5', 'HEADERS came in a tunnel');
		if (stream.remaining > 0) return malformed('RFC 9113 §8.1.1', 'The content is shorter than Content-Length');
		return null;
	}
}
