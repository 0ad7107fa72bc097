/** How a body is read: in order, sync where it is sync, and stopped and closed once (GATE-12). */
import { isThenable } from '../../rich/thenable.ts';
import { type Body, requireBody } from './body.ts';

/** What a step of a body gives. */
export type Step = IteratorResult<Uint8Array, unknown>;

/**
 * Reads one body. A sync body is read without a promise. Whoever has one calls {@link BodyReader.close} at the end in any
 * case; who does not read on calls {@link BodyReader.return} before it, or {@link BodyReader.stop} for both.
 */
export class BodyReader {
	/** Whether the blocks come as promises. */
	readonly async: boolean;
	readonly #body: Body;
	#iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array> | null = null;
	#over = false;
	#closed = false;

	/** @throws Misuse for what is no body (GATE-11) */
	constructor(body: Body) {
		this.#body = requireBody(body);
		this.async = Symbol.asyncIterator in body;
	}

	/** The next block. Asked for one at a time; what it throws ends the blocks. */
	next(): Step | PromiseLike<Step> {
		if (this.#over) return { done: true, value: undefined };
		let step: Step | PromiseLike<Step>;
		try {
			this.#iterator ??= begun(this.#body);
			step = this.#iterator.next();
		} catch (error) {
			this.#over = true;
			throw error;
		}
		if (!isThenable(step)) return this.#seen(step as Step);
		return (step as PromiseLike<Step>).then(
			(value) => this.#seen(value),
			(error) => {
				this.#over = true;
				throw error;
			},
		);
	}

	/** No more blocks are wanted: `return()` of the iterator, unless it was never begun or is over. */
	return(): void | PromiseLike<unknown> {
		const iterator = this.#iterator;
		if (this.#over || iterator === null) {
			this.#over = true;
			return;
		}
		this.#over = true;
		const returned: unknown = iterator.return?.();
		if (isThenable(returned)) return returned;
	}

	/** `close()` of the body, the first time. */
	close(): void | PromiseLike<unknown> {
		if (this.#closed) return;
		this.#closed = true;
		const closed: unknown = this.#body.close?.();
		if (isThenable(closed)) return closed;
	}

	/** {@link BodyReader.return}, and then {@link BodyReader.close}, whether or not the first failed. */
	stop(): void | PromiseLike<unknown> {
		let returned: void | PromiseLike<unknown>;
		try {
			returned = this.return();
		} catch (error) {
			return closedAfter(this, error);
		}
		if (returned === undefined) return this.close();
		return returned.then(
			() => this.close(),
			(error: unknown) => closedAfter(this, error),
		);
	}

	#seen(step: Step): Step {
		if (step.done === true) this.#over = true;
		return step;
	}
}

function begun(body: Body): Iterator<Uint8Array> | AsyncIterator<Uint8Array> {
	return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
}

/**
 * Ends a reader that has failed, or will not be read, because of an error, and throws it. When ending it fails too, an
 * AggregateError has both.
 */
export function closedAfter(reader: Pick<BodyReader, 'close'>, error: unknown): PromiseLike<never> {
	const failed = (closing: unknown): never => {
		throw new AggregateError([error, closing], 'The body failed, and so did its close().');
	};
	let closed: void | PromiseLike<unknown>;
	try {
		closed = reader.close();
	} catch (closing) {
		return failed(closing);
	}
	if (closed === undefined) throw error;
	return closed.then(() => {
		throw error;
	}, failed);
}
