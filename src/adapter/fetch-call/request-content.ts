/** The request content as a stream: what is pulled from it is what the exchange delivers. */
import { ExchangeEnded, type Outcome } from '../../rich/outcome.ts';

/** What the stream asks of its request. */
export interface ContentSource {
	/** Content is wanted. */
	resume(): void;
	/** Enough for now. */
	pause(): void;
	/** No more is wanted, ever, for the reason that `cancel` was given. */
	discard(reason?: unknown): void;
}

/** A byte stream that holds nothing: each read takes what comes next. */
export class RequestContent {
	readonly stream: ReadableStream<Uint8Array>;
	readonly #source: ContentSource;
	#controller!: ReadableByteStreamController;
	#over = false;
	/** Ends the pull that waits. */
	#pulled: (() => void) | null = null;

	constructor(source: ContentSource) {
		this.#source = source;
		this.stream = new ReadableStream<Uint8Array>(
			{
				type: 'bytes',
				start: (controller) => {
					this.#controller = controller as ReadableByteStreamController;
				},
				pull: () => this.#pull(),
				cancel: (reason: unknown) => this.#cancel(reason),
			},
			{ highWaterMark: 0 },
		);
	}

	#pull(): Promise<void> {
		return new Promise((resolve) => {
			this.#pulled = resolve;
			this.#source.resume();
		});
	}

	#cancel(reason: unknown): void {
		this.#over = true;
		this.#source.discard(reason);
	}

	/** Content has come. */
	data(chunk: Uint8Array): void {
		if (this.#over) return;
		this.#source.pause();
		// A copy: what a byte stream is given is taken from whoever else has a view of the same memory.
		this.#controller.enqueue(new Uint8Array(chunk));
		this.#resolve();
	}

	/** The content is over. */
	end(): void {
		if (this.#over) return;
		this.#over = true;
		this.#controller.close();
		// A read into memory of its own waits until it has been told so.
		this.#controller.byobRequest?.respond(0);
		this.#resolve();
	}

	/** There will be no more content: the exchange has ended, or its response has. */
	cut(outcome: Outcome): void {
		if (!this.#over) this.fail(new ExchangeEnded(outcome));
	}

	/** The same, for a reason of another kind. */
	fail(error: unknown): void {
		if (this.#over) return;
		this.#over = true;
		this.#controller.error(error);
		this.#resolve();
	}

	#resolve(): void {
		this.#pulled?.();
		this.#pulled = null;
	}
}
