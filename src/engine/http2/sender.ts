/** The sending half: response heads, promises, and content as windows and priorities allow. */
import type { RequestHead } from '../../wire/carrier.ts';
import { ErrorCode } from '../../wire/fault.ts';
import type { Fields } from '../../wire/fields.ts';
import type { Output } from '../../wire/output.ts';
import { HpackEncoder } from '../hpack/encoder.ts';
import { Flag, FRAME_HEAD, FRAME_SIZE, FrameType, putFrameHead, WINDOW_DEFAULT } from './frame.ts';
import { Gathering } from './gathering.ts';
import { excess } from './peer-fault.ts';
import { Scheduler } from './scheduler.ts';
import type { Session } from './session.ts';
import { Answer, type Stream } from './stream.ts';
import { nextState, StreamEvent, StreamState } from './stream-state.ts';
import { SendWindow } from './window.ts';

/** A DATA frame of so many octets, or one that empties its stream, was not forced to be small by the peer's windows. */
const WORTHY_FRAME = 1024;

/** Sends for all streams of a connection. */
export class Sender {
	readonly scheduler: Scheduler<Stream> = new Scheduler();
	/** What the peer takes on the whole connection. */
	readonly window: SendWindow = new SendWindow(WINDOW_DEFAULT);
	readonly encoder: HpackEncoder = new HpackEncoder();
	readonly #session: Session;
	readonly #out: Output;
	/** The stream that an application is answering: it has a held head, or a chunk that waits for what follows. */
	#current: Stream | null = null;
	/** Others like it. */
	readonly #pending: Gathering<Stream> = new Gathering();
	/** At the last look the transport could take content. */
	#open = true;
	/** Content was moved as far as there was room, and more waits: the transport may have room again at once. */
	#more = false;

	constructor(session: Session) {
		this.#session = session;
		this.#out = session.output;
	}

	// ---- heads ------------------------------------------------------------------------------------------------------

	/** An informational response (RFC 9113 §8.1). */
	inform(stream: Stream, status: number, fields: Fields): void {
		const start = this.#openBlock();
		this.encoder.status(this.#out, status);
		this.#putFields(fields);
		this.#closeBlock(start, FrameType.HEADERS, 0, stream.id);
	}

	/** The head of the final response: what the stream holds. */
	begin(stream: Stream, endStream: boolean): void {
		stream.answer = Answer.BEGUN;
		const start = this.#openBlock();
		this.encoder.status(this.#out, stream.status);
		if (!this.#putFields(stream.fields)) this.encoder.field(this.#out, 'date', this.#session.host.date(), false);
		this.#closeBlock(start, FrameType.HEADERS, endStream ? Flag.END_STREAM : 0, stream.id);
		stream.state = nextState(stream.state, StreamEvent.RESPONSE);
		// The measure of the rate stopped, or stops, while the response is under way.
		stream.restartMeasure();
	}

	/** A whole response without content, on a stream of which no exchange was made. */
	answerUnopened(id: number, status: number): void {
		const start = this.#openBlock();
		this.encoder.status(this.#out, status);
		this.encoder.field(this.#out, 'date', this.#session.host.date(), false);
		this.#closeBlock(start, FrameType.HEADERS, Flag.END_STREAM, id);
	}

	/** PUSH_PROMISE (RFC 9113 §6.6, §8.4). */
	promise(parent: number, id: number, head: RequestHead): void {
		const out = this.#out;
		const encoder = this.encoder;
		const start = out.at;
		out.reserve(FRAME_HEAD + 4);
		out.at = start + FRAME_HEAD;
		out.u32(id);
		encoder.begin(out);
		encoder.field(out, ':method', head.method, false);
		encoder.field(out, ':scheme', head.scheme, false);
		encoder.field(out, ':authority', head.authority, false);
		encoder.field(out, ':path', head.target, false);
		this.#putFields(head.fields);
		this.#closeBlock(start, FrameType.PUSH_PROMISE, 0, parent);
	}

	/** Room for the frame's head, and the start of a field block. */
	#openBlock(): number {
		const out = this.#out;
		const start = out.at;
		out.reserve(FRAME_HEAD);
		out.at = start + FRAME_HEAD;
		this.encoder.begin(out);
		return start;
	}

	/** Puts the frame's head in front, or frames' heads where the block is too large for one (RFC 9113 §4.3). */
	#closeBlock(start: number, type: number, flags: number, id: number): void {
		const out = this.#out;
		const end = out.at;
		const length = end - start - FRAME_HEAD;
		const most = this.#session.peer.maxFrameSize;
		out.at = start;
		if (length <= most) {
			putFrameHead(out, length, type, flags | Flag.END_HEADERS, id);
			out.at = end;
			return;
		}
		const block = new Uint8Array(length);
		block.set(out.bytes.subarray(start + FRAME_HEAD, end));
		for (let at = 0; at < length; at += most) {
			const part = block.subarray(at, Math.min(at + most, length));
			const last = at + most >= length ? Flag.END_HEADERS : 0;
			out.reserve(FRAME_HEAD);
			if (at === 0) putFrameHead(out, part.length, type, flags | last, id);
			else putFrameHead(out, part.length, FrameType.CONTINUATION, last, id);
			out.raw(part);
		}
	}

	/** @returns whether Date was among them */
	#putFields(fields: Fields): boolean {
		const out = this.#out;
		const encoder = this.encoder;
		const { lines, sensitive } = fields;
		let dated = false;
		for (let i = 0; i < lines.length; i += 2) {
			const name = lines[i] as string;
			switch (name.length) {
				case 2:
					if (isConnectionSpecific(name)) continue;
					break;
				case 4:
					if (name === 'date' || name.toLowerCase() === 'date') dated = true;
					break;
				case 7:
				case 10:
				case 16:
				case 17:
					if (isConnectionSpecific(name)) continue;
					break;
			}
			const secret = sensitive?.includes(name.toLowerCase()) ?? false;
			encoder.field(out, name, lines[i + 1] as string, secret);
		}
		return dated;
	}

	// ---- content ----------------------------------------------------------------------------------------------------

	/** The stream has something to flush that may better wait for what the application does next in this turn. */
	await(stream: Stream): void {
		const current = this.#current;
		if (current === stream) return;
		if (current !== null && !current.pending) {
			current.pending = true;
			this.#pending.add(current);
		}
		this.#current = stream;
		this.#session.touch();
	}

	/** The application has ended the response, or its half of a tunnel. */
	end(stream: Stream): void {
		if (this.#current === stream) this.#current = null;
		// A head is held only while nothing is behind it.
		const whole = stream.answer === Answer.HELD && stream.trailers === null;
		if (stream.answer === Answer.HELD) this.begin(stream, whole);
		stream.answer = Answer.ENDED;
		if (whole) this.#ended(stream);
		else this.flush(stream);
	}

	/** Sends what the stream has, or puts it up for its turn in `gather`, or leaves it until its window opens. */
	flush(stream: Stream): void {
		if (!stream.ourOpen) return;
		const size = stream.queue === null ? 0 : stream.queue.size;
		if (size === 0) {
			if (stream.answer === Answer.ENDED) this.#finish(stream);
			return;
		}
		if (stream.scheduled) return;
		const room = stream.sendWindow.available;
		if (room <= 0) return;
		if (
			size <= room &&
			size <= FRAME_SIZE &&
			size <= this.window.available &&
			this.scheduler.size === 0 &&
			this.#open &&
			this.#out.size < this.#session.limits.bufferedOutput
		) {
			this.#sendData(stream, size);
		} else {
			this.scheduler.add(stream);
		}
	}

	/** The peer has widened the windows of a stream that was held back by it. */
	opened(stream: Stream): void {
		if (stream.sendWindow.available <= 0 || stream.queue === null || stream.queue.size === 0) return;
		this.scheduler.add(stream);
		this.#session.touch();
	}

	/** Moves what may be sent now into the output: held heads, and content by priority. */
	gather(room: number): void {
		const session = this.#session;
		this.#open = room > 0;
		if (this.#open) session.control.backlog = 0;
		else if (session.control.backlog > session.limits.bufferedControlOutput) {
			session.fail(excess('bufferedControlOutput', 'The peer asks for answers that it does not read'));
		}
		const current = this.#current;
		if (current !== null) {
			this.#current = null;
			this.#settle(current);
		}
		if (this.#pending.count > 0) this.#pending.take(this.#settlePending);
		if (session.unwanted.length > 0) this.#abandonRequests();
		if (this.#open && this.scheduler.size > 0) this.#share(room - this.#out.size);
	}

	/** The turn is over for a stream that waited for what follows. */
	#settle(stream: Stream): void {
		if (stream.answer === Answer.HELD && stream.ourOpen) this.begin(stream, false);
		this.flush(stream);
	}

	readonly #settlePending = (stream: Stream): void => {
		stream.pending = false;
		this.#settle(stream);
	};

	/** One frame after another, to whom the scheduler gives the turn. */
	#share(room: number): void {
		const scheduler = this.scheduler;
		while (this.window.available > 0 && scheduler.size > 0) {
			// Before the turn is given: whoever has it shall send.
			if (room <= 0) {
				this.#more = true;
				return;
			}
			const stream = scheduler.next() as Stream;
			const waiting = stream.queue === null ? 0 : stream.queue.size;
			const size = Math.min(waiting, FRAME_SIZE, stream.sendWindow.available, this.window.available);
			// A window may be negative (RFC 9113 §6.9.2).
			if (size > 0) {
				this.#sendData(stream, size);
				room -= size;
			}
			// Its window is shut, or it has nothing more: it comes back when that changes.
			if (size === waiting || stream.sendWindow.available <= 0) scheduler.remove(stream);
		}
	}

	/** One DATA frame, with END_STREAM if it is the last. */
	#sendData(stream: Stream, size: number): void {
		const queue = stream.queue as NonNullable<Stream['queue']>;
		const out = this.#out;
		const emptied = size === queue.size;
		const last = emptied && stream.answer === Answer.ENDED;
		const endStream = last && stream.trailers === null;
		out.reserve(FRAME_HEAD);
		putFrameHead(out, size, FrameType.DATA, endStream ? Flag.END_STREAM : 0, stream.id);
		queue.moveTo(out, size);
		this.window.spend(size);
		stream.sendWindow.spend(size);
		stream.unhanded += size;
		const session = this.#session;
		session.noteMoved(stream);
		// The peer answers content with WINDOW_UPDATE, on the stream and on the connection.
		if (emptied || size >= WORTHY_FRAME) session.controlFrames.earn(2);
		if (endStream) this.#ended(stream);
		else if (last) this.#finish(stream);
	}

	/** All content is out: END_STREAM, on the trailer section or on an empty DATA frame. */
	#finish(stream: Stream): void {
		const out = this.#out;
		if (stream.trailers !== null) {
			const start = this.#openBlock();
			this.#putFields(stream.trailers);
			this.#closeBlock(start, FrameType.HEADERS, Flag.END_STREAM, stream.id);
		} else {
			out.reserve(FRAME_HEAD);
			putFrameHead(out, 0, FrameType.DATA, Flag.END_STREAM, stream.id);
		}
		this.#ended(stream);
	}

	#ended(stream: Stream): void {
		this.#session.noteMoved(stream);
		stream.ended();
	}

	/** Responses have ended on streams whose request is unwanted and has not ended in this turn. */
	#abandonRequests(): void {
		const session = this.#session;
		const unwanted = session.unwanted;
		session.unwanted = [];
		for (const stream of unwanted) {
			if (!stream.abandoned) continue;
			session.noteMoved(stream);
			session.cutPersistent(stream);
		}
	}

	// ---- handed over ------------------------------------------------------------------------------------------------

	/** The peer may see streams end, and open others in their place, long before their content has come back (RFC 9113 §5.1.2). */
	handedOn(): void {
		const session = this.#session;
		for (const stream of session.moved.peek()) if (stream.state === StreamState.CLOSED) session.discount(stream);
	}

	/** The output is in the transport's hands: exchanges hear of it. */
	handedOver(): void {
		const session = this.#session;
		if (this.#more) {
			// Each such turn has moved content, so this cannot go round idly.
			this.#more = false;
			session.host.wake();
		}
		if (session.moved.count > 0) session.moved.take(this.#tell);
	}

	/** What has moved of a stream is in the transport's hands. */
	readonly #tell = (stream: Stream): void => {
		const session = this.#session;
		stream.moved = false;
		const fell = stream.unhanded > 0;
		if (fell) session.movedAt = session.now;
		stream.movedSince += stream.unhanded;
		stream.unhanded = 0;
		if (stream.movedSince >= session.leastMovement || stream.queue === null || stream.queue.size === 0) {
			stream.movedAt = session.now;
			stream.movedSince = 0;
		}
		if (stream.state === StreamState.CLOSED) session.discount(stream);
		if (stream.over) return;
		if (stream.state === StreamState.CLOSED || stream.abandoned) {
			session.release(stream);
			stream.sink.closed('complete', ErrorCode.NO_ERROR);
		} else if (fell) {
			stream.sink.sent(stream.queue === null ? 0 : stream.queue.size);
		}
	};
}

/**
 * Fields that HTTP/2 does not have (RFC 9113 §8.2.2), TE in a request excepted: an application that also serves HTTP/1.1 may send them,
 * and clients take a response with one of them for malformed.
 */
function isConnectionSpecific(name: string): boolean {
	switch (name.toLowerCase()) {
		case 'te':
		case 'connection':
		case 'keep-alive':
		case 'proxy-connection':
		case 'transfer-encoding':
		case 'upgrade':
			return true;
		default:
			return false;
	}
}
