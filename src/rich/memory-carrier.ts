/** A carrier without bytes: it hands what one side sends to the other, a turn later. */
import type { Carrier, CarrierEnd, CarrierSink, Priority, RequestHead } from '../wire/carrier.ts';
import { Fields, type FieldsInit } from '../wire/fields.ts';
import type { PairClient, PairEvents } from './pair.ts';

/** How much may be on its way to the application, in bytes, before `send` returns false. */
const WINDOW = 64 * 1024;

/** What travels: a chunk, or something that happens. */
type Item = Uint8Array | (() => void);

/** Carries one exchange in memory. The application's exchange is its sink, {@link MemoryCarrier.client} the other side. */
export class MemoryCarrier implements Carrier {
	sink!: CarrierSink;
	readonly client: PairClient;
	readonly canInform: boolean;
	readonly canTrail: boolean;
	readonly unhanded: number = 0;
	readonly canAccept: boolean;
	events: PairEvents = {};
	priority: Priority;

	readonly #takesPush: boolean;
	readonly #isUpgrade: boolean;
	/** To the application. */
	readonly #incoming: Item[] = [];
	/** To the application too, but past all content: nothing holds it back. */
	readonly #signals: (() => void)[] = [];
	/** To the client. */
	readonly #outgoing: Item[] = [];
	#uncredited = 0;
	#waiting = 0;
	#begun = false;
	#continued = false;
	#held = false;
	/** The client knows of this exchange: a pushed one waits for its promise to arrive. */
	#known = true;
	#clientPaused = false;
	#tunnel: 'none' | 'asked' | 'open' = 'none';
	/** The client has ended the request; what an Upgrade sends after it is for the tunnel. */
	#requestOver: boolean;
	/** Content of the request is dropped as it comes. */
	#discarded = false;
	#inputOver = false;
	#outputOver = false;
	/** How the client ended it, until the sink has been told. */
	#stop: { readonly end: CarrierEnd; readonly code: number } | null = null;
	/** The client hears nothing more. */
	#gone = false;
	#closed = false;
	#scheduled = false;

	constructor(head: RequestHead, takesPush: boolean) {
		this.#takesPush = takesPush;
		this.priority = head.priority;
		this.canInform = head.httpVersion !== '1.0';
		this.canTrail = head.httpVersion !== '1.0';
		this.canAccept = head.method === 'CONNECT' || head.protocol !== null;
		this.#isUpgrade = head.method !== 'CONNECT' && head.protocol !== null;
		this.#requestOver = head.contentLength === 0;
		if (this.#requestOver) this.#requestEnd(new Fields());
		this.client = new MemoryClient(this, head);
	}

	get canPush(): boolean {
		return this.#takesPush && !this.#gone && !this.#closed && !this.#outputOver;
	}

	/** The application's call has returned: events may flow. */
	begin(): void {
		this.#begun = true;
		this.#wake();
	}

	// ---- the application's commands ---------------------------------------------------------------------------------

	inform(status: number, fields: Fields): void {
		this.#tell(() => this.events.inform?.(status, fields));
	}

	continue(): void {
		if (this.#continued) return;
		this.#continued = true;
		this.#tell(() => this.events.continued?.());
	}

	respond(status: number, fields: Fields, reason: string | undefined): void {
		this.#tell(() => this.events.respond?.(status, fields, reason));
	}

	write(chunk: Uint8Array): number {
		if (this.#gone) return this.#waiting;
		this.#waiting += chunk.length;
		this.#outgoing.push(chunk);
		this.#wake();
		return this.#waiting;
	}

	end(trailers: Fields | null): void {
		this.#tell(() => {
			this.#outputOver = true;
			this.events.end?.(trailers ?? new Fields());
		});
	}

	accept(fields: Fields): void {
		this.#tunnel = 'open';
		this.#tell(() => this.events.accept?.(fields));
	}

	push(head: RequestHead): Carrier | null {
		if (!this.canPush) return null;
		const pushed = new MemoryCarrier(head, false);
		pushed.#known = false;
		pushed.begin();
		this.#tell(() => {
			this.events.push?.(head, pushed.client);
			pushed.#known = true;
			pushed.#wake();
		});
		return pushed;
	}

	reset(code: number): void {
		this.#closed = true;
		this.#incoming.length = 0;
		this.#outgoing.length = 0;
		this.#tell(() => this.events.reset?.(code));
	}

	retire(): void {
		this.#tell(() => this.events.retire?.());
	}

	credit(bytes: number): void {
		this.#uncredited -= bytes;
		this.#tell(() => this.events.credit?.(bytes));
	}

	hold(): void {
		this.#held = true;
	}

	release(): void {
		this.#held = false;
		this.#wake();
	}

	discard(): void {
		this.#held = false;
		this.#discarded = true;
		this.#tell(() => this.events.discard?.());
	}

	prioritize(priority: Priority): void {
		this.priority = priority;
	}

	// ---- the client's commands --------------------------------------------------------------------------------------

	clientSend(chunk: Uint8Array): boolean {
		if (this.#gone || this.#closed || this.#inputOver || (this.#discarded && !this.#isUpgrade)) return true;
		if (this.#requestOver && !this.#isUpgrade)
			throw new Error('The request has ended: ask for hasContent, and send before end().');
		this.#uncredited += chunk.length;
		this.#incoming.push(chunk);
		this.#wake();
		return this.#uncredited < WINDOW;
	}

	clientEnd(trailers: FieldsInit): void {
		const section = Fields.from(trailers);
		if (!this.#requestOver) {
			this.#requestOver = true;
			this.#requestEnd(section);
		} else if (this.#isUpgrade) {
			this.#incoming.push(() => this.#inputEnd(section));
		}
		this.#wake();
	}

	clientStop(end: CarrierEnd, code: number): void {
		if (this.#gone) return;
		this.#gone = true;
		this.#stop = { end, code };
		this.#incoming.length = 0;
		this.#outgoing.length = 0;
		this.#wake();
	}

	clientReprioritize(priority: Priority): void {
		this.#signals.push(() => this.sink.reprioritized(priority));
		this.#wake();
	}

	clientPause(paused: boolean): void {
		this.#clientPaused = paused;
		this.#wake();
	}

	// ---- turns ------------------------------------------------------------------------------------------------------

	#requestEnd(trailers: Fields): void {
		this.#incoming.push(() => {
			// Accepted already: the sink has been told by that, and its next end is the tunnel's.
			if (this.#isUpgrade && this.#tunnel === 'open') return;
			if (this.#isUpgrade) {
				this.#tunnel = 'asked';
				this.#discarded = false;
			}
			this.#inputEnd(trailers);
		});
	}

	#inputEnd(trailers: Fields): void {
		this.#inputOver = this.#tunnel !== 'asked';
		this.sink.contentEnd(trailers);
	}

	#tell(event: () => void): void {
		if (this.#gone) return;
		this.#outgoing.push(event);
		this.#wake();
	}

	#wake(): void {
		if (this.#scheduled || !this.#begun) return;
		this.#scheduled = true;
		queueMicrotask(() => this.#turn());
	}

	#turn(): void {
		this.#scheduled = false;
		if (this.#stop !== null) {
			const { end, code } = this.#stop;
			this.#stop = null;
			this.#close(end, code);
			return;
		}
		if (this.#closed) {
			this.#signals.length = 0;
			this.#incoming.length = 0;
		}
		for (const signal of this.#signals.splice(0)) signal();
		while (!this.#held && this.#incoming.length > 0) {
			if (this.#isUpgrade && this.#tunnel === 'asked') break;
			const item = this.#incoming.shift() as Item;
			if (typeof item === 'function') item();
			else if (this.#discarded) this.#uncredited -= item.length;
			else this.sink.content(item);
		}
		const before = this.#waiting;
		while (this.#known && this.#outgoing.length > 0) {
			const item = this.#outgoing[0] as Item;
			if (this.#clientPaused && typeof item !== 'function') break;
			this.#outgoing.shift();
			if (typeof item === 'function') {
				item();
			} else {
				this.#waiting -= item.length;
				this.events.data?.(item);
			}
		}
		if (this.#closed || this.#gone) return;
		if (this.#waiting < before) this.sink.sent(this.#waiting);
		// An Upgrade that was not accepted ends with its response, like any request.
		const inputOver = this.#inputOver || this.#discarded || (this.#isUpgrade && this.#tunnel === 'asked');
		if (this.#outputOver && inputOver) this.#close('complete', 0);
	}

	#close(end: CarrierEnd, code: number): void {
		if (this.#closed) return;
		this.#closed = true;
		this.sink.closed(end, code);
	}
}

class MemoryClient implements PairClient {
	readonly head: RequestHead;
	readonly #carrier: MemoryCarrier;

	constructor(carrier: MemoryCarrier, head: RequestHead) {
		this.#carrier = carrier;
		this.head = head;
	}

	get events(): PairEvents {
		return this.#carrier.events;
	}
	set events(events: PairEvents) {
		this.#carrier.events = events;
	}
	get priority(): Priority {
		return this.#carrier.priority;
	}
	send(chunk: Uint8Array): boolean {
		return this.#carrier.clientSend(chunk);
	}
	end(trailers: FieldsInit = []): void {
		this.#carrier.clientEnd(trailers);
	}
	reset(code: number): void {
		this.#carrier.clientStop('reset', code);
	}
	lose(): void {
		this.#carrier.clientStop('lost', 0);
	}
	pause(): void {
		this.#carrier.clientPause(true);
	}
	resume(): void {
		this.#carrier.clientPause(false);
	}
	reprioritize(priority: Priority): void {
		this.#carrier.clientReprioritize(priority);
	}
}
