/** HTTP/1.1 and HTTP/1.0, server side (RFC 9112): one exchange after the other over one connection. */
import type { CarrierEnd } from '../../wire/carrier.ts';
import type { Engine, EngineHost } from '../../wire/engine.ts';
import type { EngineView } from '../../wire/engine-view.ts';
import type { Fault } from '../../wire/fault.ts';
import { Fields } from '../../wire/fields.ts';
import type { Output } from '../../wire/output.ts';
import type { Timeouts } from '../../wire/timeouts.ts';
import { Http1Carrier } from './carrier.ts';
import { ConnectionState } from './connection-state.ts';
import { Deadlines } from './deadlines.ts';
import type { FieldFacts } from './field-facts.ts';
import { Input } from './input.ts';
import type { Http1Limits } from './limits.ts';
import { excess } from './peer-fault.ts';
import { writeRefusal } from './refusal.ts';
import { Http1RequestHead } from './request-head.ts';
import { BAD, END, MORE } from './verdict.ts';

/** The engine of one connection. */
export class Http1Engine implements Engine {
	readonly #state: ConnectionState;
	readonly #input = new Input();
	readonly #deadlines: Deadlines;
	/** The exchange that is open, or null between exchanges. */
	#carrier: Http1Carrier | null = null;
	/** An exchange that is over but for the handing over of its last octets, and those that came before it in the turn. */
	#done: Http1Carrier | null = null;
	#doneBefore: Http1Carrier[] | null = null;
	/** The rest of a request that nobody wants is being read. */
	#draining = false;
	/** Octets of it so far. */
	#drained = 0;
	/** Input waits for something on our side, not for more of itself. */
	#blocked = false;
	/** It waits for the output to be handed over. */
	#outputFull = false;
	#peerEnded = false;

	/**
	 * @param host what runs the exchanges
	 * @param limits see {@link Http1Limits}
	 * @param timeouts in milliseconds; `stop` and `response` are kept by the host, `settings` is for HTTP/2
	 */
	constructor(host: EngineHost, limits: Http1Limits, timeouts: Timeouts) {
		this.#state = new ConnectionState(host, limits);
		this.#deadlines = new Deadlines(timeouts);
	}

	get output(): Output {
		return this.#state.output;
	}

	get exchanges(): number {
		return (this.#carrier === null ? 0 : 1) + (this.#done === null ? 0 : 1) + (this.#doneBefore?.length ?? 0);
	}

	get full(): boolean {
		return this.#blocked && this.#input.left >= this.#state.limits.readAhead;
	}

	get held(): number {
		return this.#input.left;
	}

	get borrows(): boolean {
		const carrier = this.#carrier;
		return carrier?.isTunnel === true && !carrier.held && carrier.sink.borrows === true;
	}

	get finished(): boolean {
		return this.#state.finished;
	}

	get severed(): boolean {
		return this.#state.severed;
	}

	get ended(): boolean {
		return this.#state.ended;
	}

	// ---- the connection's verbs -------------------------------------------------------------------------------------

	receive(bytes: Uint8Array, now: number): void {
		this.#deadlines.tick(now);
		if (this.#state.finished || bytes.length === 0) return;
		this.#deadlines.received(bytes.length);
		this.#input.put(bytes);
		this.#run();
	}

	eof(): void {
		if (this.#state.finished || this.#peerEnded) return;
		this.#peerEnded = true;
		// A response that was ended since the last turn needs nothing more of the peer.
		if (this.#carrier?.complete) this.#conclude(this.#carrier);
		const carrier = this.#carrier;
		if (carrier === null) this.#finish();
		else if (carrier.isTunnel) this.#run();
		else this.#end(carrier, 'lost');
	}

	advance(now: number): void {
		this.#deadlines.tick(now);
		if (this.#state.finished) return;
		const carrier = this.#carrier;
		if (carrier !== null) this.#watch(carrier);
		else if (this.#draining) {
			if (this.#deadlines.contentTooSlow(true)) this.#finish();
		} else this.#watchIdle();
		if (this.#state.finished) this.#state.wake();
	}

	view(streams: number): EngineView {
		const open = this.#carrier === null ? [] : [this.#carrier.view()];
		return {
			protocol: 'HTTP/1',
			...{ sendWindow: null, receiveWindow: null, roundTrip: null },
			retiring: !this.#state.persistent,
			streams: open.slice(0, streams),
		};
	}

	gather(room: number): void {
		const state = this.#state;
		state.busy = true;
		state.congested = room <= 0;
		room -= state.output.size;
		for (;;) {
			this.#pump();
			const carrier = this.#carrier;
			if (carrier === null) break;
			carrier.flush();
			const moved = carrier.move(room);
			room -= moved;
			if (moved > 0) this.#deadlines.moved(moved);
			if (!carrier.complete) break;
		}
		this.#input.settle();
		state.busy = false;
	}

	handedOn(): void {
		// One exchange at a time: there is no count of them that the peer could be ahead of.
	}

	handedOver(room: number = Number.POSITIVE_INFINITY): void {
		if (room <= 0) this.#state.congested = true;
		this.#closeDone('complete');
		this.#carrier?.handedOver();
		// Only the output was full, not the transport: nobody else will ask for the next turn.
		if (this.#outputFull || (this.#carrier?.waits && !this.#state.congested)) this.#state.wake();
		this.#outputFull = false;
	}

	retire(patient = false): void {
		this.#state.persistent = false;
		if (this.#carrier === null && !patient) this.#finish();
		this.#state.wake();
	}

	tellStopping(): void {
		this.#carrier?.sink.stopping?.();
	}

	abandon(end: CarrierEnd): void {
		const carrier = this.#carrier;
		if (carrier !== null) this.#state.severed = carrier.endless;
		this.#finish();
		this.#closeDone(end);
		carrier?.close(end);
	}

	shed(): void {
		if (this.#state.finished) return;
		const fault = excess(503, 'memory', 'All connections together hold too much, and this one most.');
		if (this.#carrier === null) this.#refuse(fault, this.#state.parser?.isHead === true);
		else this.#reject(this.#carrier, fault, 'lost');
	}

	// ---- input ------------------------------------------------------------------------------------------------------

	#run(): void {
		this.#state.busy = true;
		this.#pump();
		this.#input.settle();
		this.#state.busy = false;
	}

	/** Goes on with the input until it needs more, or waits for our side. One loop, so that pipelining needs no stack. */
	#pump(): void {
		this.#blocked = false;
		for (;;) {
			if (this.#state.finished) {
				this.#finish();
				return;
			}
			const carrier = this.#carrier;
			if (carrier === null) {
				if (!(this.#draining ? this.#drain() : this.#begin())) return;
			} else {
				if (carrier.isEnded) {
					if (carrier.discarding) this.#skim();
					carrier.flush();
				}
				if (carrier.complete) this.#conclude(carrier);
				else if (!(carrier.isTunnel ? this.#deliverTunnel(carrier) : this.#deliver(carrier))) return;
			}
		}
	}

	/** Reads the next head and begins its exchange. @returns false when that must wait */
	#begin(): boolean {
		const state = this.#state;
		const input = this.#input;
		const { parser } = state;
		if (input.left === 0 || parser === null) return false;
		if (state.congested || state.output.size >= state.limits.bufferedOutput) {
			this.#outputFull = !state.congested;
			this.#blocked = true;
			return false;
		}
		input.at = parser.feed(input.bytes, input.at, input.end);
		if (parser.fault !== null) {
			this.#refuse(parser.fault, parser.isHead);
			return true;
		}
		if (!parser.done) {
			if (parser.begun || input.left > 0) this.#deadlines.headBegun();
			return false;
		}
		const facts = parser.facts as FieldFacts;
		const head = new Http1RequestHead(parser, facts, state.host.scheme);
		const carrier = new Http1Carrier(state, head);
		parser.next();
		state.content.begin(facts.contentLength);
		carrier.contentSeen = input.left > 0;
		if (!facts.persistent) state.persistent = false;
		this.#deadlines.exchangeBegun();
		this.#carrier = carrier;
		state.host.exchange(carrier, head);
		return true;
	}

	/** Delivers request content, one stretch or the end. @returns false when nothing can be delivered now */
	#deliver(carrier: Http1Carrier): boolean {
		const input = this.#input;
		const content = this.#state.content;
		if (content.over) {
			// What comes behind CONNECT is the tunnel's, and ends with it.
			if (!carrier.held && !carrier.inputEnded && !carrier.isConnect) {
				this.#deliverEnd(carrier);
				return true;
			}
			this.#blocked = true;
			return false;
		}
		if (carrier.held && !carrier.discarding) {
			this.#blocked = true;
			return false;
		}
		if (input.left > 0) carrier.contentSeen = true;
		const from = content.next(input.bytes, input.at, input.end);
		input.at = content.at;
		if (from === MORE) return false;
		if (from === BAD) {
			this.#reject(carrier, content.fault as Fault, 'lost');
			return true;
		}
		if (from !== END && !carrier.discarding) carrier.sink.content(input.view(from, content.at));
		return true;
	}

	#deliverEnd(carrier: Http1Carrier): void {
		carrier.inputEnded = true;
		carrier.sink.contentEnd(this.#state.content.trailers());
	}

	#deliverTunnel(carrier: Http1Carrier): boolean {
		const input = this.#input;
		if (carrier.inputEnded) return false;
		if (carrier.held && !carrier.discarding) {
			this.#blocked = true;
			return false;
		}
		if (input.left > 0) {
			const { bytes, at: from, end } = input;
			input.at = end;
			if (carrier.discarding) return true;
			if (carrier.sink.borrow?.(bytes, from, end) !== true) carrier.sink.content(input.view(from, end));
			return true;
		}
		if (!this.#peerEnded) return false;
		carrier.inputEnded = true;
		carrier.sink.contentEnd(new Fields());
		return true;
	}

	/** Drops what has come of content that nobody wants: the head that is about to be written says whether the connection goes on. */
	#skim(): void {
		const { content, host } = this.#state;
		const input = this.#input;
		while (!content.over) {
			const read = content.next(input.bytes, input.at, input.end);
			input.at = content.at;
			if (read === MORE) return;
			if (read !== BAD) continue;
			host.fault(content.fault as Fault);
			this.#state.persistent = false;
			return;
		}
	}

	/** Reads and drops content that nobody wants. @returns false when there is more of it to come */
	#drain(): boolean {
		const { content, limits } = this.#state;
		const input = this.#input;
		const start = input.at;
		const read = content.next(input.bytes, input.at, input.end);
		input.at = content.at;
		this.#drained += input.at - start;
		if (read === END) this.#draining = false;
		else if (read === BAD || this.#drained > limits.drain) this.#finish();
		if (read === BAD) this.#state.host.fault(content.fault as Fault);
		return read !== MORE && !this.#state.finished;
	}

	// ---- ends -------------------------------------------------------------------------------------------------------

	/** The exchange is complete once the output has been handed over; the connection goes on if it may. */
	#conclude(carrier: Http1Carrier): void {
		const { content, limits } = this.#state;
		if (content.over && !carrier.inputEnded && !carrier.isConnect) {
			this.#deliverEnd(carrier);
			if (this.#state.finished) return;
		}
		carrier.over();
		if (this.#done !== null) {
			this.#doneBefore ??= [];
			this.#doneBefore.push(this.#done);
		}
		this.#done = carrier;
		this.#carrier = null;
		this.#deadlines.exchangeOver();
		if (!this.#state.persistent || content.remaining > limits.drain) {
			this.#finish();
		} else if (!content.over) {
			this.#draining = true;
			this.#drained = 0;
		}
	}

	/** Tells the exchanges that are over, in their order. More of them may end meanwhile: those are told next time. */
	#closeDone(end: CarrierEnd): void {
		const done = this.#done;
		if (done === null) return;
		const before = this.#doneBefore;
		this.#done = null;
		this.#doneBefore = null;
		if (before !== null) for (const carrier of before) carrier.close(end);
		done.close(end);
	}

	/** Nothing more is read. */
	#finish(): void {
		this.#carrier?.over();
		this.#carrier = null;
		this.#draining = false;
		this.#blocked = false;
		this.#outputFull = false;
		this.#state.persistent = false;
		this.#state.finished = true;
		this.#input.clear();
	}

	/** Ends the exchange before it is complete, and the connection with it: what follows has no place any more. */
	#end(carrier: Http1Carrier, end: CarrierEnd): void {
		this.#state.severed = carrier.endless;
		this.#finish();
		carrier.close(end);
	}

	/** Answers a request that no application has seen. */
	#refuse(fault: Fault, bare: boolean): void {
		const { output, host } = this.#state;
		writeRefusal(output, fault, host.date(), bare);
		this.#finish();
		host.fault(fault);
	}

	/** Ends an exchange for a fault of its peer: with an answer if there is none yet, otherwise by cutting it off. */
	#reject(carrier: Http1Carrier, fault: Fault, end: CarrierEnd): void {
		if (carrier.unanswered) this.#refuse(fault, carrier.isHead);
		else this.#state.host.fault(fault);
		this.#end(carrier, end);
	}

	// ---- deadlines --------------------------------------------------------------------------------------------------

	#watch(carrier: Http1Carrier): void {
		const awaited =
			!carrier.isTunnel &&
			!this.#state.content.over &&
			(!carrier.held || carrier.discarding) &&
			!carrier.waitsForContinue;
		if (this.#deadlines.contentTooSlow(awaited)) {
			this.#reject(carrier, excess(408, 'timeouts.content', 'The request content comes too slowly.'), 'timeout');
		} else if (this.#deadlines.stalled(carrier.waits)) {
			this.#end(carrier, 'timeout');
		}
	}

	#watchIdle(): void {
		const passed = this.#deadlines.betweenExchanges();
		if (passed === 'head') {
			this.#refuse(
				excess(408, 'timeouts.head', 'The request head did not come in time.'),
				this.#state.parser?.isHead === true,
			);
		} else if (passed !== null) {
			this.#finish();
		}
	}
}
