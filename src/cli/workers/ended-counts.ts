/** What workers that have ended had counted: without it, totals would go back each time that the application is loaded again. */

/** A metric as `getMetricsAsJSON()` of prom-client gives it. */
interface Metric {
	readonly name: string;
	readonly type: string;
	readonly values: readonly Value[];
}

interface Value {
	readonly value: number;
	readonly labels: Readonly<Record<string, string | number>>;
	readonly metricName?: string;
}

/** Those that only grow: what is open, and what a process is like, goes with its process. */
const GROWING: ReadonlySet<string> = new Set(['counter', 'histogram']);

/** Sums what has been counted, as one more worker would give it. */
export class EndedCounts {
	readonly #metrics = new Map<string, { readonly metric: Metric; readonly values: Map<string, Value> }>();

	/** @param own what a worker had counted last, as it gave it */
	add(own: unknown): void {
		for (const metric of own as readonly Metric[]) {
			if (!GROWING.has(metric.type)) continue;
			let known = this.#metrics.get(metric.name);
			if (known === undefined) {
				known = { metric, values: new Map() };
				this.#metrics.set(metric.name, known);
			}
			for (const value of metric.values) {
				const key = JSON.stringify([value.metricName, Object.entries(value.labels).sort()]);
				known.values.set(key, { ...value, value: value.value + (known.values.get(key)?.value ?? 0) });
			}
		}
	}

	/** As a worker gives what it has counted. */
	get own(): unknown {
		return [...this.#metrics.values()].map(({ metric, values }) => ({ ...metric, values: [...values.values()] }));
	}
}
