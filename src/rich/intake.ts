/** The request side of an exchange: what has come, whether it is wanted, and its delivery to the handler. */
import type { Carrier, RequestHead } from '../wire/carrier.ts';
import { ChunkQueue } from '../wire/chunk-queue.ts';
import type { Fields } from '../wire/fields.ts';
import type { ExchangeContext } from './context.ts';
import { BorrowingHandler, type TunnelHandler } from './handler.ts';
import { isThenable } from './thenable.ts';

/** Where the request, or the peer's half of a tunnel, stands. */
const OPEN = 0;
/** Its end has been delivered. */
const ENDED = 1;
/** The rest is unwanted. */
const DISCARDED = 2;
/** The exchange is over: nothing more is delivered. */
const CUT = 3;

/** What the intake asks of its exchange. */
interface IntakeOwner {
	/** An event handler threw or rejected. */
	fail(error: unknown): void;
	/** What was held has been delivered, and the carrier was done before. */
	completed(): void;
	/** Tell what had to wait for a handler: a drain, the outcome. */
	conclude(): void;
}

/** Delivers content to one handler, and holds it while there is none or while it is paused. */
export class Intake {
	/** Who gets data and end now: the attached handler, then the tunnel's. */
	handler: TunnelHandler | null = null;
	/** The tunnel's handler while it is owed `closed`. */
	tunnelHandler: TunnelHandler | null = null;
	/** The same, where it takes what is lent. */
	#borrower: BorrowingHandler | null = null;
	/** The carrier has reported `complete` while content was still held. */
	completed = false;

	readonly #owner: IntakeOwner;
	readonly #carrier: Carrier;
	readonly #head: RequestHead;
	readonly #context: ExchangeContext;
	/** What is accounted to this exchange of what its connection holds: in the queue, and by the borrower. */
	#queued = 0;
	#borrowed = 0;
	#phase = OPEN;
	#paused = false;
	/** Content that came while it was not wanted; null when there is none. */
	#queue: ChunkQueue | null = null;
	/** The request has ended, but its end has not been delivered. */
	#trailers: Fields | null = null;
	#received = false;
	/** The carrier holds content back: exactly while the queue holds some. */
	#held = false;
	#scheduled = false;
	/** 100 (Continue) has been sent, by us or by the application. */
	#invited = false;

	constructor(owner: IntakeOwner, carrier: Carrier, head: RequestHead, context: ExchangeContext) {
		this.#owner = owner;
		this.#carrier = carrier;
		this.#head = head;
		this.#context = context;
		this.#received = head.contentLength === 0 && head.method !== 'CONNECT';
	}

	/** Something has come that waits for a handler to want it. */
	get holding(): boolean {
		return this.#phase === OPEN && (this.#queue !== null || this.#trailers !== null);
	}

	/** No content of the request is outstanding. */
	get finished(): boolean {
		return this.#received && this.#queue === null;
	}

	/** The application has sent 100 (Continue) itself. */
	invited(): void {
		this.#invited = true;
	}

	/** @param inviting no final response has begun, so that 100 (Continue) makes sense */
	attach(handler: TunnelHandler, inviting: boolean): void {
		this.handler = handler;
		this.#wanted(inviting);
	}

	pause(): void {
		this.#paused = true;
	}

	resume(inviting: boolean): void {
		if (!this.#paused) return;
		this.#paused = false;
		this.#wanted(inviting);
	}

	discard(): void {
		if (this.#phase !== OPEN || this.tunnelHandler !== null) return;
		this.#phase = DISCARDED;
		this.#queue = null;
		this.#account();
		this.#trailers = null;
		this.#held = false;
		if (!this.#received && !this.completed) this.#carrier.discard();
		if (this.completed) this.schedule();
	}

	/** The tunnel is open: what comes from here on is its bytes. */
	tunnel(handler: TunnelHandler): void {
		this.handler = handler;
		this.tunnelHandler = handler;
		this.#borrower = handler instanceof BorrowingHandler ? handler : null;
		this.#phase = OPEN;
		// A pause was of the request's content; the tunnel begins anew.
		this.#paused = false;
		if (this.#head.method !== 'CONNECT') {
			// The request's own end is past; the tunnel's is to come.
			this.#received = false;
			this.#trailers = null;
		}
		this.#wanted(false);
	}

	/** The exchange is over. */
	cut(): void {
		this.#phase = CUT;
		this.#queue = null;
		this.#trailers = null;
		this.#borrower = null;
		this.#account();
	}

	/** A chunk from the carrier. */
	content(chunk: Uint8Array): void {
		if (this.#flowing && this.#queue === null) {
			this.#deliver(chunk);
		} else if (this.#phase === OPEN && chunk.length > 0) {
			this.#queue ??= new ChunkQueue();
			this.#queue.push(chunk);
			this.#account();
			if (!this.#held) {
				this.#held = true;
				this.#carrier.hold();
			}
		}
	}

	/** Whether {@link borrow} takes what comes now. */
	get borrows(): boolean {
		return this.#borrower !== null && this.#queue === null && this.#flowing;
	}

	/** A chunk that the carrier lends. @returns false when it is not taken */
	borrow(bytes: Uint8Array, from: number, to: number): boolean {
		if (!this.borrows) return false;
		try {
			this.#borrower?.borrow(bytes, from, to);
		} catch (error) {
			this.#owner.fail(error);
		}
		if (this.#borrower !== null && this.#borrower.holding !== this.#borrowed) this.#account();
		if (this.#phase === OPEN && !this.completed) this.#carrier.credit(to - from);
		return true;
	}

	/** The end from the carrier. */
	end(trailers: Fields): void {
		this.#received = true;
		if (this.#phase !== OPEN) return;
		this.#trailers = trailers;
		if (this.#attached && this.#queue === null) this.#deliverEnd();
	}

	/** Delivers what is held after the current command and call have returned: never inside them (RICH-6). */
	schedule(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		queueMicrotask(() => this.#pump());
	}

	/** There is a handler for what comes. Bytes behind CONNECT belong to the tunnel: they wait for accept. */
	get #attached(): boolean {
		return (
			this.#phase === OPEN && this.handler !== null && (this.#head.method !== 'CONNECT' || this.tunnelHandler !== null)
		);
	}

	get #flowing(): boolean {
		return !this.#paused && this.#attached;
	}

	#wanted(inviting: boolean): void {
		if (!this.#flowing) {
			// A pause holds content back, not the end behind it.
			if (this.#attached && this.#queue === null && this.#trailers !== null) this.schedule();
			return;
		}
		const waitedFor = inviting && !this.#invited && !this.#received && this.#head.expectsContinue;
		if (waitedFor && this.handler?.data !== undefined) {
			this.#invited = true;
			this.#carrier.continue();
		}
		if (this.#held || this.#queue !== null || this.#trailers !== null) this.schedule();
	}

	#pump(): void {
		this.#scheduled = false;
		while (this.#queue !== null && this.#flowing) {
			const chunk = this.#queue.shift() as Uint8Array;
			if (this.#queue.size === 0) this.#queue = null;
			this.#deliver(chunk);
			this.#account();
		}
		// Even while paused: the end may stand next, and a pause does not hold it back (RICH-25).
		if (this.#held && this.#queue === null && this.#phase === OPEN && !this.completed) {
			this.#held = false;
			this.#carrier.release();
		}
		if (this.#trailers !== null && this.#queue === null && this.#attached) this.#deliverEnd();
		if (this.completed && !this.holding) this.#owner.completed();
		this.#owner.conclude();
	}

	#deliver(chunk: Uint8Array): void {
		const handler = this.handler as TunnelHandler;
		try {
			if (handler.data !== undefined) this.#watch(handler.data(chunk));
		} catch (error) {
			this.#owner.fail(error);
		}
		if (this.#borrower !== null && this.#borrower.holding !== this.#borrowed) this.#account();
		if (this.#phase === OPEN && !this.completed) this.#carrier.credit(chunk.length);
	}

	/** What is held has changed. */
	#account(): void {
		const queued = this.#queue === null ? 0 : this.#queue.size;
		const borrowed = this.#borrower === null ? 0 : this.#borrower.holding;
		this.#context.held += queued - this.#queued + borrowed - this.#borrowed;
		this.#queued = queued;
		this.#borrowed = borrowed;
	}

	#deliverEnd(): void {
		const trailers = this.#trailers as Fields;
		this.#trailers = null;
		this.#phase = ENDED;
		const handler = this.handler as TunnelHandler;
		try {
			if (handler.end !== undefined) this.#watch(handler.end(trailers));
		} catch (error) {
			this.#owner.fail(error);
		}
	}

	#watch(result: unknown): void {
		if (isThenable(result)) result.then(undefined, (error: unknown) => this.#owner.fail(error));
	}
}
