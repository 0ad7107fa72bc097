/** Priorities that came by PRIORITY_UPDATE before the request they are meant for (RFC 9218 §7.1). */
import type { Priority } from '../../wire/carrier.ts';

/** A bounded store, by stream identifier. Anything it does not keep is lost: priorities are hints. */
export class EarlyPriorities {
	readonly #limit: number;
	readonly #byStream: Map<number, Priority> = new Map();

	/** @param limit how many streams it keeps a priority for */
	constructor(limit: number) {
		this.#limit = limit;
	}

	/** The latest counts. */
	put(stream: number, priority: Priority): void {
		if (this.#byStream.size < this.#limit || this.#byStream.has(stream)) this.#byStream.set(stream, priority);
	}

	/** The request has come: takes out its priority, or undefined; what was kept for streams below it is not needed any more. */
	take(stream: number): Priority | undefined {
		if (this.#byStream.size === 0) return undefined;
		const priority = this.#byStream.get(stream);
		for (const id of this.#byStream.keys()) {
			if (id <= stream) this.#byStream.delete(id);
		}
		return priority;
	}
}
