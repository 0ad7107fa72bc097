/** What both sides of an exchange have done so far, as a validator sees it. */
import { Stage } from '../rich/order.ts';
import { UNCOUNTED } from '../rich/response-content.ts';
import { GivenBlocks } from './given-blocks.ts';

/** Shared by a checked exchange, its handlers and its tunnel. */
export class ExchangeState {
	/** Where the response stands, by the commands that were in order. */
	stage: Stage = Stage.HEAD;
	/** Octets of content to come, or a mark of response-content. */
	remaining: number = UNCOUNTED;
	/** How many commands are being executed: no event may come meanwhile. */
	commands = 0;
	/** The application's call has returned: events may come. */
	called = false;
	/** The application's call is over, its promise too. */
	settled = false;
	attached = false;
	paused = false;
	discarded = false;
	/** `write` said false, and `drain` has not come. */
	drainOwed = false;
	/** The last `write` that was told to wait was not the last: told once for each time. */
	overrun = false;
	/** `closed` was told to the handler. */
	closed = false;
	/** Chunks that belong to the server until `drain` or `closed`. */
	readonly written: GivenBlocks = new GivenBlocks();
	/** Where received chunks lie in memory, by buffer. */
	readonly #received = new WeakMap<ArrayBufferLike, [from: number, to: number][]>();

	/** Whether a received chunk lies where one before it does. */
	overlaps(chunk: Uint8Array): boolean {
		if (chunk.length === 0) return false;
		const from = chunk.byteOffset;
		const to = from + chunk.length;
		const taken = this.#received.get(chunk.buffer) ?? [];
		const found = taken.some((range) => range[0] < to && from < range[1]);
		taken.push([from, to]);
		this.#received.set(chunk.buffer, taken);
		return found;
	}
}
