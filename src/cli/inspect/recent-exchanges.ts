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

/** Those of one process, from which figures of several are made. */
export interface Samples {
	readonly count: number;
	readonly statuses: Readonly<Record<string, number>>;
	/** Latencies in their order, at even distances where there were many. */
	readonly latencies: readonly number[];
	/** How many there were. */
	readonly measured: number;
	readonly total: number;
}

/** So many seconds are looked back. */
const SECONDS = 5;
/** So many latencies of one second are kept: the others say nothing new. */
const SAMPLES = 2000;
/** So many latencies of a process are told: the 99th of a hundred is among them. */
const TOLD = 1000;

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
	samples(now: number): Samples {
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
			add(statuses, second.statuses);
		}
		latencies.sort((a, b) => a - b);
		return { count, statuses, latencies: thinned(latencies), measured: latencies.length, total: this.#total };
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

/** The figures of several processes together. */
export function figuresOf(all: readonly Samples[]): Figures {
	const statuses: Record<string, number> = {};
	for (const samples of all) add(statuses, new Map(Object.entries(samples.statuses)));
	// One that is told stands for as many as were left out beside it.
	const weighed = all.flatMap(({ latencies, measured }) =>
		latencies.map((latency) => ({ latency, weight: measured / latencies.length })),
	);
	weighed.sort((a, b) => a.latency - b.latency);
	const measured = all.reduce((sum, samples) => sum + samples.measured, 0);
	const quantile = (part: number): number => {
		const place = Math.min(measured - 1, Math.floor(measured * part));
		let passed = 0;
		for (const { latency, weight } of weighed) {
			passed += weight;
			if (passed > place) return latency;
		}
		return weighed.at(-1)?.latency ?? 0;
	};
	return {
		rate: all.reduce((sum, { count }) => sum + count, 0) / SECONDS,
		statuses,
		latency: measured === 0 ? null : { median: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
		total: all.reduce((sum, { total }) => sum + total, 0),
	};
}

function thinned(latencies: readonly number[]): readonly number[] {
	if (latencies.length <= TOLD) return latencies;
	return Array.from(
		{ length: TOLD },
		(_, at) => latencies[Math.floor(((at + 0.5) * latencies.length) / TOLD)] as number,
	);
}

function add(to: Record<string, number>, more: ReadonlyMap<string, number>): void {
	for (const [status, times] of more) to[status] = (to[status] ?? 0) + times;
}
