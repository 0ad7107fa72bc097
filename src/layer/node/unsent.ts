/**
 * What a response has written and the exchange does not take yet. Node takes whatever is written, and many applications never
 * look at what `write` says: what they write in spite of it waits here, up to a limit.
 */
import type { Exchange } from '../../rich/exchange.ts';
import { BackpressureFault } from '../../wire/fault.ts';
import { destroyedError, unsentError } from './errors.ts';
import type { WriteCallback } from './response.ts';

/** The output of one response. */
export class Unsent {
	/** `write` has said false, and no drain has come. */
	full = false;
	/** The exchange has been ended: callbacks wait for its end. */
	ended = false;
	/** Bytes that wait here. */
	size = 0;
	/** Those of the last chunk that the exchange has taken. */
	#last = 0;
	#exchange: Pick<Exchange, 'write'>;
	readonly #limit: number;
	/** The next stands last; null when nothing waits. */
	#queue: Uint8Array[] | null = null;
	#callbacks: WriteCallback[] | null = null;
	#calling = false;

	/** @param exchange whatever takes chunks as an exchange does */
	constructor(exchange: Pick<Exchange, 'write'>, limit: number) {
		this.#exchange = exchange;
		this.#limit = limit;
	}

	/** From now on output goes there. Nothing has been written yet. */
	divert(exchange: Exchange): void {
		this.#exchange = exchange;
	}

	/** What is known to wait, here and in the exchange. */
	get waiting(): number {
		return this.full ? this.size + this.#last : this.size;
	}

	/** Whether nothing waits here. */
	get flushed(): boolean {
		return this.#queue === null;
	}

	/** @throws what the exchange throws, and when too much waits */
	write(chunk: Uint8Array): boolean {
		if (this.full) {
			this.#wait(chunk);
			return false;
		}
		try {
			if (this.#exchange.write(chunk)) return true;
		} catch (error) {
			if (!(error instanceof BackpressureFault)) throw error;
			// It is too large on top of what waits: in parts it goes as far as it can.
			this.#queue = [chunk];
			this.size = chunk.length;
			this.#flush();
			return !this.full;
		}
		this.full = true;
		this.#last = chunk.length;
		return false;
	}

	#wait(chunk: Uint8Array): void {
		this.size += chunk.length;
		if (this.size > this.#limit) throw unsentError(this.#limit);
		if (this.#queue === null) this.#queue = [chunk];
		else this.#queue.unshift(chunk);
	}

	/** The exchange takes more. */
	drain(): void {
		this.full = false;
		this.#flush();
		if (!this.full) this.#callBack(null);
	}

	#flush(): void {
		const queue = this.#queue;
		if (queue === null) return;
		while (!this.full) {
			const chunk = queue.pop();
			if (chunk === undefined) {
				this.#queue = null;
				return;
			}
			try {
				this.full = !this.#exchange.write(chunk);
				this.size -= chunk.length;
				this.#last = chunk.length;
			} catch (error) {
				if (!(error instanceof BackpressureFault) || chunk.length === 1) throw error;
				const half = chunk.length >> 1;
				queue.push(chunk.subarray(half), chunk.subarray(0, half));
			}
		}
		if (queue.length === 0) this.#queue = null;
	}

	/** Calls back when what has been written has left us: soon, or when the exchange has drained, or when it is over. */
	whenSent(callback: WriteCallback): void {
		if (this.#callbacks === null) this.#callbacks = [callback];
		else this.#callbacks.push(callback);
		if (this.#calling) return;
		this.#calling = true;
		process.nextTick(callSoon, this);
	}

	static soon(unsent: Unsent): void {
		unsent.#calling = false;
		if (!unsent.full && !unsent.ended && unsent.#queue === null) unsent.#callBack(null);
	}

	/** Everything has been sent. */
	tellSent(): void {
		this.#callBack(null);
	}

	/** Nothing more will be sent. */
	tellLost(): void {
		this.#queue = null;
		this.size = 0;
		if (this.#callbacks !== null) this.#callBack(destroyedError());
	}

	#callBack(error: Error | null): void {
		const callbacks = this.#callbacks;
		this.#callbacks = null;
		if (callbacks !== null) for (const callback of callbacks) callback(error);
	}
}

const callSoon = Unsent.soon;
