/** The HTTP/2 engine (RFC 9113, RFC 8441, RFC 9218), server side: one connection, bytes in and bytes out. */
import type { CarrierEnd } from '../../wire/carrier.ts';
import type { Engine, EngineHost } from '../../wire/engine.ts';
import type { EngineView } from '../../wire/engine-view.ts';
import { ErrorCode } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import type { Output } from '../../wire/output.ts';
import type { Timeouts } from '../../wire/timeouts.ts';
import { Deadlines } from './deadlines.ts';
import { FrameReader } from './frame-reader.ts';
import type { HeadReceiver } from './head-receiver.ts';
import type { Http2Options } from './limits.ts';
import { excess } from './peer-fault.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { Retirement, Session } from './session.ts';

/**
 * One HTTP/2 connection. Our SETTINGS are in the output from the beginning: they want a turn, for which the host is
 * woken.
 */
export class Http2Engine implements Engine {
	/** HTTP/2 connections do not close by halves. */
	/** Windows bound what the peer sends; input is never held here. */
	readonly full = false;
	/** Several streams share a read, and their windows say what may be kept of it. */
	readonly borrows = false;
	readonly ended = false;
	readonly severed = false;
	readonly #session: Session;
	readonly #sender: Sender;
	readonly #reader: FrameReader;
	readonly #heads: HeadReceiver;
	readonly #deadlines: Deadlines;

	constructor(host: EngineHost, options: Http2Options, timeouts: Timeouts) {
		this.#session = new Session(host, options, timeouts);
		this.#sender = new Sender(this.#session);
		const receiver = new Receiver(this.#session, this.#sender);
		this.#heads = receiver.heads;
		this.#reader = new FrameReader(receiver);
		this.#deadlines = new Deadlines(this.#session, this.#reader, receiver);
		host.wake();
	}

	get output(): Output {
		return this.#session.output;
	}

	get held(): number {
		return this.#reader.held + this.#heads.held;
	}

	get exchanges(): number {
		return this.#session.exchanges;
	}

	get finished(): boolean {
		return this.#session.finished;
	}

	/** The round trip as measured by PING, in milliseconds; -1 while it is not known. Measured when content comes in quantity. */
	get roundTrip(): number {
		return this.#session.roundTrip;
	}

	receive(bytes: Uint8Array, now: number): void {
		const session = this.#session;
		session.tell(now);
		if (session.dead) return;
		session.receiving = true;
		this.#reader.receive(bytes);
		this.#deadlines.received();
		session.settle();
		session.receiving = false;
	}

	eof(): void {
		// There is nothing in HTTP/2 that half of a connection could be used for.
		this.#session.end('lost', ErrorCode.NO_ERROR);
		this.#session.settle();
	}

	advance(now: number): void {
		const session = this.#session;
		session.tell(now);
		if (session.dead) return;
		this.#deadlines.pass();
		session.settle();
		if (session.output.size > 0) session.host.wake();
	}

	gather(room: number): void {
		const session = this.#session;
		session.settle();
		if (session.promised.length > 0) this.#endPromised();
		if (!session.dead) this.#sender.gather(room);
		session.settle();
	}

	handedOn(): void {
		this.#sender.handedOn();
	}

	handedOver(): void {
		this.#session.settle();
		this.#sender.handedOver();
	}

	retire(): void {
		this.#session.retire();
	}

	tellStopping(): void {
		for (const stream of this.#session.streams.values()) if (!stream.over) stream.sink.stopping?.();
	}

	abandon(end: CarrierEnd): void {
		this.#session.shutDown(ErrorCode.NO_ERROR, '', end);
		this.#session.settle();
	}

	shed(): void {
		this.#session.fail(excess('memory', 'All connections together hold too much, and this one most'));
		this.#session.settle();
	}

	view(streams: number): EngineView {
		const session = this.#session;
		return {
			protocol: 'HTTP/2',
			sendWindow: this.#sender.window.available,
			receiveWindow: session.connectionWindow.available,
			roundTrip: session.roundTrip < 0 ? null : session.roundTrip,
			retiring: session.retirement !== Retirement.NONE,
			streams: session.streams
				.values()
				.slice(0, streams)
				.map((stream) => stream.view()),
		};
	}

	/** A pushed request has no content: its exchange is told so, outside of the command that made it. */
	#endPromised(): void {
		const session = this.#session;
		const promised = session.promised;
		session.promised = [];
		for (const stream of promised) {
			if (!stream.over && !stream.discarded) stream.sink.contentEnd(new Fields());
		}
	}
}
