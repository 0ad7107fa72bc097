/** What Python has sent and the client does not take yet: kept here, so that the marks of the exchange are never passed. */

/** Sends what it is given, in order. */
export class HeldOutput<Item> {
	readonly #send: (item: Item) => boolean;
	readonly #taken: (octets: number) => void;
	#items: { readonly item: Item; readonly size: number }[] = [];
	#isBlocked = false;
	/** What was sent since the client was to be waited for. */
	#pending = 0;
	/** What waits here, in octets. */
	held = 0;

	/**
	 * @param send sends one, and says false when `drain` is to be waited for
	 * @param taken told how many octets the client has taken
	 */
	constructor(send: (item: Item) => boolean, taken: (octets: number) => void) {
		this.#send = send;
		this.#taken = taken;
	}

	add(item: Item, size: number): void {
		if (this.#isBlocked) {
			this.#items.push({ item, size });
			this.held += size;
			return;
		}
		this.#one(item, size);
	}

	#one(item: Item, size: number): void {
		if (this.#send(item)) {
			this.#taken(size);
		} else {
			this.#isBlocked = true;
			this.#pending += size;
		}
	}

	/** Whether all that was given has been sent. */
	get isEmpty(): boolean {
		return this.#items.length === 0;
	}

	drain(): void {
		this.#isBlocked = false;
		const pending = this.#pending;
		this.#pending = 0;
		if (pending > 0) this.#taken(pending);
		while (!this.#isBlocked) {
			const next = this.#items.shift();
			if (next === undefined) return;
			this.held -= next.size;
			this.#one(next.item, next.size);
		}
	}

	drop(): void {
		this.#items = [];
		this.held = 0;
	}
}
