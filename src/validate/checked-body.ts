/** A body with both sides looked at: what the application gives (VALID-11 to VALID-14), how it is read (VALID-8). */
import type { Body } from '../layer/gateway/body.ts';
import { described } from '../rich/described.ts';
import { isThenable } from '../rich/thenable.ts';
import type { Inspector } from './finding.ts';
import { GivenBlocks } from './given-blocks.ts';

/** What a body is measured by. */
export interface BodyOwner {
	/** A block came; it is a Uint8Array. */
	counted(length: number): void;
	/** Blocks are being asked for. */
	begun(): void;
	/** All blocks have come. */
	ended(): void;
	/** `close()` is done. */
	closed(): void;
}

/** What a block that is none is, and what to do; null for a block. */
export function wrongBlock(block: unknown): readonly [what: string, fix: string] | null {
	if (block instanceof Uint8Array) return null;
	if (typeof block === 'string') return ['A block is a string.', 'Give octets: utf8(text).'];
	if (isThenable(block)) return ['A block is a promise.', 'Await it, in an async iterable.'];
	return [`A block is ${described(block)}.`, 'Give a Uint8Array.'];
}

/** One body that is not an array, passed on block by block. */
export class CheckedBody {
	/** What is given to the server: sync where the application's is. */
	readonly body: Body;
	/** Whether `close()` has been called. */
	closed = false;
	readonly #inner: Body;
	readonly #owner: BodyOwner;
	readonly #inspector: Inspector;
	readonly #given = new GivenBlocks();
	#begun = false;
	/** The iterator has ended, or failed, or `return()` was called. */
	#over = false;
	#pending = false;

	constructor(inner: Body, owner: BodyOwner, inspector: Inspector) {
		this.#inner = inner;
		this.#owner = owner;
		this.#inspector = inspector;
		const close = (): unknown => this.#close();
		this.body =
			Symbol.asyncIterator in inner
				? { [Symbol.asyncIterator]: () => this.#async(), close }
				: { [Symbol.iterator]: () => this.#sync(), close };
	}

	#sync(): Iterator<Uint8Array> {
		this.#begin();
		const inner = (this.#inner as Iterable<Uint8Array>)[Symbol.iterator]();
		return {
			next: () => {
				this.#asked();
				let step: IteratorResult<Uint8Array>;
				try {
					step = inner.next();
				} catch (error) {
					this.#over = true;
					this.#inspector.escaped(error);
					throw error;
				}
				try {
					this.#seen(step);
				} catch (fault) {
					inner.return?.();
					throw fault;
				}
				return step;
			},
			return: (value) => {
				this.#returned();
				return inner.return?.(value) ?? { done: true, value };
			},
		};
	}

	#async(): AsyncIterator<Uint8Array> {
		this.#begin();
		const inner = (this.#inner as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
		return {
			next: async () => {
				this.#asked();
				this.#pending = true;
				let step: IteratorResult<Uint8Array>;
				try {
					step = await inner.next();
				} catch (error) {
					this.#over = true;
					this.#inspector.escaped(error);
					throw error;
				} finally {
					this.#pending = false;
				}
				try {
					this.#seen(step);
				} catch (fault) {
					await inner.return?.();
					throw fault;
				}
				return step;
			},
			return: async (value) => {
				this.#returned();
				return (await inner.return?.(value)) ?? { done: true, value };
			},
		};
	}

	#begin(): void {
		if (this.#begun) {
			this.#inspector.above('GATE-12', 'The body was iterated twice.', 'Take one iterator, and read it in order.');
		}
		if (this.closed) {
			this.#inspector.above('GATE-12', 'The body was begun after close().', 'Read it first.');
		}
		this.#begun = true;
		this.#owner.begun();
	}

	#asked(): void {
		if (this.closed) {
			this.#over = true;
			this.#inspector.above('GATE-12', 'A block was asked for after close().', 'Read first, then close.');
		}
		if (this.#pending) {
			const message = 'A block was asked for while the one before was pending.';
			this.#inspector.above('GATE-12', message, 'Await each step.');
		}
	}

	#seen(step: IteratorResult<Uint8Array>): void {
		if (typeof step !== 'object' || step === null) {
			this.#over = true;
			this.#inspector.below('GATE-11', `A step of the body is ${described(step)}.`, 'Give { done, value }.');
			return;
		}
		if (step.done === true) {
			this.#over = true;
			this.#unchanged();
			this.#owner.ended();
			return;
		}
		try {
			this.#unchanged();
			const wrong = wrongBlock(step.value);
			if (wrong !== null) {
				this.#inspector.below('GATE-50', ...wrong);
				return;
			}
			this.#given.add(step.value);
			this.#owner.counted(step.value.length);
		} catch (fault) {
			this.#over = true;
			throw fault;
		}
	}

	#unchanged(): void {
		if (!this.#given.changed()) return;
		const fix = 'Give a new Uint8Array each time, or block.slice().';
		this.#inspector.below('VALID-14', 'A block was changed after it had been given.', fix);
	}

	#returned(): void {
		if (this.closed) this.#inspector.above('GATE-12', 'return() was called after close().', 'Call it before.');
		this.#over = true;
	}

	#close(): unknown {
		if (this.closed) {
			this.#inspector.above('GATE-12', 'close() of the body was called twice.', 'Call it once.');
		} else if (this.#begun && !this.#over) {
			this.closed = true;
			const fix = 'Call return() of the iterator first: generators end by it.';
			this.#inspector.above('GATE-12', 'The body was closed before its end, without return().', fix);
		}
		this.closed = true;
		const closed: unknown = this.#inner.close?.();
		if (!isThenable(closed)) {
			this.#owner.closed();
			return closed;
		}
		return (closed as PromiseLike<unknown>).then((value) => {
			this.#owner.closed();
			return value;
		});
	}
}
