/** What the parts of an HTTP/2 connection share: its streams and counts, the time, and how faults and endings are carried out. */
import type { CarrierEnd } from '../../wire/carrier.ts';
import type { EngineHost } from '../../wire/engine.ts';
import { ErrorCode, type Fault } from '../../wire/fault.ts';
import { Output } from '../../wire/output.ts';
import { leastMovement, type Timeouts } from '../../wire/timeouts.ts';
import { ControlFrames } from './control-frames.ts';
import { EarlyPriorities } from './early-priorities.ts';
import { STREAM_ID_MAX, WINDOW_DEFAULT } from './frame.ts';
import { Gathering } from './gathering.ts';
import type { Http2Limits, Http2Options } from './limits.ts';
import { excess } from './peer-fault.ts';
import { TokenBucket } from './rate.ts';
import { ResetMemory } from './reset-memory.ts';
import { expressible, PeerSettings, putSettings } from './settings.ts';
import type { Stream } from './stream.ts';
import { StreamState } from './stream-state.ts';
import { StreamTable } from './stream-table.ts';
import { ReceiveWindow } from './window.ts';

/** How far a graceful stop has come (RFC 9113 §6.8). */
export const Retirement = {
	NONE: 0,
	/** GOAWAY says that an end is near; requests that are on their way are still taken. */
	ANNOUNCED: 1,
	/** GOAWAY has named the last stream that is processed. */
	FINAL: 2,
} as const;
export type Retirement = (typeof Retirement)[keyof typeof Retirement];

/** What our PINGs are for: the first number of their opaque data. */
const PingPurpose = { ROUND_TRIP: 1, RETIREMENT: 2 } as const;

/** A measured round trip is good for so long, in milliseconds. */
const ROUND_TRIP_AGE = 10_000;

/** One HTTP/2 connection. */
export class Session {
	readonly host: EngineHost;
	readonly limits: Http2Limits;
	readonly timeouts: Timeouts;
	readonly extendedConnect: boolean;
	/** Octets that a stream's output must move by within `timeouts.stall`. */
	readonly leastMovement: number;
	readonly output: Output = new Output();
	readonly control: ControlFrames;
	readonly peer: PeerSettings = new PeerSettings();
	/** The time, as last told. */
	now = 0;
	/** Input is being taken: a turn follows in any case. */
	receiving = false;

	/** Streams that are not closed, by identifier. A request is put in when its application has had its first call. */
	readonly streams: StreamTable = new StreamTable();
	/** Streams whose output has moved since it was last handed over, closed ones among them. */
	readonly moved: Gathering<Stream> = new Gathering();
	/** Streams whose response has ended, and the rest of whose request is unwanted: they are looked at when the turn ends. */
	unwanted: Stream[] = [];
	/** Pushed streams whose exchange has not been told that their request has ended. */
	promised: Stream[] = [];
	/** Exchanges that have not been told of their end, nor reset. */
	exchanges = 0;
	/**
	 * Requests that are open to the peer: one that we have closed is, until the peer can know. So nobody gets more responses
	 * into one turn's output than there may be streams.
	 */
	requests = 0;
	/** Pushed streams, likewise. */
	pushes = 0;
	/** The highest stream identifier that the client has used, and we have. */
	lastRequest = 0;
	lastPush = 0;

	readonly connectionWindow: ReceiveWindow;
	/** What windows of streams may still grow by. */
	growthLeft: number;
	/** The window that new streams get. */
	streamWindow: number;
	/** In milliseconds; -1 until it has been measured. */
	roundTrip = -1;

	readonly resets: TokenBucket;
	readonly controlFrames: TokenBucket;
	readonly emptyFrames: TokenBucket;
	readonly resetMemory: ResetMemory = new ResetMemory();
	readonly earlyPriorities: EarlyPriorities;

	retirement: Retirement = Retirement.NONE;
	/** When the retirement was announced. */
	retiredAt = 0;
	/** The highest stream that is processed, once the retirement is final. */
	lastTaken: number = STREAM_ID_MAX;
	/** The peer has sent GOAWAY: it takes no more pushes. */
	peerRetired = false;
	/** Nothing is taken from the peer, or from exchanges, any more. */
	dead = false;
	finished = false;

	/** When the connection began, when it was last without exchanges, when any content last left; in milliseconds. */
	startedAt = -1;
	idleSince = 0;
	movedAt = 0;
	/** When our SETTINGS were sent; -1 once they are acknowledged. */
	settingsSince = 0;

	/** Exchanges to be told of the end of the connection. */
	#doomed: Stream[] = [];
	#doom: CarrierEnd = 'lost';
	#doomCode: number = ErrorCode.NO_ERROR;
	/** When the PING for the round trip was sent, or -1; when the last answer came. */
	#pingAt = -1;
	#measuredAt = 0;
	#pings = 0;

	constructor(host: EngineHost, options: Http2Options, timeouts: Timeouts) {
		this.host = host;
		const limits = expressible(options.limits);
		this.limits = limits;
		this.timeouts = timeouts;
		this.leastMovement = leastMovement(timeouts);
		this.extendedConnect = options.extendedConnect;
		this.control = new ControlFrames(this.output);
		this.resets = new TokenBucket(limits.resetBurst, limits.resetsPerSecond);
		this.controlFrames = new TokenBucket(limits.controlFrameBurst, limits.controlFramesPerSecond);
		this.emptyFrames = new TokenBucket(limits.emptyFrameBurst, limits.emptyFramesPerSecond);
		this.earlyPriorities = new EarlyPriorities(limits.concurrentStreams);
		this.growthLeft = limits.windowGrowth;
		// Until it acknowledges our SETTINGS, the peer may go by the default.
		this.streamWindow = Math.max(limits.streamWindow, WINDOW_DEFAULT);
		this.connectionWindow = new ReceiveWindow(WINDOW_DEFAULT, 0);
		putSettings(this.output, limits, options.extendedConnect);
		const more = limits.connectionWindow - WINDOW_DEFAULT;
		if (more > 0) {
			this.connectionWindow.widen(more);
			this.control.windowUpdate(0, more);
		}
	}

	/** The time is told; the first time begins the clocks. */
	tell(now: number): void {
		this.now = now;
		if (this.startedAt >= 0) return;
		this.startedAt = now;
		this.idleSince = now;
		this.movedAt = now;
		this.settingsSince = now;
	}

	/** Something is to be sent, or told: outside of input a turn has to be asked for. */
	touch(): void {
		if (!this.receiving) this.host.wake();
	}

	// ---- streams ----------------------------------------------------------------------------------------------------

	/** The stream has been closed, in its state, by either side. */
	leave(stream: Stream): void {
		if (stream.listed) this.streams.delete(stream.id);
		this.noteMoved(stream);
		const window = stream.receiveWindow;
		if (window !== null) this.growthLeft += window.grown;
	}

	/** The peer knows that the stream is closed, or is about to be told. */
	discount(stream: Stream): void {
		if (!stream.counted) return;
		stream.counted = false;
		if ((stream.id & 1) === 1) this.requests--;
		else this.pushes--;
	}

	/** The exchange hears no more: it has been told of its end, or has reset the stream itself. */
	release(stream: Stream): void {
		stream.over = true;
		if (--this.exchanges > 0) return;
		this.idleSince = this.now;
		if (this.retirement === Retirement.FINAL) this.finished = true;
	}

	/** Its output has moved: it is to be looked at when the output has been handed over. */
	noteMoved(stream: Stream): void {
		if (stream.moved) return;
		stream.moved = true;
		this.moved.add(stream);
	}

	/** Resets a stream that has an exchange, if it is not closed. The exchange is not told. */
	cut(stream: Stream, code: number): void {
		if (stream.state === StreamState.CLOSED) return;
		this.resetUnopened(stream.id, code, !stream.peerOpen);
		stream.drop();
	}

	/**
	 * The response has ended, and the rest of the request is unwanted: RST_STREAM with NO_ERROR tells the peer (RFC 9113
	 * §8.1). Most requests are about to end, and some clients take a reset for a failure. So it is sent here only to a
	 * peer that goes on sending, or is bound to run out of credit; and by the deadlines to one that does not end.
	 */
	cutPersistent(stream: Stream): void {
		const window = stream.receiveWindow;
		if (window === null) return;
		if (stream.remaining > window.available || window.available * 2 <= window.size)
			this.cut(stream, ErrorCode.NO_ERROR);
	}

	/** Resets a stream of which no exchange was made. */
	resetUnopened(id: number, code: number, peerEnded: boolean): void {
		this.control.reset(id, code);
		if (!peerEnded) this.resetMemory.add(id);
	}

	/** Resets a stream and tells its exchange. */
	expel(stream: Stream, end: CarrierEnd, code: number): void {
		this.cut(stream, code);
		if (stream.over) return;
		this.release(stream);
		stream.sink.closed(end, code);
	}

	// ---- faults -----------------------------------------------------------------------------------------------------

	/** The peer broke a rule on a stream: the stream is reset. */
	failStream(stream: Stream, fault: Fault): void {
		this.host.fault(fault);
		this.expel(stream, 'reset', fault.code);
		this.countReset();
	}

	/** The same, for a stream of which no exchange was made. */
	failUnopened(id: number, fault: Fault, peerEnded: boolean): void {
		this.host.fault(fault);
		this.resetUnopened(id, fault.code, peerEnded);
		this.countReset();
	}

	/** A stream was reset by the peer, or for its fault (CVE-2023-44487, CVE-2025-8671). */
	countReset(): void {
		if (!this.resets.take(1, this.now)) {
			this.fail(excess('resetBurst', 'Too many streams were reset, or had to be reset'));
		}
	}

	/** The peer sent a frame that asks for work and carries no content. False when it was one too many. */
	charge(frames: number): boolean {
		if (this.controlFrames.take(frames, this.now)) return true;
		this.fail(excess('controlFrameBurst', 'Too many control frames'));
		return false;
	}

	/** The peer sent a frame that says nothing. False when it was one too many. */
	chargeEmpty(): boolean {
		if (this.emptyFrames.take(1, this.now)) return true;
		this.fail(excess('emptyFrameBurst', 'Too many empty frames'));
		return false;
	}

	/** The peer broke a rule of the connection: GOAWAY, and every exchange is lost. They are told by {@link settle}. */
	fail(fault: Fault): void {
		if (this.dead) return;
		this.host.fault(fault);
		this.shutDown(fault.code, fault.toString(), 'lost');
	}

	/** Ends the connection: GOAWAY, and every exchange is over. They are told by {@link settle}. */
	shutDown(code: number, debug: string, end: CarrierEnd): void {
		if (this.dead) return;
		this.control.goaway(Math.min(this.lastRequest, this.lastTaken), code, debug);
		this.end(end, code);
		this.touch();
	}

	/** Every exchange is over, without a word to the peer. They are told by {@link settle}. */
	end(end: CarrierEnd, code: number): void {
		if (this.dead) return;
		this.dead = true;
		this.finished = true;
		this.#doom = end;
		this.#doomCode = code;
		// Streams whose response is complete but not handed over have not been told either.
		for (const stream of this.moved.peek()) if (stream.state === StreamState.CLOSED) this.#doomed.push(stream);
		for (const stream of this.streams.values()) this.condemn(stream);
	}

	/** The connection is dead, and this stream with it. */
	condemn(stream: Stream): void {
		if (stream.state !== StreamState.CLOSED) stream.drop();
		this.#doomed.push(stream);
	}

	/** Tells the exchanges of a dead connection. Never called inside a command. */
	settle(): void {
		if (this.#doomed.length === 0) return;
		const doomed = this.#doomed;
		this.#doomed = [];
		for (const stream of doomed) {
			if (stream.over) continue;
			this.release(stream);
			stream.sink.closed(this.#doom, this.#doomCode);
		}
	}

	// ---- a graceful stop (RFC 9113 §6.8) ----------------------------------------------------------------------------

	/** Announces the end. Requests that the peer sent before it knew are still taken. */
	retire(): void {
		if (this.dead || this.retirement !== Retirement.NONE) return;
		this.retirement = Retirement.ANNOUNCED;
		this.retiredAt = this.now;
		this.control.goaway(STREAM_ID_MAX, ErrorCode.NO_ERROR, '');
		this.control.ping(PingPurpose.RETIREMENT, 0);
		this.touch();
	}

	/** The peer knows, or has had the time to: names the last request. */
	finishRetiring(): void {
		if (this.dead || this.retirement !== Retirement.ANNOUNCED) return;
		this.retirement = Retirement.FINAL;
		this.lastTaken = this.lastRequest;
		this.control.goaway(this.lastTaken, ErrorCode.NO_ERROR, '');
		if (this.exchanges === 0) this.finished = true;
		this.touch();
	}

	// ---- the round trip ---------------------------------------------------------------------------------------------

	/** Content comes in quantity: its windows can be sized if the round trip is known. */
	wantRoundTrip(): void {
		if (this.#pingAt >= 0) return;
		if (this.roundTrip >= 0 && this.now - this.#measuredAt < ROUND_TRIP_AGE) return;
		this.#pingAt = this.now;
		this.control.ping(PingPurpose.ROUND_TRIP, ++this.#pings >>> 0);
	}

	/** A PING of ours has been acknowledged. False when it is none that we sent. */
	pingAcknowledged(purpose: number, count: number): boolean {
		if (purpose === PingPurpose.RETIREMENT && this.retirement === Retirement.ANNOUNCED) {
			this.finishRetiring();
			return true;
		}
		if (purpose !== PingPurpose.ROUND_TRIP || this.#pingAt < 0 || count !== this.#pings >>> 0) return false;
		this.roundTrip = this.now - this.#pingAt;
		this.#measuredAt = this.now;
		this.#pingAt = -1;
		return true;
	}
}
