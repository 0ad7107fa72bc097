/** Carries one exchange as a fetch: the request comes from a Request, the response goes as a Response. */
import { ExchangeEnded, type Outcome } from '../rich/outcome.ts';
import type { Carrier, CarrierEnd, CarrierSink } from '../wire/carrier.ts';
import { ErrorCode } from '../wire/fault.ts';
import { Fields } from '../wire/fields.ts';
import { ContentOnDemand, type ContentOwner, type ContentReads } from './content-on-demand.ts';

/** How the content of the request is read. */
export interface Reads extends ContentReads {
	/** No more is wanted. */
	cancel(): void;
}

/** What becomes of a call. */
export interface Answer {
	resolve(response: Response): void;
	reject(error: unknown): void;
	/** It failed when the response was whole: nobody but a log is left to tell. */
	log(error: unknown): void;
}

/**
 * The exchange is above, as the sink; below is whoever reads the Response. A chunk counts as handed over when the stream has
 * taken a copy of it, which it does when it is read, and not before.
 */
export class FetchCarrier implements Carrier, ContentOwner {
	sink!: CarrierSink;
	readonly canInform: boolean = false;
	readonly canPush: boolean = false;
	readonly canAccept: boolean = false;
	readonly canTrail: boolean = false;
	readonly unhanded: number = 0;
	readonly content: ContentOnDemand;

	readonly #answer: Answer;
	readonly #reads: Reads;
	readonly #isHead: boolean;
	#head: { readonly status: number; readonly fields: Fields; readonly reason: string | undefined } | null = null;
	/** The Response has been given. */
	#given = false;
	#scheduled = false;
	#stream: ReadableStreamDefaultController<Uint8Array> | null = null;
	#pulled: (() => void) | null = null;
	readonly #queue: Uint8Array[] = [];
	#waiting = 0;
	#ended = false;
	/** The reader has all of the response. */
	#delivered = false;
	/** What breaks the response off, behind what waits. `own`: there was no error but a reset. */
	#failure: { readonly error: unknown; readonly own: boolean } | null = null;
	/** The exchange knows that it is over. */
	#closed = false;
	/** The application's call is over. */
	#settled = false;

	constructor(answer: Answer, reads: Reads, contentLength: number, isHead: boolean) {
		this.#answer = answer;
		this.#reads = reads;
		this.#isHead = isHead;
		this.content = new ContentOnDemand(this, reads, contentLength);
	}

	// ---- the exchange's commands ------------------------------------------------------------------------------------

	respond(status: number, fields: Fields, reason: string | undefined): void {
		// The 500 that an exchange gives for its application is not wanted: the host has its own answer to errors.
		if (this.#failure !== null) return;
		this.#head = { status, fields, reason };
		this.#wake();
	}

	write(chunk: Uint8Array): number {
		if (this.#failure !== null) return 0;
		this.#queue.push(chunk);
		this.#waiting += chunk.length;
		this.#wake();
		return this.#waiting;
	}

	end(): void {
		if (this.#failure !== null) return;
		this.#ended = true;
		this.#wake();
	}

	reset(code: number): void {
		const whole = this.#ended;
		this.#closed = true;
		this.discard();
		if (this.#head === null && this.#failure === null && code === ErrorCode.REFUSED_STREAM) {
			// REFUSED_STREAM has no name here: 503 says the same, that the request may be made again.
			this.#head = { status: 503, fields: Fields.of('retry-after', '0'), reason: undefined };
			this.#ended = true;
		} else if (!this.#delivered) {
			this.#failure ??= { error: this.broken(code), own: true };
			// The application has its memory back from here on. A response that was whole is cut at once, as on a wire.
			const kept = whole ? [] : this.#queue.map((chunk) => chunk.slice());
			this.#queue.splice(0, this.#queue.length, ...kept);
			this.#ended = false;
		}
		this.#wake();
	}

	/** What the body of the response fails with when it is broken off with this code. */
	protected broken(code: number): unknown {
		return new ExchangeEnded({ reason: 'aborted', code });
	}

	discard(): void {
		if (this.content.over) return;
		this.#reads.cancel();
		this.content.discard();
	}

	hold(): void {
		this.content.hold(true);
	}

	release(): void {
		this.content.hold(false);
	}

	/** Reading sends it. */
	continue(): void {}
	/** A fetch has no place for these: null, or without effect, as the adapter says. */
	inform(): void {}
	accept(): void {}
	push(): null {
		return null;
	}
	retire(): void {}
	credit(): void {}
	prioritize(): void {}

	// ---- what the content tells -------------------------------------------------------------------------------------

	contentChanged(): void {
		this.#complete();
	}

	contentFailed(error: unknown): void {
		if (this.#closed) return;
		const outcome: Outcome =
			ExchangeEnded.is(error) && error.outcome.reason !== 'complete' ? error.outcome : { reason: 'lost', code: 0 };
		this.failed(error);
		this.left(outcome);
	}

	// ---- the adapter's side -----------------------------------------------------------------------------------------

	/** Whether the response is there as a whole, and nothing more of the request is wanted. */
	get whole(): boolean {
		return this.#ended && this.content.over && this.#failure === null;
	}

	/** The application failed: it breaks the response off, unless that has been given whole. */
	failed(error: unknown): void {
		if (this.#ended || (this.#failure !== null && !this.#failure.own) || (this.#closed && this.#failure === null)) {
			this.#answer.log(error);
			return;
		}
		this.#failure = { error, own: false };
		this.#wake();
	}

	/** The application's call is over: it may still act, by its handler. */
	settled(): void {
		this.#settled = true;
		this.#complete();
	}

	/** Nobody is there any more. */
	left(outcome: Outcome): void {
		const reset = outcome.reason === 'reset' || outcome.reason === 'aborted';
		const end: CarrierEnd = reset || outcome.reason === 'complete' ? 'reset' : outcome.reason;
		this.#close(end, reset ? outcome.code : end === 'reset' ? ErrorCode.CANCEL : 0);
	}

	// ---- the response -----------------------------------------------------------------------------------------------

	/** What is written together goes together: what has come by the end of the microtasks' queue, or is asked for. */
	#wake(): void {
		if (this.#given) {
			this.#move();
			return;
		}
		if (this.#scheduled) return;
		this.#scheduled = true;
		queueMicrotask(() => {
			this.#scheduled = false;
			this.#give();
		});
	}

	#give(): void {
		if (this.#given) return;
		const head = this.#head;
		if (head === null) {
			if (this.#failure === null) return;
			this.#given = true;
			this.#answer.reject(this.#failure.error);
			return;
		}
		try {
			this.#given = true;
			const { status, reason } = head;
			const empty = this.#isHead || status === 204 || status === 205 || status === 304;
			const init = { status, statusText: reason ?? '', headers: pairs(head.fields.lines) };
			this.#answer.resolve(new Response(empty ? null : this.#body(), init));
			if (empty) this.#move();
		} catch (error) {
			this.#answer.reject(error);
			this.#close('lost', 0);
		}
	}

	/** A response that is whole, and has one chunk at most, goes without a stream of ours. */
	#body(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null {
		if (this.#ended && this.#failure === null && this.#queue.length <= 1) {
			const chunk = this.#queue.shift();
			this.#waiting = 0;
			this.#deliver();
			return chunk === undefined ? null : new Uint8Array(chunk);
		}
		return new ReadableStream<Uint8Array>(
			{
				start: (controller) => {
					this.#stream = controller;
				},
				pull: () =>
					new Promise<void>((resolve) => {
						this.#pulled = resolve;
						this.#move();
					}),
				cancel: (reason: unknown) => {
					this.#queue.length = 0;
					this.#delivered = true;
					this.left(ExchangeEnded.is(reason) ? reason.outcome : { reason: 'reset', code: ErrorCode.CANCEL });
				},
			},
			{ highWaterMark: 0 },
		);
	}

	/** Gives the reader what it waits for. */
	#move(): void {
		if (this.#delivered) return;
		const stream = this.#stream;
		const pulled = this.#pulled;
		if (pulled !== null && this.#queue.length > 0) {
			const chunk = this.#queue.shift() as Uint8Array;
			this.#pulled = null;
			this.#waiting -= chunk.length;
			stream?.enqueue(new Uint8Array(chunk));
			// Within a command nothing is told.
			if (!this.#closed) queueMicrotask(() => this.#handedOver());
			pulled();
		}
		if (this.#queue.length > 0) return;
		if (this.#failure !== null) {
			this.#delivered = true;
			if (stream !== null) stream.error(this.#failure.error);
			// Of a response without a body there is nothing to break off.
			else if (!this.#failure.own) this.#answer.log(this.#failure.error);
		} else if (this.#ended) {
			stream?.close();
			this.#deliver();
		} else {
			return;
		}
		this.#pulled?.();
	}

	#handedOver(): void {
		if (!this.#closed) this.sink.sent(this.#waiting);
	}

	#deliver(): void {
		this.#delivered = true;
		queueMicrotask(() => this.#complete());
	}

	/** Ends the exchange, when the response is with its reader and nothing is read of the request, nor will be. */
	#complete(): void {
		if (!this.#delivered || !this.#ended || this.#closed) return;
		if (this.content.over) this.#close('complete', 0);
		else if (!this.#settled || !this.content.idle) return;
		// An application that may never go on reading is told.
		else if (this.content.shunned) this.#close('complete', 0);
		else this.#close('reset', ErrorCode.CANCEL);
	}

	#close(end: CarrierEnd, code: number): void {
		if (this.#closed) return;
		this.#closed = true;
		this.discard();
		this.sink.closed(end, code);
	}
}

/** Flat lines as pairs, without the fields of a connection that an exchange may send. */
function pairs(lines: readonly string[]): [string, string][] {
	const made: [string, string][] = [];
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		if (!/^(?:upgrade|te)$/i.test(name)) made.push([name, lines[at + 1] as string]);
	}
	return made;
}
