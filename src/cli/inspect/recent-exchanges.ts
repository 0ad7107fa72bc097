/** Rates and latencies of the exchanges that have ended, over the last seconds. */

/** What is shown of the exchanges of a few seconds. */
export interface Figures {
	/** Exchanges ended, in a second. */
	readonly rate: number;
	/** How many ended with each class of status: `2xx` …; `none` for those without a response, `tunnel` for those that became one. */
	readonly statuses: Readonly<Record<string, number>>;
	/** From the request head to the head of the response, in milliseconds; null where there was none. */
	readonly latency: { readonly median: number; readonly p95: number; readonly p99: number } | null;
	/** All since the start. */
	readonly total: number;
}

/** So many seconds are looked back. */
const SECONDS = 5;
/** So many latencies of one second are kept: the others say nothing new. */
const SAMPLES = 2000;

class Second {
	count = 0;
	readonly latencies: number[] = [];
	readonly statuses = new Map<string, number>();
}

/** Counts exchanges; the time comes from outside. */
export class RecentExchanges {
	readonly #seconds = new Map<number, Second>();
	#total = 0;

	/**
	 * @param now in milliseconds
	 * @param status a class of statuses
	 * @param latency in milliseconds; null where no response has begun
	 */
	ended(now: number, status: string, latency: number | null): void {
		const second = this.#at(now);
		this.#total++;
		second.count++;
		second.statuses.set(status, (second.statuses.get(status) ?? 0) + 1);
		if (latency === null) return;
		if (second.latencies.length < SAMPLES) second.latencies.push(latency);
		else second.latencies[second.count % SAMPLES] = latency;
	}

	/** @param now in milliseconds */
	figures(now: number): Figures {
		const current = Math.floor(now / 1000);
		const statuses: Record<string, number> = {};
		const latencies: number[] = [];
		let count = 0;
		// Whole seconds only: the one that runs has not had all of its exchanges.
		for (let at = current - SECONDS; at < current; at++) {
			const second = this.#seconds.get(at);
			if (second === undefined) continue;
			count += second.count;
			latencies.push(...second.latencies);
			for (const [status, times] of second.statuses) statuses[status] = (statuses[status] ?? 0) + times;
		}
		latencies.sort((a, b) => a - b);
		const quantile = (part: number): number =>
			latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? 0;
		return {
			rate: count / SECONDS,
			statuses,
			latency: latencies.length === 0 ? null : { median: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
			total: this.#total,
		};
	}

	#at(now: number): Second {
		const key = Math.floor(now / 1000);
		const known = this.#seconds.get(key);
		if (known !== undefined) return known;
		for (const old of this.#seconds.keys()) if (old < key - SECONDS) this.#seconds.delete(old);
		const second = new Second();
		this.#seconds.set(key, second);
		return second;
	}
}
