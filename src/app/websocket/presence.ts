/** How many subscribers topics have in other processes, as far as these have said lately. */

/** How often a process says how many it has, in milliseconds, though nothing has changed. */
const REPEATED = 10_000;
/** How long what a process said is believed. */
const BELIEVED = 3 * REPEATED;
/** Changes are told together, after so many milliseconds: a thousand arrivals are one message. */
const GATHERED = 100;

/** What presence needs of the hub. */
interface PresenceOwner {
	/** Tells the other processes how many subscribers there are here, and may ask them for theirs. */
	announce(topic: string, asking: boolean): void;
	/** The topics with subscribers here. */
	names(): Iterable<string>;
}

interface Heard {
	readonly count: number;
	readonly at: number;
}

export class Presence {
	readonly #owner: PresenceOwner;
	/** By topic and sender. */
	readonly #heard = new Map<string, Map<string, Heard>>();
	/** Topics whose count here has changed, and whether the others are asked. */
	readonly #changed = new Map<string, boolean>();
	#timer: ReturnType<typeof setTimeout> | null = null;
	#repeater: ReturnType<typeof setInterval> | null = null;

	constructor(owner: PresenceOwner) {
		this.#owner = owner;
	}

	start(): void {
		this.#repeater ??= setInterval(() => this.#repeat(), REPEATED);
	}

	stop(): void {
		if (this.#repeater !== null) clearInterval(this.#repeater);
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#repeater = null;
		this.#timer = null;
		this.#heard.clear();
		this.#changed.clear();
	}

	/** The count here has changed. @param asking nothing is known of the others yet */
	changed(topic: string, asking: boolean): void {
		if (this.#repeater === null) return;
		this.#changed.set(topic, asking || this.#changed.get(topic) === true);
		this.#timer ??= setTimeout(() => this.#tell(), GATHERED);
	}

	/** There are no subscribers here any more: nothing is heard of the topic from now on. */
	forget(topic: string): void {
		this.#heard.delete(topic);
	}

	hear(topic: string, from: string, count: number): void {
		let senders = this.#heard.get(topic);
		if (senders === undefined) {
			senders = new Map();
			this.#heard.set(topic, senders);
		}
		if (count === 0) senders.delete(from);
		else senders.set(from, { count, at: performance.now() });
	}

	/** How many there are elsewhere. */
	elsewhere(topic: string): number {
		const now = performance.now();
		let sum = 0;
		for (const { count, at } of this.#heard.get(topic)?.values() ?? []) if (now - at < BELIEVED) sum += count;
		return sum;
	}

	#tell(): void {
		this.#timer = null;
		for (const [topic, asking] of this.#changed) this.#owner.announce(topic, asking);
		this.#changed.clear();
	}

	#repeat(): void {
		const now = performance.now();
		for (const senders of this.#heard.values()) {
			for (const [from, { at }] of senders) if (now - at >= BELIEVED) senders.delete(from);
		}
		for (const topic of this.#owner.names()) this.#owner.announce(topic, false);
	}
}
