/** Deadlines of an HTTP/2 connection: looked at about once a second, with the time passed in. */
import { ErrorCode } from '../../wire/fault.ts';
import type { FrameReader } from './frame-reader.ts';
import { connectionFault } from './peer-fault.ts';
import type { Receiver } from './receiver.ts';
import { Retirement, type Session } from './session.ts';
import { Answer, type Stream } from './stream.ts';

/** How long the first GOAWAY of a graceful stop waits for its PING to be answered, in milliseconds. */
const RETIREMENT_WAIT = 1000;

/** How long a request that nobody wants may take to end behind its response, in milliseconds. */
const ABANDONED_WAIT = 1000;

/** Watches one connection. */
export class Deadlines {
	readonly #session: Session;
	readonly #reader: FrameReader;
	readonly #receiver: Receiver;
	/** Which frame was last seen incomplete, and since when, in milliseconds. */
	#partial = 0;
	#partialSince = 0;

	constructor(session: Session, reader: FrameReader, receiver: Receiver) {
		this.#session = session;
		this.#reader = reader;
		this.#receiver = receiver;
	}

	/** Input has been taken. */
	received(): void {
		if (this.#reader.partial === this.#partial) return;
		this.#partial = this.#reader.partial;
		this.#partialSince = this.#session.now;
	}

	/** Acts on what has passed. */
	pass(): void {
		const session = this.#session;
		if (session.retirement === Retirement.ANNOUNCED && session.now - session.retiredAt >= RETIREMENT_WAIT) {
			session.finishRetiring();
		}
		this.#connection();
		if (session.dead) return;
		for (const stream of session.streams.values()) this.#stream(stream);
	}

	#connection(): void {
		const session = this.#session;
		const { silence, head, settings, idle } = session.timeouts;
		if (!this.#receiver.begun) {
			if (this.#passed(session.startedAt, silence)) {
				session.shutDown(ErrorCode.NO_ERROR, 'The preface did not come in time (timeouts.silence)', 'timeout');
			}
			return;
		}
		const { openBlock, openSince } = this.#receiver.heads;
		const blockLate = openBlock !== 0 && this.#passed(openSince, head);
		if (blockLate || (this.#reader.midFrame && this.#passed(this.#partialSince, head))) {
			session.fail(
				connectionFault(
					ErrorCode.ENHANCE_YOUR_CALM,
					'timeouts.head',
					'A field block or a frame did not come whole in time',
				),
			);
			return;
		}
		if (session.settingsSince >= 0 && this.#passed(session.settingsSince, settings)) {
			session.fail(
				connectionFault(ErrorCode.SETTINGS_TIMEOUT, 'RFC 9113 §6.5.3', 'SETTINGS were not acknowledged in time'),
			);
			return;
		}
		if (session.exchanges === 0 && this.#passed(session.idleSince, idle)) {
			session.shutDown(ErrorCode.NO_ERROR, 'The connection was idle (timeouts.idle)', 'timeout');
		}
	}

	#stream(stream: Stream): void {
		if (stream.abandoned) {
			if (this.#passed(stream.movedAt, ABANDONED_WAIT)) this.#session.cut(stream, ErrorCode.NO_ERROR);
			return;
		}
		if (this.#stalled(stream) || this.#contentLate(stream)) this.#session.expel(stream, 'timeout', ErrorCode.CANCEL);
	}

	/** Output waits, and it is the peer that does not let it go: its windows are shut, or it does not read. */
	#stalled(stream: Stream): boolean {
		const session = this.#session;
		const { stall } = session.timeouts;
		if (stream.queue === null || stream.queue.size === 0 || !this.#passed(stream.movedAt, stall)) return false;
		// Others may have gone first: a stream that only waits for its turn is not stalled.
		return stream.sendWindow.available <= 0 || this.#passed(session.movedAt, stall);
	}

	/** Content that the application waits for comes too slowly. */
	#contentLate(stream: Stream): boolean {
		const session = this.#session;
		const { content, contentRate } = session.timeouts;
		if (content === 0 || !this.#contentDue(stream)) {
			stream.restartMeasure();
			return false;
		}
		const span = session.now - stream.measuredAt;
		if (span < content) return false;
		if (stream.measured * 1000 < contentRate * span) return true;
		stream.restartMeasure();
		return false;
	}

	/**
	 * The peer is expected to send. Not while the application holds content, or the peer waits for 100 (Continue); not
	 * in tunnels; and not while a response is under way, when either side may wait for the other.
	 */
	#contentDue(stream: Stream): boolean {
		const window = stream.receiveWindow;
		return (
			window !== null &&
			stream.peerOpen &&
			!stream.discarded &&
			stream.head.method !== 'CONNECT' &&
			window.held === 0 &&
			stream.invited &&
			stream.answer !== Answer.HELD &&
			stream.answer !== Answer.BEGUN
		);
	}

	#passed(since: number, timeout: number): boolean {
		return timeout > 0 && this.#session.now - since >= timeout;
	}
}
