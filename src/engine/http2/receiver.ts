/** The receiving half: what each frame means (RFC 9113 §6), and what it must not be. */
import { ErrorCode } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import { latin1Decode } from '../../wire/latin1.ts';
import { parsePriority } from '../../wire/priority.ts';
import { PING_SIZE } from './control-frames.ts';
import { Flag, FRAME_SIZE, FrameType, Setting, u16, u31, u32 } from './frame.ts';
import type { FrameTaker } from './frame-reader.ts';
import { frameSizeFault } from './frame-size.ts';
import { HeadReceiver } from './head-receiver.ts';
import { connectionFault, malformed, streamFault } from './peer-fault.ts';
import type { Sender } from './sender.ts';
import type { Session } from './session.ts';
import { SETTING_SIZE } from './settings.ts';
import type { Stream } from './stream.ts';
import { StreamState, Verdict, verdict } from './stream-state.ts';

/** So many settings in a frame cost as much as a frame. */
const SETTINGS_PER_CHARGE = 8;
/** A chunk is copied if it is less than this part of the memory that it would keep alive. */
const COPIED_PART = 4;

/** Takes the frames of one connection. */
export class Receiver implements FrameTaker {
	readonly heads: HeadReceiver;
	readonly #session: Session;
	readonly #sender: Sender;
	/** The first frame has come; it is SETTINGS. */
	#begun = false;
	/** The DATA frame that is being taken: its stream, or null when it is dropped. */
	#dataStream: Stream | null = null;
	#dataId = 0;
	#dataFlags = 0;
	#dataLength = 0;
	#dataContent = 0;

	constructor(session: Session, sender: Sender) {
		this.#session = session;
		this.#sender = sender;
		this.heads = new HeadReceiver(session, sender);
	}

	get stopped(): boolean {
		return this.#session.dead;
	}

	/** The client's preface is complete: its SETTINGS have come (RFC 9113 §3.4). */
	get begun(): boolean {
		return this.#begun;
	}

	badPreface(): void {
		this.#fail(ErrorCode.PROTOCOL_ERROR, 'RFC 9113 §3.4', 'The connection does not begin with the preface of HTTP/2');
	}

	badPadding(): void {
		this.#fail(ErrorCode.PROTOCOL_ERROR, 'RFC 9113 §6.1', 'The padding of DATA is as long as its payload, or longer');
	}

	frameHead(type: number, flags: number, stream: number, length: number): boolean {
		if (length > FRAME_SIZE) {
			this.#fail(ErrorCode.FRAME_SIZE_ERROR, 'RFC 9113 §4.2', 'A frame is larger than SETTINGS_MAX_FRAME_SIZE');
			return false;
		}
		const open = this.heads.openBlock;
		if (open !== 0 || type === FrameType.CONTINUATION) {
			if (type !== FrameType.CONTINUATION || stream !== open || open === 0) {
				const message =
					open === 0
						? 'CONTINUATION came without an open field block'
						: 'A field block was interrupted by another frame';
				this.#fail(ErrorCode.PROTOCOL_ERROR, 'RFC 9113 §6.10', message);
				return false;
			}
		}
		if (!this.#begun) {
			if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0) {
				this.#fail(ErrorCode.PROTOCOL_ERROR, 'RFC 9113 §3.4', 'The first frame is not SETTINGS');
				return false;
			}
		}
		if (type === FrameType.HEADERS && stream !== 0 && length > 5) return true;
		const fault = frameSizeFault(type, flags, stream, length);
		if (fault === null) return true;
		this.#session.fail(fault);
		return false;
	}

	frame(type: number, flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void {
		switch (type) {
			case FrameType.HEADERS:
				this.heads.headers(flags, stream, bytes, start, end);
				return;
			case FrameType.CONTINUATION:
				this.heads.continuation(flags, bytes, start, end);
				return;
			case FrameType.WINDOW_UPDATE:
				if (this.#session.charge(1)) this.#windowUpdate(stream, u31(bytes, start));
				return;
			case FrameType.RST_STREAM:
				this.#reset(stream, u32(bytes, start));
				return;
			case FrameType.SETTINGS:
				this.#settings(flags, bytes, start, end);
				return;
			case FrameType.PING:
				this.#ping(flags, bytes, start);
				return;
			case FrameType.PRIORITY:
				if (this.#session.charge(1)) this.#priority(stream, u31(bytes, start), end - start);
				return;
			case FrameType.PRIORITY_UPDATE:
				if (this.#session.charge(1)) this.#priorityUpdate(u31(bytes, start), bytes, start + 4, end);
				return;
			case FrameType.GOAWAY:
				if (this.#session.charge(1)) this.#goaway(u31(bytes, start));
				return;
			case FrameType.PUSH_PROMISE:
				this.#fail(ErrorCode.PROTOCOL_ERROR, 'RFC 9113 §8.4', 'A client sent PUSH_PROMISE');
				return;
			default:
				// Unknown types are ignored (RFC 9113 §4.1).
				this.#session.charge(1);
		}
	}

	#fail(code: number, rule: string, message: string): void {
		this.#session.fail(connectionFault(code, rule, message));
	}

	// ---- the connection ---------------------------------------------------------------------------------------------

	#settings(flags: number, bytes: Uint8Array, start: number, end: number): void {
		const session = this.#session;
		if (!session.charge(1 + Math.floor((end - start) / (SETTING_SIZE * SETTINGS_PER_CHARGE)))) return;
		if ((flags & Flag.ACK) !== 0) {
			this.#acknowledged();
			return;
		}
		const { peer } = session;
		for (let at = start; at < end; at += SETTING_SIZE) {
			const id = u16(bytes, at);
			const before = peer.initialWindowSize;
			const fault = peer.apply(id, u32(bytes, at + 2));
			if (fault !== null) {
				session.fail(fault);
				return;
			}
			if (id === Setting.HEADER_TABLE_SIZE) this.#sender.encoder.setPeerTableSize(peer.headerTableSize);
			else if (id === Setting.INITIAL_WINDOW_SIZE && !this.#resizeWindows(peer.initialWindowSize - before)) return;
		}
		this.#begun = true;
		peer.settled = true;
		session.control.settingsAck();
	}

	/** The initial window of streams has changed: so do the windows of all that are open (RFC 9113 §6.9.2). */
	#resizeWindows(delta: number): boolean {
		for (const stream of this.#session.streams.values()) {
			if (this.#widen(stream, delta)) continue;
			this.#fail(
				ErrorCode.FLOW_CONTROL_ERROR,
				'RFC 9113 §6.9.2',
				'SETTINGS_INITIAL_WINDOW_SIZE makes a window pass 2^31-1',
			);
			return false;
		}
		return true;
	}

	#acknowledged(): void {
		const session = this.#session;
		if (session.settingsSince < 0) return;
		session.settingsSince = -1;
		this.heads.settled();
		const delta = session.limits.streamWindow - session.streamWindow;
		session.streamWindow = session.limits.streamWindow;
		// A smaller window than the default counts from here on, on streams that are open too.
		if (delta < 0) for (const stream of session.streams.values()) stream.receiveWindow?.widen(delta);
	}

	#ping(flags: number, bytes: Uint8Array, start: number): void {
		const session = this.#session;
		const ours = (flags & Flag.ACK) !== 0;
		if (ours && session.pingAcknowledged(u32(bytes, start), u32(bytes, start + PING_SIZE / 2))) return;
		if (session.charge(1) && !ours) session.control.pingAck(bytes, start);
	}

	/** The peer takes no more pushes, and does not look at those beyond the last that it names (RFC 9113 §6.8). */
	#goaway(last: number): void {
		const session = this.#session;
		session.peerRetired = true;
		for (const stream of session.streams.values()) {
			if (stream.pushed && stream.id > last) this.#endedByPeer(stream, ErrorCode.REFUSED_STREAM);
		}
	}

	// ---- streams ----------------------------------------------------------------------------------------------------

	/** The state of a stream that is not among the session's: closed, or not yet used. */
	#stateOf(id: number): StreamState {
		const session = this.#session;
		const last = (id & 1) === 1 ? session.lastRequest : session.lastPush;
		return id <= last ? StreamState.CLOSED : StreamState.IDLE;
	}

	/** Finds the stream for a frame, and acts where there is none that takes it. */
	#streamFor(type: number, id: number): Stream | null {
		const session = this.#session;
		const stream = session.streams.get(id);
		switch (verdict(type, stream === undefined ? this.#stateOf(id) : stream.state)) {
			case Verdict.TAKE:
				return stream as Stream;
			case Verdict.IGNORE:
				return null;
			case Verdict.STREAM_CLOSED:
				session.failStream(
					stream as Stream,
					streamFault(
						ErrorCode.STREAM_CLOSED,
						'RFC 9113 §5.1',
						`${NAMES[type]} came on a stream that the client has ended`,
					),
				);
				return null;
			case Verdict.CONNECTION_CLOSED:
				if (id > session.lastTaken || session.resetMemory.has(id)) return null;
				this.#fail(ErrorCode.STREAM_CLOSED, 'RFC 9113 §5.1', `${NAMES[type]} came on a stream that is closed`);
				return null;
			default:
				this.#fail(
					ErrorCode.PROTOCOL_ERROR,
					'RFC 9113 §5.1',
					`${NAMES[type]} came on a stream that is idle or reserved`,
				);
				return null;
		}
	}

	#windowUpdate(id: number, increment: number): void {
		const session = this.#session;
		if (id === 0) {
			if (increment === 0) {
				this.#fail(ErrorCode.PROTOCOL_ERROR, 'RFC 9113 §6.9', 'WINDOW_UPDATE of the connection has an increment of 0');
			} else if (!this.#sender.window.widen(increment)) {
				this.#fail(
					ErrorCode.FLOW_CONTROL_ERROR,
					'RFC 9113 §6.9.1',
					'WINDOW_UPDATE makes the window of the connection pass 2^31-1',
				);
			}
			return;
		}
		const stream = this.#streamFor(FrameType.WINDOW_UPDATE, id);
		if (stream === null) return;
		if (increment === 0) {
			session.failStream(stream, malformed('RFC 9113 §6.9', 'WINDOW_UPDATE has an increment of 0'));
		} else if (!this.#widen(stream, increment)) {
			session.failStream(
				stream,
				streamFault(ErrorCode.FLOW_CONTROL_ERROR, 'RFC 9113 §6.9.1', 'WINDOW_UPDATE makes a window pass 2^31-1'),
			);
		}
	}

	#widen(stream: Stream, octets: number): boolean {
		const shut = stream.sendWindow.available <= 0;
		if (!stream.sendWindow.widen(octets)) return false;
		if (shut) this.#sender.opened(stream);
		return true;
	}

	#reset(id: number, code: number): void {
		const session = this.#session;
		const stream = this.#streamFor(FrameType.RST_STREAM, id);
		if (stream === null) {
			session.resetMemory.settle(id);
			session.charge(1);
			return;
		}
		this.#endedByPeer(stream, code);
		session.countReset();
	}

	/** The peer has done with a stream that was not closed. */
	#endedByPeer(stream: Stream, code: number): void {
		const session = this.#session;
		stream.drop();
		session.discount(stream);
		if (stream.over) return;
		session.release(stream);
		stream.sink.closed('reset', code);
	}

	#priority(id: number, dependency: number, length: number): void {
		const session = this.#session;
		const fault =
			length !== 5
				? streamFault(ErrorCode.FRAME_SIZE_ERROR, 'RFC 9113 §6.3', 'PRIORITY is not of 5 octets')
				: dependency === id
					? malformed('RFC 7540 §5.3.1', 'A stream depends on itself')
					: null;
		if (fault === null) return;
		const stream = session.streams.get(id);
		if (stream !== undefined) {
			session.failStream(stream, fault);
		} else if (this.#stateOf(id) === StreamState.IDLE) {
			// RST_STREAM must not be sent on an idle stream (RFC 9113 §6.4).
			this.#fail(fault.code, fault.rule, fault.message);
		} else {
			session.failUnopened(id, fault, true);
		}
	}

	#priorityUpdate(id: number, bytes: Uint8Array, start: number, end: number): void {
		const session = this.#session;
		const idle = id === 0 || this.#stateOf(id) === StreamState.IDLE;
		if (id === 0 || (idle && (id & 1) === 0)) {
			this.#fail(
				ErrorCode.PROTOCOL_ERROR,
				'RFC 9218 §7.1',
				'PRIORITY_UPDATE is for stream 0, or for a push that was not promised',
			);
			return;
		}
		const priority = parsePriority(latin1Decode(bytes, start, end));
		if (idle) {
			session.earlyPriorities.put(id, priority);
			return;
		}
		const stream = session.streams.get(id);
		if (stream === undefined || stream.over || stream.ownPriority) return;
		this.#sender.scheduler.reprioritize(stream, priority);
		stream.sink.reprioritized(priority);
	}

	// ---- DATA -------------------------------------------------------------------------------------------------------

	dataBegins(flags: number, id: number, length: number, content: number): void {
		const session = this.#session;
		this.#dataStream = null;
		this.#dataId = id;
		this.#dataFlags = flags;
		this.#dataLength = length;
		this.#dataContent = content;
		if (!session.connectionWindow.take(length)) {
			this.#fail(ErrorCode.FLOW_CONTROL_ERROR, 'RFC 9113 §6.9.1', 'DATA passes the window of the connection');
			return;
		}
		const ends = (flags & Flag.END_STREAM) !== 0;
		if (content === 0 && !ends && !session.chargeEmpty()) return;
		const stream = this.#streamFor(FrameType.DATA, id);
		if (stream === null) {
			// Frames that were on their way when the stream was reset (RFC 9113 §5.1): honest ones end.
			if (session.dead) return;
			if (length < FRAME_SIZE / 64) session.charge(1);
			if (ends) session.resetMemory.settle(id);
			return;
		}
		const window = stream.receiveWindow as NonNullable<Stream['receiveWindow']>;
		if (!window.take(length)) {
			session.failStream(
				stream,
				streamFault(ErrorCode.FLOW_CONTROL_ERROR, 'RFC 9113 §6.9.1', 'DATA passes the window of its stream'),
			);
			return;
		}
		if (stream.remaining >= 0) {
			stream.remaining -= content;
			if (stream.remaining < 0) {
				session.failStream(stream, malformed('RFC 9113 §8.1.1', 'The content is longer than Content-Length'));
				return;
			}
			if (ends && stream.remaining > 0) {
				session.failStream(stream, malformed('RFC 9113 §8.1.1', 'The content is shorter than Content-Length'));
				return;
			}
		}
		this.#dataStream = stream;
	}

	data(bytes: Uint8Array, start: number, end: number): void {
		const stream = this.#dataStream;
		if (stream === null || !stream.peerOpen || stream.discarded) return;
		stream.receive(chunkOf(bytes, start, end));
	}

	dataEnds(): void {
		const session = this.#session;
		// The connection's credit returns at once: one slow exchange must not starve its neighbours.
		const increment = session.connectionWindow.use(this.#dataLength);
		if (increment > 0) session.control.windowUpdate(0, increment);
		const stream = this.#dataStream;
		this.#dataStream = null;
		const ends = (this.#dataFlags & Flag.END_STREAM) !== 0;
		if (stream === null) return;
		if (!stream.peerOpen) {
			// It was reset in the midst of the frame.
			if (ends) session.resetMemory.settle(this.#dataId);
			return;
		}
		if (ends) {
			stream.receiveEnd(new Fields());
			return;
		}
		if (stream.abandoned) {
			session.cutPersistent(stream);
			return;
		}
		// Padding counts, and nobody else will credit it.
		const padding = this.#dataLength - this.#dataContent;
		if (padding > 0) stream.credit(padding);
		if (this.#dataContent > 0 && stream.receiveWindow !== null && stream.receiveWindow.turnedHalf()) {
			session.wantRoundTrip();
		}
	}
}

const NAMES: Readonly<Record<number, string>> = {
	[FrameType.DATA]: 'DATA',
	[FrameType.RST_STREAM]: 'RST_STREAM',
	[FrameType.WINDOW_UPDATE]: 'WINDOW_UPDATE',
};

/** Content as an application gets it: small chunks are copied out of large reads, so that they do not keep them alive. */
function chunkOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
	const length = end - start;
	const { buffer } = bytes;
	if (length * COPIED_PART >= buffer.byteLength) return new Uint8Array(buffer, bytes.byteOffset + start, length);
	const copy = new Uint8Array(length);
	copy.set(bytes.subarray(start, end));
	return copy;
}
