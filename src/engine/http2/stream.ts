/** One HTTP/2 stream: the carrier of an exchange. */
import type { Carrier, CarrierSink, Priority, RequestHead } from '../../wire/carrier.ts';
import { ChunkQueue } from '../../wire/chunk-queue.ts';
import type { StreamView } from '../../wire/engine-view.ts';
import { Fields } from '../../wire/fields.ts';
import { STREAM_ID_MAX } from './frame.ts';
import type { Scheduled } from './scheduler.ts';
import type { Sender } from './sender.ts';
import { Retirement, type Session } from './session.ts';
import { nextState, StreamEvent, StreamState } from './stream-state.ts';
import { type ReceiveWindow, SendWindow } from './window.ts';

/** How far the response has come. */
export const Answer = {
	NONE: 0,
	/** The application has given its head, which waits for what comes behind it. */
	HELD: 1,
	/** The head has been written. */
	BEGUN: 2,
	/** The application has ended it. Whether END_STREAM has been written, the stream's state tells. */
	ENDED: 3,
} as const;
export type Answer = (typeof Answer)[keyof typeof Answer];

/** Before an exchange has set its own. */
const NOBODY: CarrierSink = { content() {}, contentEnd() {}, sent() {}, reprioritized() {}, closed() {} };

const NO_FIELDS = new Fields();

/**
 * A stream. What an exchange may do is {@link Carrier}; the rest is for the engine.
 *
 * Content is handed on as it comes, wanted or not: the exchange queues it, which the stream's window bounds, and credits
 * it when it has been delivered. So `hold` and `release` have nothing to do here.
 */
export class Stream implements Carrier, Scheduled {
	readonly id: number;
	readonly head: RequestHead;
	readonly #session: Session;
	readonly #sender: Sender;
	sink: CarrierSink = NOBODY;
	state: StreamState;
	/** It is among the session's streams. */
	listed = false;
	/** The exchange has been told of the end, or has reset the stream. */
	over = false;
	/** It counts against the limit of concurrent streams. */
	counted = true;

	/** Where the response stands. */
	answer: Answer = Answer.NONE;
	/** The head of the response while it is held. */
	status = 0;
	fields: Fields = NO_FIELDS;
	/** To be sent behind the content. */
	trailers: Fields | null = null;
	readonly sendWindow: SendWindow;
	/** Content that waits; null until there has been some. */
	queue: ChunkQueue | null = null;
	/** Octets of content in the output, not handed over. */
	unhanded = 0;
	/** It is in the session's list of streams whose output has moved. */
	moved = false;
	/** It is in the sender's list of streams that have something to flush. */
	pending = false;
	scheduled = false;
	priority: Priority;
	/** The application has set the priority, so that the client's word does not count any more. */
	ownPriority = false;
	/** When output last moved as it must, or began to wait, in milliseconds; and the octets that have moved since. */
	movedAt = 0;
	movedSince = 0;

	/** What the client may send; null when its request ended with the head. */
	receiveWindow: ReceiveWindow | null;
	/** Octets of content that are still to come under Content-Length, or -1. */
	remaining: number;
	/** The rest of the request is unwanted. */
	discarded = false;
	/** A tunnel is open: what comes is not content. */
	tunnel = false;
	/** 100 (Continue) has been sent, or is not waited for any more. */
	invited: boolean;
	/** When the measure of the rate of content began, in milliseconds, and how many octets have come since. */
	measuredAt: number;
	measured = 0;

	/** @param state OPEN, HALF_CLOSED_REMOTE, or RESERVED for a pushed stream */
	constructor(
		session: Session,
		sender: Sender,
		id: number,
		head: RequestHead,
		priority: Priority,
		state: StreamState,
		receiveWindow: ReceiveWindow | null,
	) {
		this.#session = session;
		this.#sender = sender;
		this.id = id;
		this.head = head;
		this.priority = priority;
		this.state = state;
		this.sendWindow = new SendWindow(session.peer.initialWindowSize);
		this.receiveWindow = receiveWindow;
		this.remaining = receiveWindow === null ? -1 : head.contentLength;
		this.invited = !head.expectsContinue;
		this.measuredAt = session.now;
	}

	/** For people who look on. */
	view(): StreamView {
		return {
			id: this.id,
			method: this.head.method,
			target: this.head.target,
			sendWindow: this.sendWindow.available,
			receiveWindow: this.receiveWindow === null ? null : this.receiveWindow.available,
			tunnel: this.tunnel,
			responded: this.answer !== Answer.NONE,
		};
	}

	// ---- what can be done -------------------------------------------------------------------------------------------

	get canInform(): boolean {
		return !this.pushed;
	}

	get canTrail(): boolean {
		return true;
	}

	get canAccept(): boolean {
		return this.head.method === 'CONNECT';
	}

	get canPush(): boolean {
		const session = this.#session;
		return (
			session.peer.enablePush &&
			!this.pushed &&
			(this.state === StreamState.OPEN || this.state === StreamState.HALF_CLOSED_REMOTE) &&
			!session.dead &&
			!session.peerRetired &&
			session.retirement === Retirement.NONE &&
			session.pushes < Math.min(session.peer.maxConcurrentStreams, session.limits.concurrentStreams) &&
			session.lastPush < STREAM_ID_MAX - 2
		);
	}

	/** It was promised by us: even identifiers (RFC 9113 §5.1.1). */
	get pushed(): boolean {
		return (this.id & 1) === 0;
	}

	/** The client may still send. */
	get peerOpen(): boolean {
		return this.state === StreamState.OPEN || this.state === StreamState.HALF_CLOSED_LOCAL;
	}

	/** END_STREAM has not been written, nor has the stream been reset. */
	get ourOpen(): boolean {
		return this.state !== StreamState.CLOSED && this.state !== StreamState.HALF_CLOSED_LOCAL;
	}

	/** The response has ended, the request has not, but nobody wants the rest of it. */
	get abandoned(): boolean {
		return this.discarded && this.state === StreamState.HALF_CLOSED_LOCAL;
	}

	// ---- commands: the response -------------------------------------------------------------------------------------

	inform(status: number, fields: Fields): void {
		if (this.state === StreamState.CLOSED) return;
		if (status === 100) this.invited = true;
		this.#sender.inform(this, status, fields);
		this.#session.touch();
	}

	continue(): void {
		if (this.invited || this.answer !== Answer.NONE) return;
		this.inform(100, NO_FIELDS);
	}

	respond(status: number, fields: Fields, _reason: string | undefined): void {
		if (this.state === StreamState.CLOSED) return;
		this.answer = Answer.HELD;
		this.status = status;
		this.fields = fields;
		this.#sender.await(this);
	}

	write(chunk: Uint8Array): number {
		if (this.state === StreamState.CLOSED) return 0;
		if (this.answer === Answer.HELD) this.#sender.begin(this, false);
		let queue = this.queue;
		if (queue === null) {
			queue = new ChunkQueue();
			this.queue = queue;
		}
		// A chunk waits for what follows, so that the last one can carry END_STREAM.
		if (queue.size > 0) this.#sender.flush(this);
		if (queue.size === 0) {
			this.movedAt = this.#session.now;
			this.movedSince = 0;
		}
		queue.push(chunk);
		if (!this.scheduled) this.#sender.await(this);
		return queue.size + this.unhanded;
	}

	end(trailers: Fields | null): void {
		if (this.state === StreamState.CLOSED) return;
		this.trailers = trailers !== null && trailers.lines.length > 0 ? trailers : null;
		this.#sender.end(this);
		this.#session.touch();
	}

	accept(fields: Fields): void {
		if (this.state === StreamState.CLOSED) return;
		this.tunnel = true;
		this.status = 200;
		this.fields = fields;
		this.#sender.begin(this, false);
		this.#session.touch();
	}

	push(head: RequestHead): Carrier | null {
		if (!this.canPush) return null;
		const session = this.#session;
		session.lastPush += 2;
		const id = session.lastPush;
		const state = nextState(StreamState.IDLE, StreamEvent.PROMISE);
		const stream = new Stream(session, this.#sender, id, head, head.priority, state, null);
		stream.listed = true;
		session.streams.set(stream);
		session.pushes++;
		session.exchanges++;
		session.promised.push(stream);
		this.#sender.promise(this.id, id, head);
		session.touch();
		return stream;
	}

	reset(code: number): void {
		const session = this.#session;
		if (this.state !== StreamState.CLOSED) {
			session.cut(this, code);
			session.touch();
		}
		if (!this.over) session.release(this);
	}

	retire(): void {
		this.#session.retire();
	}

	prioritize(priority: Priority): void {
		if (this.state === StreamState.CLOSED) return;
		this.ownPriority = true;
		this.#sender.scheduler.reprioritize(this, priority);
	}

	// ---- commands: the request --------------------------------------------------------------------------------------

	credit(bytes: number): void {
		const window = this.receiveWindow;
		if (window === null || !this.peerOpen || this.discarded) return;
		const session = this.#session;
		let increment = window.use(bytes);
		if (window.turned()) {
			const took = window.measure(session.now);
			// The application keeps up, and the window is what holds the peer back: a window a round trip, or nearly so.
			if (session.roundTrip >= 0 && !session.host.scarce && took <= Math.max(2 * session.roundTrip, 1)) {
				const growth = window.grow(session.limits.streamWindowMax, session.growthLeft);
				session.growthLeft -= growth;
				increment += growth;
			}
		}
		if (increment === 0) return;
		session.control.windowUpdate(this.id, increment);
		session.touch();
	}

	hold(): void {}

	release(): void {}

	discard(): void {
		if (this.discarded || this.state === StreamState.CLOSED) return;
		this.discarded = true;
		if (this.state === StreamState.HALF_CLOSED_LOCAL) this.#abandonRequest();
	}

	// ---- for the engine ---------------------------------------------------------------------------------------------

	/** Content has come, and been checked. */
	receive(chunk: Uint8Array): void {
		this.invited = true;
		this.measured += chunk.length;
		this.sink.content(chunk);
	}

	/** The request has ended. */
	receiveEnd(trailers: Fields): void {
		this.state = nextState(this.state, StreamEvent.PEER_END);
		// Before the event: the application may end or reset the stream in it, which closes a stream that is still open.
		if (this.state === StreamState.CLOSED) this.#settle();
		if (!this.discarded && !this.over) this.sink.contentEnd(trailers);
	}

	/** END_STREAM has been written. */
	ended(): void {
		this.state = nextState(this.state, StreamEvent.OUR_END);
		if (this.state === StreamState.CLOSED) this.#settle();
		else if (this.discarded) this.#abandonRequest();
	}

	/** Closed at once: nothing more is sent, what waits is dropped. */
	drop(): void {
		this.#sender.scheduler.remove(this);
		this.queue?.clear();
		this.state = StreamState.CLOSED;
		this.#session.leave(this);
	}

	/** The rate of content is measured anew from now on. */
	restartMeasure(): void {
		this.measuredAt = this.#session.now;
		this.measured = 0;
	}

	/** Both halves have ended. */
	#settle(): void {
		this.#session.leave(this);
		this.#session.touch();
	}

	/** The response has ended, the rest of the request is unwanted: that is all there is to the exchange. */
	#abandonRequest(): void {
		this.#session.unwanted.push(this);
		this.#session.touch();
	}
}
