/** One exchange on an HTTP/1 connection: the commands of its application, and where its response stands. */
import type { Carrier, CarrierEnd, CarrierSink, Priority, RequestHead } from '../../wire/carrier.ts';
import type { StreamView } from '../../wire/engine-view.ts';
import type { Fields } from '../../wire/fields.ts';
import type { Output } from '../../wire/output.ts';
import { beginChunk, endChunk, writeLastChunk } from './chunked-writer.ts';
import type { ConnectionState } from './connection-state.ts';
import type { Http1RequestHead } from './request-head.ts';
import { Framing, Persistence, writeInformational } from './response-head.ts';

/** Where the response, or our half of the tunnel, stands. */
const Stage = {
	/** `respond` has not been called. */
	HEAD: 0,
	/** The final response has begun, but its head is held: how it ends may decide its framing. */
	HELD: 1,
	/** The same, and the response has ended. */
	HELD_ENDED: 2,
	/** The head has been written. */
	CONTENT: 3,
	/** The response has ended, and part of it waits. */
	ENDING: 4,
	/** All of it is in the output. */
	SENT: 5,
	TUNNEL: 6,
	/** Our half has ended, and part of it waits. */
	TUNNEL_ENDING: 7,
	TUNNEL_ENDED: 8,
	/** The engine is done with this exchange: commands do nothing. */
	OVER: 9,
} as const;

type Stage = (typeof Stage)[keyof typeof Stage];

const NOBODY: CarrierSink = { content() {}, contentEnd() {}, sent() {}, reprioritized() {}, closed() {} };

/** The carrier of one exchange. A new one for each, so that a command that comes late finds nothing to disturb. */
export class Http1Carrier implements Carrier {
	sink: CarrierSink = NOBODY;
	/** Content is not wanted now. */
	held = false;
	/** The rest of the request is unwanted. */
	discarding = false;
	/** Octets have come behind the head, so the client does not wait for 100 (Continue). */
	contentSeen = false;
	/** The end of the request, or of the peer's half of the tunnel, has been delivered. */
	inputEnded = false;

	readonly #connection: ConnectionState;
	readonly #head: Http1RequestHead;
	#stage: Stage = Stage.HEAD;
	#status = 0;
	#reason: string | undefined = undefined;
	#framing: number = Framing.NONE;
	/** Method or status rule content out. */
	#bare = false;
	#trailers: Fields | null = null;
	/** 100 (Continue) has been sent. */
	#continued = false;
	/** Octets of content in the output, not yet handed to the transport. */
	#inOutput = 0;
	/** No `closed` is wanted: the exchange was reset. */
	#silent = false;

	constructor(connection: ConnectionState, head: Http1RequestHead) {
		this.#connection = connection;
		this.#head = head;
	}

	get unhanded(): number {
		return this.#inOutput;
	}

	get canInform(): boolean {
		return this.#head.httpVersion === '1.1';
	}

	get canPush(): boolean {
		return false;
	}

	get canAccept(): boolean {
		return this.isConnect || this.#head.protocol !== null;
	}

	get canTrail(): boolean {
		return this.#head.httpVersion === '1.1';
	}

	/** For people who look on. */
	view(): StreamView {
		return {
			id: null,
			method: this.#head.method,
			target: this.#head.target,
			...{ sendWindow: null, receiveWindow: null },
			tunnel: this.isTunnel,
			responded: this.#stage !== Stage.HEAD,
		};
	}

	// ---- commands of the exchange -----------------------------------------------------------------------------------

	inform(status: number, fields: Fields): void {
		if (this.#stage !== Stage.HEAD || !this.canInform) return;
		if (status === 100) this.#continued = true;
		writeInformational(this.#connection.output, status, fields.lines);
		this.#connection.wake();
	}

	continue(): void {
		if (this.#stage !== Stage.HEAD || !this.waitsForContinue) return;
		this.#continued = true;
		this.#connection.output.latin1('HTTP/1.1 100 Continue\r\n\r\n');
		this.#connection.wake();
	}

	respond(status: number, fields: Fields, reason: string | undefined): void {
		if (this.#stage !== Stage.HEAD) return;
		this.#stage = Stage.HELD;
		this.#status = status;
		this.#reason = reason;
		this.#bare = status === 204 || status === 304 || this.#head.method === 'HEAD';
		this.#connection.heads.take(fields.lines);
		this.#connection.wake();
	}

	write(chunk: Uint8Array): number {
		const { heads, queue, content } = this.#connection;
		switch (this.#stage) {
			case Stage.HELD:
				if (this.#bare) return 0;
				// Without a length, the head waits: when this chunk is the last one, the length is known after all. It waits as well while
				// the request goes on: when the rest of that turns out to be unwanted, it may say close.
				if (heads.contentLength < 0 || !content.over) queue.push(chunk);
				else {
					this.flush();
					this.#send(chunk);
				}
				break;
			case Stage.CONTENT:
			case Stage.TUNNEL:
				if (!this.#bare) this.#send(chunk);
				break;
			default:
				return 0;
		}
		this.#connection.wake();
		return queue.size + this.#inOutput;
	}

	claim(octets: number): Output | null {
		const { queue, output, limits, congested } = this.#connection;
		if (this.#stage !== Stage.TUNNEL || queue.size > 0 || congested || output.lends) return null;
		if (output.size + octets > limits.bufferedOutput) return null;
		output.reserve(octets);
		return output;
	}

	claimed(octets: number): number {
		this.#inOutput += octets;
		this.#connection.wake();
		return this.#connection.queue.size + this.#inOutput;
	}

	end(trailers: Fields | null): void {
		if (this.#stage === Stage.HELD) {
			this.#stage = Stage.HELD_ENDED;
			this.#trailers = trailers;
			// With content outstanding the head waits until the command has returned: if the rest is unwanted, it may say close.
			if (this.#connection.content.over) this.flush();
		} else if (this.#stage === Stage.CONTENT) {
			this.#stage = Stage.ENDING;
			this.#trailers = trailers;
			this.#endIfEmpty();
		} else if (this.#stage === Stage.TUNNEL) {
			this.#stage = Stage.TUNNEL_ENDING;
			this.#endIfEmpty();
		} else {
			return;
		}
		this.#connection.wake();
	}

	accept(fields: Fields): void {
		if (this.#stage !== Stage.HEAD || !this.canAccept) return;
		const { heads, output, host } = this.#connection;
		heads.take(fields.lines);
		heads.writeAccept(output, this.isConnect ? null : this.#head.protocol, host.date());
		this.#stage = Stage.TUNNEL;
		this.#framing = Framing.NONE;
		this.#connection.tunnelled();
		this.discarding = false;
		this.inputEnded = false;
		this.#connection.wake();
	}

	push(_head: RequestHead): Carrier | null {
		return null;
	}

	reset(_code: number): void {
		this.#silent = true;
		if (this.#stage === Stage.OVER) return;
		this.#connection.severed = this.endless;
		this.over();
		this.#connection.persistent = false;
		this.#connection.finished = true;
		this.#connection.wake();
	}

	retire(): void {
		if (this.#stage === Stage.OVER) return;
		this.#connection.persistent = false;
		this.#connection.wake();
	}

	credit(_bytes: number): void {}

	hold(): void {
		this.held = true;
	}

	release(): void {
		if (!this.held) return;
		this.held = false;
		if (this.#stage !== Stage.OVER) this.#connection.wake();
	}

	discard(): void {
		if (this.#stage === Stage.OVER) return;
		this.discarding = true;
		// Nothing is held for somebody who wants none of it; the end behind it is told.
		this.held = false;
		this.#connection.wake();
	}

	prioritize(_priority: Priority): void {}

	// ---- for the engine ---------------------------------------------------------------------------------------------

	get isConnect(): boolean {
		return this.#head.method === 'CONNECT';
	}

	get isHead(): boolean {
		return this.#head.method === 'HEAD';
	}

	/** The bytes that come are the tunnel's. */
	get isTunnel(): boolean {
		return this.#stage >= Stage.TUNNEL && this.#stage <= Stage.TUNNEL_ENDED;
	}

	/** What has begun ends with the connection alone: cut off by a mere close, it would pass for whole. */
	get endless(): boolean {
		if (this.isTunnel) return this.#stage !== Stage.TUNNEL_ENDED;
		return this.#framing === Framing.CLOSE && (this.#stage === Stage.CONTENT || this.#stage === Stage.ENDING);
	}

	/** The response has ended and its head is held. */
	get isEnded(): boolean {
		return this.#stage === Stage.HELD_ENDED;
	}

	/** No octet of the final response has been written. */
	get unanswered(): boolean {
		return this.#stage <= Stage.HELD_ENDED;
	}

	/** The client may hold its content back until it gets 100 (Continue), and has not got it. */
	get waitsForContinue(): boolean {
		return this.#head.expectsContinue && !this.#continued && !this.contentSeen;
	}

	/** Content waits for the transport. */
	get waits(): boolean {
		return this.#connection.queue.size > 0 && this.#stage !== Stage.OVER;
	}

	/** Nothing more is to be sent or received for this exchange. */
	get complete(): boolean {
		if (this.#stage === Stage.TUNNEL_ENDED) return this.inputEnded;
		if (this.#stage !== Stage.SENT) return false;
		// A client that was answered in place of 100 (Continue) need not send its content (RFC 9110 §10.1.1).
		return this.#connection.content.over || this.discarding || this.waitsForContinue;
	}

	/** Writes the head if it is held, and as much of what waits as there is room for at once. */
	flush(): void {
		if (this.#stage !== Stage.HELD && this.#stage !== Stage.HELD_ENDED) return;
		const connection = this.#connection;
		const ended = this.#stage === Stage.HELD_ENDED;
		this.#framing = this.#chooseFraming(ended);
		if (this.#framing === Framing.CLOSE || this.isConnect || this.waitsForContinue || this.#unreadable(ended)) {
			connection.persistent = false;
		}
		let persistence: number = Persistence.IMPLIED;
		if (!connection.persistent) persistence = Persistence.CLOSE;
		else if (this.#head.httpVersion === '1.0') persistence = Persistence.KEEP_ALIVE;
		connection.heads.write(
			connection.output,
			this.#status,
			this.#reason,
			this.#framing,
			connection.queue.size,
			persistence,
			connection.host.date(),
		);
		this.#stage = ended ? Stage.ENDING : Stage.CONTENT;
		if (!connection.congested) this.move(connection.limits.bufferedOutput - connection.output.size);
		else this.#endIfEmpty();
	}

	/**
	 * Moves content that waits into the output.
	 * @param room how many octets at most
	 * @returns how many octets moved
	 */
	move(room: number): number {
		const { queue, output } = this.#connection;
		const count = Math.min(queue.size, room);
		if (count > 0) {
			if (this.#framing === Framing.CHUNKED) {
				beginChunk(output, count);
				queue.moveTo(output, count);
				endChunk(output);
			} else {
				queue.moveTo(output, count);
			}
			this.#inOutput += count;
		}
		this.#endIfEmpty();
		return Math.max(count, 0);
	}

	/** The output has been handed to the transport. */
	handedOver(): void {
		if (this.#inOutput === 0) return;
		this.#inOutput = 0;
		this.sink.sent(this.#connection.queue.size);
	}

	/** The engine is done with this exchange. */
	over(): void {
		this.#stage = Stage.OVER;
		this.#connection.queue.clear();
	}

	/** Tells the exchange, unless it was reset. */
	close(end: CarrierEnd): void {
		if (this.#silent) return;
		this.#silent = true;
		this.sink.closed(end, 0);
	}

	// ---- inside -----------------------------------------------------------------------------------------------------

	#send(chunk: Uint8Array): void {
		const { queue, output, limits, congested } = this.#connection;
		const length = chunk.length;
		if (queue.size > 0 || congested || output.size + length > limits.bufferedOutput) {
			queue.push(chunk);
			return;
		}
		if (length === 0) return;
		if (this.#framing === Framing.CHUNKED) {
			beginChunk(output, length);
			output.content(chunk, 0, length);
			endChunk(output);
		} else {
			output.content(chunk, 0, length);
		}
		this.#inOutput += length;
	}

	#endIfEmpty(): void {
		if (this.#connection.queue.size > 0) return;
		if (this.#stage === Stage.ENDING) {
			if (this.#framing === Framing.CHUNKED) writeLastChunk(this.#connection.output, this.#trailers);
			this.#stage = Stage.SENT;
		} else if (this.#stage === Stage.TUNNEL_ENDING) {
			this.#stage = Stage.TUNNEL_ENDED;
			this.#connection.ended = true;
		}
	}

	#chooseFraming(ended: boolean): number {
		if (this.#bare) return Framing.NONE;
		if (this.#connection.heads.contentLength >= 0) return Framing.LENGTH;
		if (this.#head.httpVersion === '1.0') return ended ? Framing.LENGTH : Framing.CLOSE;
		return ended && (this.#trailers === null || this.#trailers.lines.length === 0) ? Framing.LENGTH : Framing.CHUNKED;
	}

	/**
	 * The response is whole, and the rest of the request is unwanted and too much to read for the connection's sake; or it may be, as
	 * nobody knows how long chunked content is: who says nothing of closing now could not say it later.
	 */
	#unreadable(ended: boolean): boolean {
		const { content, limits } = this.#connection;
		return ended && this.discarding && !content.over && (content.remaining < 0 || content.remaining > limits.drain);
	}
}
