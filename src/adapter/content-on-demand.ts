/** The request content of a rich application that runs on a lower layer: taken from there when it is wanted, and no sooner. */
import type { Input } from '../layer/gateway/input.ts';
import type { CarrierSink } from '../wire/carrier.ts';
import { Fields } from '../wire/fields.ts';

/** How much is asked for at a time. */
const READ_SIZE = 64 * 1024;
/** The same, where `read` would wait until it has come whole. */
const WHOLE_READ_SIZE = 16 * 1024;

/** What content is read by: that of a gateway's environ, or of a Request. */
export type ContentReads = Pick<Input, 'read' | 'read1'>;

/** What reading tells its owner. */
export interface ContentOwner {
	readonly sink: CarrierSink;
	/** The trailer fields of the request, where somebody knows them when its content has come to its end. */
	readonly trailers?: Fields;
	/** The content is over, read to its end or unwanted, or nobody takes any just now. */
	contentChanged(): void;
	/** A read failed. */
	contentFailed(error: unknown): void;
}

/** Reads one request's content. It holds one chunk at most. */
export class ContentOnDemand {
	/** Nothing more will be read. */
	over = false;
	/** The application has no use for content, and must not ask the client for it: only the end would be told. */
	shunned = false;
	readonly #owner: ContentOwner;
	readonly #input: ContentReads;
	/** What is still to come, in bytes; -1 when nobody has said. */
	#remaining: number;
	#wanted = false;
	#paused = false;
	#held = false;
	#reading = false;

	/** @param length of the content, or -1 */
	constructor(owner: ContentOwner, input: ContentReads, length: number) {
		this.#owner = owner;
		this.#input = input;
		this.#remaining = length;
	}

	/** The application's call has returned: an end that is known already can be told. */
	begin(): void {
		if (this.#remaining === 0 && !this.over) this.#end();
	}

	/** Somebody is there to take content. */
	want(): void {
		this.#wanted = true;
		this.#pull();
	}

	/** The application wants none now, and wants it again. */
	pause(paused: boolean): void {
		this.#paused = paused;
		this.#pull();
	}

	/** The exchange holds a chunk that nobody took, and does so no more. */
	hold(held: boolean): void {
		this.#held = held;
		this.#pull();
	}

	/** The rest is unwanted. */
	discard(): void {
		if (this.over) return;
		this.over = true;
		this.#owner.contentChanged();
	}

	get #flowing(): boolean {
		return this.#wanted && !this.#paused && !this.#held && !this.over;
	}

	/** Nothing is read, and nothing will be before the application does something. */
	get idle(): boolean {
		return !this.#reading && !this.#flowing;
	}

	#pull(): void {
		if (!this.#flowing) this.#owner.contentChanged();
		else if (!this.#reading) void this.#read();
	}

	async #read(): Promise<void> {
		this.#reading = true;
		try {
			while (this.#flowing) {
				const chunk = await this.#next();
				if (this.over) break;
				if (chunk.length === 0) this.#end();
				else this.#deliver(chunk);
			}
		} catch (error) {
			if (!this.over) {
				this.over = true;
				this.#owner.contentFailed(error);
			}
		}
		this.#reading = false;
		if (!this.over) this.#owner.contentChanged();
	}

	#next(): Promise<Uint8Array> {
		// `read` fills what it is asked for: a client that waits for an answer to its first chunk would wait for ever.
		const input = this.#input;
		if (input.read1 === undefined) return input.read(this.#size(WHOLE_READ_SIZE));
		return input.read1(this.#size(READ_SIZE));
	}

	#size(most: number): number {
		return this.#remaining < 0 ? most : Math.min(this.#remaining, most);
	}

	#deliver(chunk: Uint8Array): void {
		if (this.#remaining > 0) this.#remaining = Math.max(0, this.#remaining - chunk.length);
		this.#owner.sink.content(chunk);
		if (this.#remaining === 0 && !this.over) this.#end();
	}

	#end(): void {
		this.over = true;
		this.#owner.sink.contentEnd(this.#owner.trailers ?? new Fields());
		this.#owner.contentChanged();
	}
}
