/** The one implementation of {@link Exchange}: it keeps the rules, over whatever carries the bytes. */
import type { Carrier, CarrierEnd, CarrierSink, Priority, RequestHead } from '../wire/carrier.ts';
import { ErrorCode, Misuse, requireErrorCode } from '../wire/fault.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import type { Output } from '../wire/output.ts';
import { requirePriority } from '../wire/priority.ts';
import type { Rostered } from '../wire/roster.ts';
import { type RichApp, requireRich } from './app.ts';
import type { ConnectionFacts } from './connection-facts.ts';
import type { ExchangeContext } from './context.ts';
import type { Exchange, PushHead, Tunnel } from './exchange.ts';
import { FAILED, FAILURE_FIELDS, LATE } from './failure-response.ts';
import { attachedAlready, type Handler, requireHandler, type TunnelHandler } from './handler.ts';
import { Intake } from './intake.ts';
import { LiveTunnel } from './live-tunnel.ts';
import { acceptedEarly, connectAccepted, endedShort, noBytes, noTrailers, overflown } from './misuse.ts';
import { Command, inOrder, Stage } from './order.ts';
import { ExchangeEnded, type Outcome, type OutcomeReason } from './outcome.ts';
import { pushHead } from './push-head.ts';
import { RequestView } from './request-view.ts';
import { DROPPED, FORBIDDEN, responseContent, UNCOUNTED } from './response-content.ts';
import { informFields, requireReason, sentFields, trailerFields, tunnelFields } from './sent-fields.ts';
import { requireFinalStatus, requireInformationalStatus } from './sent-status.ts';
import { isThenable } from './thenable.ts';

/** Whether handlers have heard that the server is stopping. */
const NOT = 0;
const OWED = 1;
const TOLD = 2;

/** An exchange over a {@link Carrier}: the carrier's sink on one side, the application's exchange on the other. */
export class LiveExchange extends RequestView implements Exchange, CarrierSink, Rostered {
	/** Among the exchanges of its connection that have not been answered, and since when, in milliseconds. */
	place = -1;
	awaitedSince = 0;
	readonly inherited = null;
	readonly unread = 'whole';
	readonly #carrier: Carrier;
	readonly #context: ExchangeContext;
	readonly #intake: Intake;
	#priority: Priority;
	#stage: Stage = Stage.HEAD;
	/** Bytes of content still to come under the Content-Length sent, or one of the marks above. */
	#remaining = UNCOUNTED;
	/** A final response has begun, the application's or one given for it; or a tunnel was accepted. */
	#responded = false;
	#waiting = 0;
	/** Bytes of content of a HEAD response so far. */
	#dropped = 0;
	#drainOwed = false;
	/** The server is stopping: nobody knows yet, or the handler that there is has been told. */
	#stopping: typeof NOT | typeof OWED | typeof TOLD = NOT;
	#handler: Handler | null = null;
	#outcome: Outcome | null = null;
	/** The outcome has been told, or there is nobody yet to tell. */
	#told = false;
	/** Some of its own content is still with the transport: the outcome is told when it has come back (RICH-24). */
	#lent = false;

	constructor(carrier: Carrier, head: RequestHead, context: ExchangeContext) {
		super(head);
		this.#carrier = carrier;
		this.#context = context;
		this.#priority = head.priority;
		this.#intake = new Intake(this, carrier, head, context);
		carrier.sink = this;
	}

	// ---- the request head -------------------------------------------------------------------------------------------

	get connection(): ConnectionFacts {
		return this.#context.connection;
	}
	get trailers(): boolean {
		if (!this.#carrier.canTrail || this.#stage >= Stage.ENDED || this.#remaining === FORBIDDEN) return false;
		return this.head.httpVersion === '2' || this.#remaining === UNCOUNTED || this.#remaining === DROPPED;
	}
	get responded(): boolean {
		return this.#responded;
	}
	get outcome(): Outcome | null {
		return this.#outcome;
	}
	get priority(): Priority {
		return this.#priority;
	}
	set priority(priority: Priority) {
		requirePriority(priority);
		if (this.#stage === Stage.CLOSED || this.#intake.completed) return;
		this.#priority = priority;
		this.#carrier.prioritize(this.#priority);
	}

	// ---- events wanted ----------------------------------------------------------------------------------------------

	attach(handler: Handler): void {
		requireHandler(handler);
		if (this.#handler !== null) throw attachedAlready();
		this.#handler = handler;
		if (this.#outcome !== null || this.#drainOwed || this.#stopping === OWED) this.#intake.schedule();
		if (this.#outcome !== null) return;
		if (this.#stage < Stage.TUNNEL) this.#intake.attach(handler, this.#stage === Stage.HEAD);
	}

	pause(): void {
		if (this.#stage !== Stage.CLOSED) this.#intake.pause();
	}

	resume(): void {
		if (this.#stage !== Stage.CLOSED) this.#intake.resume(this.#stage === Stage.HEAD);
	}

	discard(): void {
		// CONNECT has no content; the bytes behind it are the tunnel's, or are dropped when it is refused.
		if (this.#stage === Stage.HEAD && this.head.method === 'CONNECT') return;
		if (this.#stage !== Stage.CLOSED) this.#intake.discard();
	}

	// ---- the response -----------------------------------------------------------------------------------------------

	get inform(): ((status: number, fields?: FieldsInit) => void) | null {
		return this.#carrier.canInform ? LiveExchange.#inform : null;
	}

	static #inform(this: LiveExchange, status: number, fields?: FieldsInit): void {
		LiveExchange.#mine(this, 'inform');
		requireInformationalStatus(status);
		if (!inOrder(Command.INFORM, this.#stage)) return;
		const sent = informFields(fields);
		if (status === 100) this.#intake.invited();
		this.#carrier.inform(status, sent);
	}

	respond(status: number, fields?: FieldsInit, reason?: string): void {
		requireFinalStatus(status);
		if (!inOrder(Command.RESPOND, this.#stage)) return;
		if (status < 300 && this.head.method === 'CONNECT') throw connectAccepted(status);
		if (reason !== undefined) requireReason(reason);
		const sent = sentFields(fields);
		this.#remaining = responseContent(this.head.method, status, sent);
		this.#stage = Stage.CONTENT;
		this.#responded = true;
		if (this.head.method === 'CONNECT') this.#intake.discard();
		this.#context.answered(this);
		this.#carrier.respond(status, sent, reason);
	}

	write(chunk: Uint8Array): boolean {
		// After the end: false, or a producer that writes until it is told to wait would never stop.
		if (this.#overrun || !inOrder(Command.WRITE, this.#stage)) return false;
		return this.#send(chunk);
	}

	end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		if (this.#overrun || !inOrder(Command.END, this.#stage)) return;
		const section = trailerFields(trailers);
		if (section !== null && !this.trailers) throw noTrailers();
		if (chunk !== undefined && chunk !== null) this.#send(chunk);
		if (this.#overrun) return;
		if (this.#remaining > 0) {
			this.#context.report(endedShort(this.#remaining), this);
			this.abort(ErrorCode.INTERNAL_ERROR);
			return;
		}
		this.#stage = this.#stage === Stage.TUNNEL ? Stage.TUNNEL_ENDED : Stage.ENDED;
		this.#drainOwed = false;
		this.#carrier.end(this.#remaining === DROPPED ? null : section);
	}

	/** A HEAD response is whole with its head: an application that goes on and on is stopped, or it might never end. */
	#drop(length: number): boolean {
		this.#dropped += length;
		if (!this.#overrun) return true;
		this.#stage = Stage.ENDED;
		this.#carrier.end(null);
		return false;
	}

	/** The response was ended for an application that goes on producing: its writes and its end do nothing. */
	get #overrun(): boolean {
		return this.#dropped > 0 && this.#dropped >= this.#context.marks.high;
	}

	#send(chunk: Uint8Array): boolean {
		if (!(chunk instanceof Uint8Array)) throw noBytes();
		const length = chunk.length;
		if (length === 0) return !this.#drainOwed;
		if (this.#remaining !== UNCOUNTED) {
			if (this.#remaining === DROPPED) return this.#drop(length);
			if (this.#remaining === FORBIDDEN) throw new Misuse('RICH-18', 'A 204, 205 or 304 response has no content.');
			if (length > this.#remaining) {
				throw new Misuse('RICH-19', `${length - this.#remaining} bytes more than the Content-Length that was sent.`);
			}
		}
		const { hard, connection } = this.#context.marks;
		const crowded = this.#drainOwed && this.#context.waiting >= connection;
		if (this.#waiting > 0 && (crowded || this.#waiting + length > hard)) {
			throw overflown(this.#waiting);
		}
		if (this.#remaining > 0) this.#remaining -= length;
		return this.#written(this.#carrier.write(chunk));
	}

	#written(waiting: number): boolean {
		this.#waits(waiting);
		const { high, connection } = this.#context.marks;
		if (waiting === 0 || (waiting < high && this.#context.waiting < connection)) return true;
		this.#drainOwed = true;
		return false;
	}

	/** Room for tunnel data in the output, where a write of as much would be copied there at once. */
	claim(octets: number): Output | null {
		if (this.#stage !== Stage.TUNNEL || this.#drainOwed || this.#carrier.claim === undefined) return null;
		return this.#carrier.claim(octets);
	}

	/** So much of the room has been filled. @returns the same as `write` */
	claimed(octets: number): boolean {
		return this.#written(this.#carrier.claimed?.(octets) ?? 0);
	}

	// ---- push and tunnels -------------------------------------------------------------------------------------------

	get push(): ((head: PushHead, app: RichApp) => void) | null {
		const open = this.#stage <= Stage.CONTENT || this.#stage === Stage.TUNNEL;
		return open && this.#carrier.canPush ? LiveExchange.#push : null;
	}

	static #push(this: LiveExchange, head: PushHead, app: RichApp): void {
		LiveExchange.#mine(this, 'push');
		requireRich(app, 'push()');
		const promised = pushHead(head, this.head);
		if (!inOrder(Command.PUSH, this.#stage)) return;
		const carrier = this.#carrier.push(promised);
		if (carrier === null) return;
		const pushed = new LiveExchange(carrier, promised, this.#context);
		queueMicrotask(() => pushed.run(app));
	}

	get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		return this.#carrier.canAccept ? LiveExchange.#accept : null;
	}

	static #accept(this: LiveExchange, fields: FieldsInit, handler: TunnelHandler): Tunnel {
		LiveExchange.#mine(this, 'accept');
		const sent = tunnelFields(fields);
		requireHandler(handler);
		const tunnel = new LiveTunnel(this);
		if (!inOrder(Command.ACCEPT, this.#stage)) {
			// The client went away before: the tunnel is born closed, and its handler hears so.
			queueMicrotask(() => this.#deliver(() => handler.closed?.(this.#outcome as Outcome)));
			return tunnel;
		}
		if (this.head.method !== 'CONNECT' && !this.#intake.finished) throw acceptedEarly();
		this.#stage = Stage.TUNNEL;
		this.#responded = true;
		this.#context.answered(this);
		this.#carrier.accept(sent);
		this.#intake.tunnel(handler);
		// The handler of the request has been told, perhaps: that of the tunnel has not.
		if (this.#stopping !== NOT) this.stopping();
		return tunnel;
	}

	// ---- the end ----------------------------------------------------------------------------------------------------

	abort(code: number = ErrorCode.CANCEL): void {
		requireErrorCode(code);
		if (this.#stage === Stage.CLOSED) return;
		if (this.#intake.completed) {
			// Both sides were done, and only held content kept `closed` back: there is nothing left to reset.
			this.#finish('complete', 0);
			this.#intake.schedule();
			return;
		}
		this.#carrier.reset(code);
		this.#finish('aborted', code);
	}

	refuse(): void {
		if (inOrder(Command.REFUSE, this.#stage)) this.abort(ErrorCode.REFUSED_STREAM);
	}

	retire(): void {
		if (this.#stage !== Stage.CLOSED && !this.#intake.completed) this.#carrier.retire();
	}

	// ---- the server's side ------------------------------------------------------------------------------------------

	/** Runs the application for this exchange. Never throws: what the application throws is answered and reported. */
	run(app: RichApp): void {
		let returned: ReturnType<RichApp>;
		try {
			returned = app(this);
			if (returned === undefined || returned === null) this.#settle();
			else if (isThenable(returned)) {
				returned.then(
					(handler) => this.#settled(handler),
					(error: unknown) => this.fail(error),
				);
			} else {
				this.attach(returned as Handler);
				this.#settle();
			}
		} catch (error) {
			this.fail(error);
		}
		if (this.#stage === Stage.HEAD) this.#context.awaiting(this);
	}

	#settled(handler: Handler | undefined | void): void {
		try {
			if (handler !== undefined && handler !== null) this.attach(handler);
			this.#settle();
		} catch (error) {
			this.fail(error);
		}
	}

	/** The application's call is over: content that nobody attached to is unwanted (RICH-7). */
	#settle(): void {
		if (this.#handler !== null || this.#stage >= Stage.TUNNEL) return;
		// Bytes behind CONNECT wait for accept, which may come later, or for a refusal.
		if (this.#stage === Stage.HEAD && this.head.method === 'CONNECT') return;
		this.#intake.discard();
	}

	/** The application failed: 500 before the response has begun, a reset after it, the log alone once it was ended (RICH-28). */
	fail(error: unknown): void {
		// That this exchange ended while the application waited on it is no failure: it has been told as the outcome.
		if (ExchangeEnded.is(error) && error.outcome === this.#outcome) return;
		this.#context.report(error, this);
		if (this.#stage === Stage.HEAD) {
			this.#intake.discard();
			this.#answer(500, FAILED);
			// What the rest of the application still does with this exchange is inert, and not misuse of a response that is ours.
			this.#finish('aborted', ErrorCode.INTERNAL_ERROR);
		} else if (this.#stage === Stage.ENDED) {
			this.#intake.discard();
		} else if (this.#stage !== Stage.CLOSED) {
			this.abort(ErrorCode.INTERNAL_ERROR);
		}
	}

	/** The application did not answer in time: 503, and it is told that the exchange is over (RICH-44). */
	expire(): void {
		if (this.#stage !== Stage.HEAD) return;
		const why = 'No response has begun within timeouts.response: call respond, or allow more time.';
		this.#context.report(new Misuse('RICH-44', why), this);
		this.#intake.discard();
		this.#answer(503, LATE);
		this.#finish('timeout', 0);
	}

	#answer(status: number, content: Uint8Array): void {
		this.#stage = Stage.ENDED;
		this.#responded = true;
		this.#context.answered(this);
		this.#carrier.respond(status, Fields.from(FAILURE_FIELDS), undefined);
		if (this.head.method !== 'HEAD') this.#carrier.write(content);
		this.#carrier.end(null);
	}

	// ---- the carrier's events ---------------------------------------------------------------------------------------

	content(chunk: Uint8Array): void {
		this.#intake.content(chunk);
	}

	get borrows(): boolean {
		return this.#intake.borrows;
	}

	borrow(bytes: Uint8Array, from: number, to: number): boolean {
		return this.#intake.borrow(bytes, from, to);
	}

	contentEnd(trailers: Fields): void {
		this.#intake.end(trailers);
	}

	sent(waiting: number): void {
		// What an exchange that is over had waiting has been taken off already.
		if (this.#outcome === null) this.#waits(waiting);
		this.#drain();
	}

	#waits(waiting: number): void {
		this.#context.waiting += waiting - this.#waiting;
		this.#waiting = waiting;
	}

	get waiting(): number {
		return this.#waiting;
	}

	/** Tells of a drain that is owed and due, to whoever is there to hear it. */
	#drain(): void {
		// None waits: so the application has its chunks back (RICH-24).
		if (!this.#drainOwed || this.#waiting > 0) return;
		const handler = this.#stage === Stage.TUNNEL ? this.#intake.handler : this.#handler;
		if (handler === null) return;
		this.#drainOwed = false;
		this.#deliver(() => handler.drain?.());
	}

	reprioritized(priority: Priority): void {
		if (this.#stage === Stage.CLOSED) return;
		this.#priority = priority;
		const handler = this.#handler;
		if (handler !== null) this.#deliver(() => handler.priority?.(priority));
	}

	stopping(): void {
		if (this.#outcome !== null) return;
		this.#stopping = OWED;
		this.#intake.schedule();
	}

	/** Tells of the stop, to whoever is there to hear it. */
	#tellStopping(): void {
		if (this.#stopping !== OWED || this.#outcome !== null) return;
		const handler = this.#stage >= Stage.TUNNEL ? (this.#intake.tunnelHandler ?? this.#handler) : this.#handler;
		if (handler === null) return;
		this.#stopping = TOLD;
		if (handler.stopping !== undefined) this.#deliver(() => handler.stopping?.());
	}

	closed(end: CarrierEnd, code: number): void {
		if (this.#outcome !== null) return;
		// Content that has come but is still held is delivered before a `complete`; every other end cuts it off (RICH-9).
		if (end === 'complete' && this.#intake.holding) {
			this.#intake.completed = true;
			return;
		}
		this.#finish(end, code);
		this.conclude();
	}

	/** Called by the intake once held content has been delivered after the carrier reported `complete`. */
	completed(): void {
		if (this.#outcome !== null) return;
		this.#finish('complete', 0);
		this.conclude();
	}

	/** Tells the handlers the outcome, if it is known and they have not heard it. Events come last here (RICH-8). */
	conclude(): void {
		this.#drain();
		this.#tellStopping();
		const outcome = this.#outcome;
		if (outcome === null || this.#lent) return;
		const tunnelHandler = this.#intake.tunnelHandler;
		if (tunnelHandler !== null) {
			this.#intake.tunnelHandler = null;
			this.#deliver(() => tunnelHandler.closed?.(outcome));
		}
		const handler = this.#handler;
		if (this.#told || handler === null) return;
		this.#told = true;
		this.#deliver(() => handler.closed?.(outcome));
	}

	/** The transport has nothing of this exchange any more. */
	returned(): void {
		this.#lent = false;
		this.conclude();
	}

	#finish(reason: OutcomeReason, code: number): void {
		if (this.#stage === Stage.HEAD) this.#context.answered(this);
		this.#stage = Stage.CLOSED;
		this.#outcome = { reason, code };
		if (this.#carrier.unhanded > 0 && this.#context.lending) {
			this.#lent = true;
			this.#context.whenReturned(this);
		}
		this.#waits(0);
		this.#drainOwed = false;
		this.#intake.cut();
		if (reason === 'aborted' || reason === 'timeout') this.#intake.schedule();
	}

	/** Calls a handler's method: what it throws or rejects with is the application's failure. */
	#deliver(event: () => unknown): void {
		try {
			const result = event();
			if (isThenable(result)) result.then(undefined, (error: unknown) => this.fail(error));
		} catch (error) {
			this.fail(error);
		}
	}

	static #mine(exchange: unknown, command: string): void {
		if (!(exchange instanceof LiveExchange)) {
			throw new Misuse('RICH-40', `${command} is a method: call it as exchange.${command}?.(…), not detached.`);
		}
	}
}
