/** One connection: it chooses the engine, runs the application for each exchange, and moves bytes in turns. */
import { Http1Engine } from '../engine/http1/engine.ts';
import { Http2Engine } from '../engine/http2/engine.ts';
import type { RichApp } from '../rich/app.ts';
import type { ConnectionFacts } from '../rich/connection-facts.ts';
import type { ExchangeContext, OutputMarks } from '../rich/context.ts';
import { LiveExchange } from '../rich/live-exchange.ts';
import type { Carrier, CarrierEnd, RequestHead } from '../wire/carrier.ts';
import type { Engine, EngineHost } from '../wire/engine.ts';
import type { Fault } from '../wire/fault.ts';
import { Roster, type Rostered } from '../wire/roster.ts';
import { leastMovement } from '../wire/timeouts.ts';
import type { ConnectionView } from './connection-view.ts';
import { Detection, Preface } from './detection.ts';
import type { Holder, MemoryBudget } from './memory-budget.ts';
import type { ConnectionSettings } from './settings.ts';
import type { Transport } from './transport.ts';
import { declares, undeclaredProtocol } from './undeclared-protocol.ts';

/** How many bytes may wait in the transport before no more content is moved into it. */
const TRANSPORT_MARK = 64 * 1024;
/** And where memory is scarce: a slow client does not notice, and a fast one pays with some turns more. */
const SCARCE_MARK = 16 * 1024;
/**
 * When so many bytes wait, content is lent to the transport and not copied. Less is copied: that costs little, and the
 * application has its chunks back at once, where otherwise it would wait until the system has taken them.
 */
const LENDING_FROM = 192 * 1024;
/** How many bytes may wait in the transport then: they take no memory of ours. */
const LENDING_MARK = 512 * 1024;
/** So many bytes waiting, and nothing more is read: answers would pile up behind a peer that does not read them. */
const READING_MARK = 1024 * 1024;
/** So many rounds of gathering in one turn, of 64 KiB or so, so that a fast peer does not keep the others waiting. */
const ROUNDS = 3;
/** How long a closed connection waits for the peer to close too, in milliseconds, so that the last response is not lost. */
const LINGER = 2000;

/** A client whose output has not moved for so long, in milliseconds, does not keep up. */
const STILL = 3000;

/** No exchange: most connections have none that waits for what it lent. */
const NOBODY: LiveExchange[] = [];

/** What a connection needs of its server. */
export interface ConnectionServer {
	readonly app: RichApp;
	readonly settings: ConnectionSettings;
	/** Runs the application in an asynchronous context of its own: no request is to see what another has entered (RICH-51). */
	run(exchange: LiveExchange): void;
	/** Milliseconds of a clock that never runs backwards. */
	now(): number;
	/** The current time as IMF-fixdate. */
	date(): string;
	/** What all its connections hold together. */
	readonly memory: MemoryBudget;
	/** Calls `turn()` soon, once, after the current callbacks. */
	schedule(connection: Connection): void;
	/** The application failed. */
	applicationFault(error: unknown, exchange: LiveExchange): void;
	/** A peer broke a rule. */
	peerFault(fault: Fault, facts: ConnectionFacts): void;
	/** We failed: the connection is closed, the server goes on. */
	internalFault(error: unknown, facts: ConnectionFacts): void;
}

/** Which protocol a connection speaks: known from ALPN, or to be detected from its first bytes. */
export type ProtocolChoice = 'http/1.1' | 'h2' | 'detect';

/** Drives one engine over one transport. */
export class Connection implements EngineHost, ExchangeContext, Holder, Rostered {
	readonly connection: ConnectionFacts;
	/** Among the connections of its server. */
	place = -1;
	readonly marks: OutputMarks;
	waiting = 0;
	held = 0;
	/** Octets of output and input, as accounted when the last turn ended. */
	holds = 0;
	readonly scheme: 'http' | 'https';
	readonly #server: ConnectionServer;
	readonly #transport: Transport;
	/** Until it is known which protocol is spoken. */
	#preface: Preface | null;
	#engine: Engine | null = null;
	#now: number;
	/** When it was opened, for the silence before the first byte. */
	readonly #opened: number;
	/** Octets that have come. */
	#received = 0;
	/** Exchanges that are over, and some of their content is still lent: they are told when it has come back. */
	#lenders: LiveExchange[] = NOBODY;
	/** Exchanges whose final response has not begun, and since when. */
	readonly #awaiting = new Roster<LiveExchange>();
	#turning = false;
	#again = false;
	#scheduled = false;
	#reading = true;
	#ended = false;
	/** A stop has begun before it was known which protocol is spoken. */
	#retiring = false;
	/** A stop has begun: exchanges hear of it, those that are still taken too. */
	#stopping = false;
	/** When our half was closed for good, or -1. */
	#closing = -1;
	#gone = false;
	/** The transport has pieces that have not left. */
	#away = false;
	/** Bytes handed to the transport so far, and those that had left it when they last moved as they must, with the time. */
	#handed = 0;
	#left = 0;
	#moved: number;

	constructor(server: ConnectionServer, transport: Transport, facts: ConnectionFacts, protocol: ProtocolChoice) {
		this.#server = server;
		this.#transport = transport;
		this.connection = facts;
		this.marks = server.settings.output;
		this.scheme = facts.tls === null ? 'http' : 'https';
		this.#now = server.now();
		this.#opened = this.#now;
		this.#moved = this.#now;
		this.#preface = protocol === 'detect' ? new Preface() : null;
		if (protocol !== 'detect') this.#start(protocol);
	}

	// ---- from the transport -----------------------------------------------------------------------------------------

	/** Bytes from the peer; they are lent or given as {@link Engine.receive} says. */
	receive(bytes: Uint8Array): void {
		if (this.#gone || this.#closing >= 0) return;
		this.#received += bytes.length;
		this.#now = this.#server.now();
		this.#turning = true;
		try {
			if (this.#engine !== null) this.#engine.receive(bytes, this.#now);
			else this.#detect(bytes);
		} catch (error) {
			this.#broken(error);
		}
		this.#turning = false;
		this.turn();
	}

	/** Whether {@link receive} may be lent bytes of any number now. */
	get borrows(): boolean {
		// What comes behind the end is dropped: copies of it would be garbage, as much as a peer likes to send.
		return this.#closing >= 0 || this.#engine?.borrows === true;
	}

	/** What one `write` of the transport was given has left: its memory serves again. */
	left(bytes: Uint8Array): void {
		this.#engine?.output.reuse(bytes);
	}

	/** Everything written in pieces has left. */
	returned(): void {
		if (!this.#away) return;
		this.#return();
		this.turn();
	}

	/** Everything written has left, or much of it. */
	drained(): void {
		this.turn();
	}

	/** The peer has closed its half. */
	eof(): void {
		if (this.#gone) return;
		// What still waits of the last response leaves first; the transport has been told to close behind it.
		if (this.#closing >= 0 && this.#transport.waiting > 0) return;
		if (this.#closing >= 0 || this.#engine === null) {
			this.#transport.destroy();
			return;
		}
		this.#guarded(() => this.#engine?.eof());
		this.turn();
	}

	/** The transport is gone. */
	lost(): void {
		this.#account(0);
		if (this.#gone) return;
		this.#gone = true;
		this.#away = false;
		this.#guarded(() => this.#engine?.abandon('lost'));
		this.#return();
		this.#awaiting.clear();
	}

	// ---- from the server --------------------------------------------------------------------------------------------

	/** How many exchanges are open. */
	get exchanges(): number {
		return this.#engine === null ? 0 : this.#engine.exchanges;
	}

	/** How it stands, with so many streams at most. */
	view(streams: number): ConnectionView {
		return {
			facts: this.connection,
			age: this.#server.now() - this.#opened,
			sent: this.#handed,
			received: this.#received,
			waiting: this.waiting,
			exchanges: this.exchanges,
			engine: this.#engine === null ? null : this.#engine.view(streams),
		};
	}

	/** Time passes: deadlines. About once a second. */
	advance(now: number): void {
		if (this.#gone) return;
		this.#now = now;
		const timeouts = this.#server.settings.timeouts;
		const left = this.#handed - this.#transport.waiting;
		if (left - this.#left >= leastMovement(timeouts) || this.#transport.waiting === 0) {
			this.#left = left;
			this.#moved = now;
		}
		const stalled = timeouts.stall > 0 && now - this.#moved >= timeouts.stall;
		const lingered = this.#closing >= 0 && this.#transport.waiting === 0 && now - this.#closing >= LINGER;
		const silent = this.#engine === null && timeouts.silence > 0 && now - this.#opened >= timeouts.silence;
		if (stalled || lingered || silent) {
			this.abandon(stalled ? 'timeout' : 'lost');
			return;
		}
		if (this.#closing >= 0) return;
		if (timeouts.response > 0) {
			for (const exchange of this.#awaiting.values()) {
				if (now - exchange.awaitedSince >= timeouts.response) exchange.expire();
			}
		}
		this.#guarded(() => this.#engine?.advance(now));
		this.turn();
		// Memory of the last turn is kept for a busy connection only.
		if (this.exchanges === 0) this.#engine?.output.release();
	}

	/**
	 * Begins a graceful stop: open exchanges go on, new ones are not taken.
	 * @param patient a request that may be on its way is still taken, as the last ({@link Engine.retire}); the first one too, where
	 *   nothing has come yet
	 */
	stop(patient = false): void {
		if (this.#gone) return;
		const isFirst = !this.#stopping;
		this.#stopping = true;
		if (this.#engine === null) {
			this.#retiring = true;
			if (!patient) this.#transport.destroy();
			return;
		}
		this.#guarded(() => {
			this.#engine?.retire(patient);
			if (isFirst) this.#engine?.tellStopping();
		});
		this.turn();
	}

	/** Ends every exchange with this reason, and the connection. */
	abandon(end: CarrierEnd): void {
		if (this.#gone) return;
		this.#guarded(() => {
			this.#engine?.abandon(end);
			this.#flush();
		});
		if (this.#gone) return;
		this.#gone = true;
		this.#awaiting.clear();
		// Bytes that are lost must be missed: where the end of the connection is that of a response, an orderly end would lie.
		if (this.#engine?.severed || this.#transport.waiting > 0) this.#transport.reset();
		else this.#transport.destroy();
		this.#return();
	}

	burden(now: number): number {
		const still = now - this.#moved;
		return this.holds * (still < STILL ? 1 : still);
	}

	shed(): void {
		this.#guarded(() => this.#engine?.shed());
		// Whoever reads nothing would keep what waits for it, and hear nothing.
		if (this.#transport.waiting > 0) this.abandon('lost');
		else this.turn();
		this.#account(0);
	}

	/** Moves what applications have written outside of input; called by the server's schedule. */
	turn(): void {
		this.#scheduled = false;
		const engine = this.#engine;
		if (engine === null || this.#gone || this.#closing >= 0 || this.#turning) return;
		this.#turning = true;
		try {
			for (let round = 1; ; round++) {
				this.#again = false;
				// Behind pieces that are away no others are sent: all come back together, and a busy peer would keep them away for ever.
				engine.gather(this.#away ? 0 : this.#mark(engine) - this.#transport.waiting);
				this.#flush();
				if (this.#away) {
					engine.handedOn();
					break;
				}
				engine.handedOver(this.#mark(engine) - this.#transport.waiting);
				if (this.#lenders !== NOBODY) this.#return();
				if (!this.#again || this.#gone) break;
				if (round === ROUNDS) {
					this.#schedule();
					break;
				}
			}
		} catch (error) {
			this.#broken(error);
		}
		this.#turning = false;
		if (!this.#gone) this.#afterTurn(engine);
	}

	// ---- the engine's host ------------------------------------------------------------------------------------------

	exchange(carrier: Carrier, head: RequestHead): void {
		const exchange = new LiveExchange(carrier, head, this);
		if (this.#stopping) exchange.stopping();
		const app = this.#server.app;
		if (head.protocol !== null && head.method === 'CONNECT' && !declares(app, head.protocol)) {
			exchange.run(undeclaredProtocol);
		} else {
			this.#server.run(exchange);
		}
	}

	wake(): void {
		if (this.#turning) this.#again = true;
		else this.#schedule();
	}

	fault(fault: Fault): void {
		this.#server.peerFault(fault, this.connection);
	}

	date(): string {
		return this.#server.date();
	}

	get scarce(): boolean {
		return this.#server.memory.scarce;
	}

	// ---- the exchanges' context -------------------------------------------------------------------------------------

	report(error: unknown, exchange: LiveExchange): void {
		this.#server.applicationFault(error, exchange);
	}

	/**
	 * Chunks of applications are in the output, or with the transport: nobody is told that they have left, nor of the end of
	 * their exchange.
	 */
	get lending(): boolean {
		return this.#away || this.#engine?.output.inPieces === true;
	}

	whenReturned(exchange: LiveExchange): void {
		if (this.#lenders === NOBODY) this.#lenders = [];
		this.#lenders.push(exchange);
	}

	awaiting(exchange: LiveExchange): void {
		exchange.awaitedSince = this.#now;
		this.#awaiting.add(exchange);
	}

	answered(exchange: LiveExchange): void {
		this.#awaiting.delete(exchange);
	}

	// ---- inside -----------------------------------------------------------------------------------------------------

	#detect(bytes: Uint8Array): void {
		const preface = this.#preface as Preface;
		const found = preface.take(bytes);
		if (found === Detection.UNDECIDED) return;
		this.#preface = null;
		const engine = this.#start(found === Detection.HTTP2 ? 'h2' : 'http/1.1');
		engine.receive(preface.bytes, this.#now);
	}

	#start(protocol: 'http/1.1' | 'h2'): Engine {
		const { http1, http2, timeouts } = this.#server.settings;
		const extendedConnect = (this.#server.app.protocols?.length ?? 0) > 0;
		const engine =
			protocol === 'h2'
				? new Http2Engine(this, { limits: http2, extendedConnect }, timeouts)
				: new Http1Engine(this, http1, timeouts);
		this.#engine = engine;
		if (this.#retiring) engine.retire(true);
		return engine;
	}

	/** How much may wait in the transport; and whether it is lent or copied. */
	#mark(engine: Engine): number {
		engine.output.lends = this.waiting >= LENDING_FROM && this.#transport.takesPieces;
		if (engine.output.lends) return LENDING_MARK;
		return this.scarce ? SCARCE_MARK : TRANSPORT_MARK;
	}

	#flush(): void {
		const output = this.#engine?.output;
		if (output === undefined || output.size === 0) return;
		this.#handed += output.size;
		if (output.inPieces) {
			if (!this.#transport.writePieces(output.takePieces())) this.#away = true;
			return;
		}
		const taken = output.take();
		if (this.#transport.write(taken)) output.reuse(taken);
	}

	/** Nothing is lent any more: the engine tells what has left, and exchanges that are over hear it. */
	#return(): void {
		if (this.#away) {
			this.#away = false;
			this.#guarded(() => this.#engine?.handedOver());
		}
		const lenders = this.#lenders;
		this.#lenders = NOBODY;
		for (const exchange of lenders) exchange.returned();
	}

	/** It holds so much now. */
	#account(holds: number): void {
		if (holds === this.holds) return;
		this.#server.memory.change(holds - this.holds);
		this.holds = holds;
	}

	#afterTurn(engine: Engine): void {
		this.#account(this.#transport.waiting + this.waiting + this.held + engine.held);
		const reading = !engine.full && this.#transport.waiting < READING_MARK;
		if (reading !== this.#reading) {
			this.#reading = reading;
			this.#transport.read(reading);
		}
		if (engine.finished && engine.severed) {
			this.#transport.reset();
		} else if (engine.finished) {
			this.#closing = this.#now;
			// What the peer still sends is read and dropped: unread bytes would make the close a reset, and lose our last words.
			this.#transport.read(true);
			this.#transport.end();
		} else if (engine.ended && !this.#ended) {
			this.#ended = true;
			this.#transport.end();
		}
	}

	#schedule(): void {
		if (this.#scheduled || this.#gone) return;
		this.#scheduled = true;
		this.#server.schedule(this);
	}

	#guarded(action: () => void): void {
		const outer = this.#turning;
		this.#turning = true;
		try {
			action();
		} catch (error) {
			this.#broken(error);
		}
		this.#turning = outer;
	}

	/** Our own fault: this connection ends, the others do not notice. */
	#broken(error: unknown): void {
		this.#server.internalFault(error, this.connection);
		if (this.#gone) return;
		this.#gone = true;
		this.#transport.reset();
		try {
			this.#engine?.abandon('lost');
		} catch {
			// It is the engine that failed, perhaps: it tells whom it still can.
		}
		this.#away = false;
		this.#return();
		this.#awaiting.clear();
	}
}
