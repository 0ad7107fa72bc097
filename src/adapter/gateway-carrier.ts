/** Carries one exchange over a gateway: the request comes from an environ, the response goes by `startResponse` and a body. */

import type { Step } from '../layer/gateway/body-reader.ts';
import { type ByteString, uncheckedBytes } from '../layer/gateway/byte-string.ts';
import type { Input } from '../layer/gateway/input.ts';
import type { FieldPair, FieldPairs, StartResponse } from '../layer/gateway/start-response.ts';
import { ExchangeEnded } from '../rich/outcome.ts';
import type { Carrier, CarrierEnd, CarrierSink } from '../wire/carrier.ts';
import { ErrorCode } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';
import { statusPhrase } from '../wire/status-phrases.ts';
import { utf8 } from '../wire/utf8.ts';
import { ContentOnDemand, type ContentOwner } from './content-on-demand.ts';

const DONE: Step = { done: true, value: undefined };
const REFUSED = utf8('Service Unavailable: the request was refused unread, and may be made again\n');

/**
 * The exchange is above, as the sink; below is whoever reads the body, by {@link GatewayCarrier.step} and
 * {@link GatewayCarrier.stop}. A block counts as handed over when the next one is asked for, as PEP 3333 has it: so a
 * reader that stalls makes the exchange's `write` return false.
 */
export class GatewayCarrier implements Carrier, ContentOwner {
	sink!: CarrierSink;
	readonly canInform: boolean = false;
	readonly canPush: boolean = false;
	readonly canAccept: boolean = false;
	readonly canTrail: boolean = false;
	readonly unhanded: number = 0;
	readonly content: ContentOnDemand;

	readonly #startResponse: StartResponse;
	#status: ByteString | null = null;
	#fields: FieldPairs = [];
	/** `startResponse` has been called. */
	#started = false;
	/** Blocks that wait to be asked for, from {@link GatewayCarrier.#at} on. */
	#queue: Uint8Array[] = [];
	#at = 0;
	/** Bytes not yet handed over: of the blocks that wait, and of the one taken last. */
	#waiting = 0;
	#taken = 0;
	/** The response has been ended. */
	#ended = false;
	/** What broke the response off; thrown when the blocks before it have been taken. `own`: there was no error but a reset. */
	#failure: { readonly error: unknown; readonly own: boolean } | null = null;
	/** The application said that it failed, and has not yet said how: its call is waited for. */
	#awaited = false;
	/** Failures that are not the response's: thrown by `close()`. */
	#late: unknown[] = [];
	/** The exchange knows that it is over. */
	#closed = false;
	/** The application's call is over. */
	#settled = false;
	#wakers: (() => void)[] = [];

	constructor(startResponse: StartResponse, input: Input, contentLength: number) {
		this.#startResponse = startResponse;
		this.content = new ContentOnDemand(this, input, contentLength);
	}

	// ---- the exchange's commands ------------------------------------------------------------------------------------

	respond(status: number, fields: Fields, reason: string | undefined): void {
		// The 500 that an exchange gives for its application is not wanted: the gateway has its own answer to errors.
		if (this.#failure !== null) return;
		this.#status = uncheckedBytes(`${status} ${reason ?? statusPhrase(status)}`);
		this.#fields = pairs(fields.lines);
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
		this.#closed = true;
		this.content.discard();
		if (this.#status === null && this.#failure === null && code === ErrorCode.REFUSED_STREAM) {
			this.#refuse();
		} else if (!this.#ended) {
			if (this.#failure === null) {
				this.#failure = { error: new ExchangeEnded({ reason: 'aborted', code }), own: true };
				this.#awaited = code === ErrorCode.INTERNAL_ERROR && !this.#settled;
			}
			// What was written before is still to be read, and the application has its memory back from here on.
			this.#queue = this.#queue.slice(this.#at).map((chunk) => chunk.slice());
			this.#at = 0;
		} else {
			this.#failure = { error: new ExchangeEnded({ reason: 'aborted', code }), own: true };
			this.#ended = false;
			this.#queue = [];
			this.#at = 0;
		}
		this.#wake();
	}

	discard(): void {
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
	/** The gateway has no place for these: null, or without effect, as the adapter says. */
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
		if (this.#ended) this.#wake();
	}

	contentFailed(error: unknown): void {
		if (this.#closed) return;
		this.failed(error);
		const { reason, code } = ExchangeEnded.is(error)
			? error.outcome
			: ({ reason: 'lost', code: 0 } as ExchangeEnded['outcome']);
		this.#close(reason === 'aborted' || reason === 'complete' ? 'lost' : reason, reason === 'reset' ? code : 0);
	}

	// ---- the adapter's side -----------------------------------------------------------------------------------------

	/** The application failed, or the content did: it breaks the response off, unless that has been given whole. */
	failed(error: unknown): void {
		if (this.#awaited || (this.#failure === null && !this.#ended && !this.#closed)) {
			this.#failure = { error, own: false };
			this.#awaited = false;
			this.#wake();
		} else {
			this.#late.push(error);
		}
	}

	/** The application's call is over: it may still act, by its handler. */
	settled(): void {
		this.#settled = true;
		this.#awaited = false;
		this.#wake();
	}

	/** Whether the response is there as a whole, and nothing more of the request is wanted. */
	get whole(): boolean {
		return this.#ended && this.content.over && this.#failure === null;
	}

	/**
	 * Calls `startResponse`, if there is something to call it with.
	 * @throws what broke off a response that has not begun
	 * @throws what `startResponse` throws
	 */
	start(): void {
		const status = this.#status;
		if (this.#failure !== null && this.#at === this.#queue.length) {
			if (this.#awaited) return;
			throw this.#told();
		}
		if (this.#started || status === null) return;
		this.#started = true;
		try {
			this.#startResponse(status, this.#fields);
		} catch (error) {
			this.#close('lost', 0);
			throw error;
		}
	}

	/**
	 * The next block, or the end; null when it must be waited for.
	 * @throws what broke the response off
	 */
	step(): Step | null {
		this.#handedOver();
		this.start();
		if (this.#at < this.#queue.length) return { done: false, value: this.#take() };
		if (this.#failure !== null) return null;
		if (!this.#ended) return this.#closed ? DONE : null;
		if (this.content.over || this.#closed) this.#close('complete', 0);
		else if (!this.#settled || !this.content.idle) return null;
		// The response is whole, and its end cannot wait for an application that may never go on reading: it is told.
		else if (this.content.shunned) this.#close('complete', 0);
		else this.#close('reset', ErrorCode.CANCEL);
		return DONE;
	}

	/** Fulfilled when it is worth to ask for a step again. */
	change(): Promise<void> {
		return new Promise((resolve) => this.#wakers.push(resolve));
	}

	/** Nobody asks for blocks any more. */
	stop(): void {
		// A block that was taken may have been sent or not; only another step would have said so.
		const complete = this.whole && this.#waiting === 0;
		this.#queue = [];
		this.#at = 0;
		this.#close(complete ? 'complete' : 'reset', complete ? 0 : ErrorCode.CANCEL);
	}

	/** What went wrong and has not been thrown. */
	untold(): unknown[] {
		const errors = this.#late;
		this.#late = [];
		if (this.#failure !== null && !this.#failure.own) errors.unshift(this.#told());
		return errors;
	}

	#take(): Uint8Array {
		const block = this.#queue[this.#at++] as Uint8Array;
		this.#taken = block.length;
		if (this.#at === this.#queue.length) {
			this.#queue = [];
			this.#at = 0;
		}
		return block;
	}

	#handedOver(): void {
		if (this.#taken === 0) return;
		this.#waiting -= this.#taken;
		this.#taken = 0;
		if (!this.#closed) this.sink.sent(this.#waiting);
	}

	#told(): unknown {
		const error = this.#failure?.error;
		// Once: afterwards there is nothing but the end.
		this.#failure = null;
		this.#ended = false;
		this.#closed = true;
		return error;
	}

	/** REFUSED_STREAM has no name in a gateway: 503 says the same, that the request may be made again. */
	#refuse(): void {
		this.#status = uncheckedBytes(`503 ${statusPhrase(503)}`);
		this.#fields = pairs(['content-type', 'text/plain; charset=utf-8', 'retry-after', '0']);
		this.#queue.push(REFUSED);
		this.#ended = true;
	}

	#close(end: CarrierEnd, code: number): void {
		if (!this.#closed) {
			this.#closed = true;
			this.content.discard();
			this.sink.closed(end, code);
		}
		this.#wake();
	}

	#wake(): void {
		for (const waker of this.#wakers.splice(0)) waker();
	}
}

/** Flat lines as pairs. What an exchange sends has been checked: it is latin-1. */
function pairs(lines: readonly string[]): FieldPairs {
	const made: FieldPair[] = [];
	for (let at = 0; at < lines.length; at += 2) {
		const name = lines[at] as string;
		// A gateway application sends none of these, and refuses them (GATE-53).
		if (isOfConnection(name)) continue;
		made.push([uncheckedBytes(name), uncheckedBytes(lines[at + 1] as string)]);
	}
	return made;
}

/** The fields of a connection that an exchange may send, on behalf of a protocol it could change to. */
function isOfConnection(name: string): boolean {
	return (name.length === 7 && name.toLowerCase() === 'upgrade') || (name.length === 2 && name.toLowerCase() === 'te');
}
