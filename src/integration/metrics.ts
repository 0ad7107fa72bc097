/** Metrics for Prometheus, by `prom-client`: what is asked, how long it takes, what is open. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type MetricObject, Registry } from 'prom-client';
import { AnsweredExchange } from '../middleware/answered-exchange.ts';
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange, Tunnel } from '../rich/exchange.ts';
import type { TunnelHandler } from '../rich/handler.ts';
import type { Outcome } from '../rich/outcome.ts';
import type { FieldsInit } from '../wire/fields.ts';

/** Where metrics are kept. */
export interface MetricsOptions {
	/** One of your own, where other metrics are too; a new one with those of the process by default. */
	readonly registry?: Registry;
	/** How many connections are open, as `() => server.connections`; not told by default. */
	readonly connections?: () => number;
	/** Bounds of the durations' histogram, in seconds. */
	readonly buckets?: readonly number[];
}

/** Counts, and shows what it has counted. */
export interface Metrics {
	readonly registry: Registry;
	/** Counts the exchanges of an application. Stands outermost. */
	readonly count: RichMiddleware;
	/** Answers GET of a path by what was counted; everything else goes to the application. */
	readonly show: (path: string) => RichMiddleware;
}

/** Methods that have a name of their own in labels: a client may make any number of others up. */
const METHODS: ReadonlySet<string> = new Set([
	'GET',
	'HEAD',
	'POST',
	'PUT',
	'PATCH',
	'DELETE',
	'OPTIONS',
	'CONNECT',
	'QUERY',
]);
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Metrics of exchanges: `http_requests_total` and `http_request_duration_seconds` by method, status class, version and, for the
 * total, outcome; `http_requests_in_flight`, `http_tunnels_open` (WebSockets among them) and `http_connections_open`. No label holds
 * what clients make up (MW-33).
 *
 * @throws Misuse by its middleware, for what is no rich application (MW-1)
 * @example
 * import { metrics } from 'rsgi/metrics';
 * const { count, show } = metrics();
 * export default show('/metrics')(count(app));
 */
export function metrics(options: MetricsOptions = {}): Metrics {
	const registry = options.registry ?? ownRegistry();
	const meters = new Meters(registry, options.buckets ?? BUCKETS);
	const { connections } = options;
	if (connections !== undefined) {
		new Gauge({
			name: 'http_connections_open',
			help: 'Connections that are open.',
			registers: [registry],
			collect() {
				this.set(connections());
			},
		});
	}
	return {
		registry,
		count: (app) => {
			requireRich(app, 'count()');
			return rich((exchange) => MeteredExchange.observe(app, new MeteredExchange(exchange, meters)), app);
		},
		show: (path) => shownAt(path, () => registry.metrics()),
	};
}

/**
 * The same for one of several processes.
 * @param all gives what each of them has counted, as `own` gives it; null when there is one
 */
export async function countedBy(
	path: string,
	connections: () => number,
	all: (() => Promise<readonly unknown[]>) | null,
): Promise<{ readonly middleware: RichMiddleware; readonly own: () => Promise<unknown> }> {
	const { registry, count } = metrics({ connections });
	const { AggregatorRegistry } = await import('prom-client');
	const text = async (): Promise<string> => {
		if (all === null) return await registry.metrics();
		return await AggregatorRegistry.aggregate((await all()) as MetricObject[][]).metrics();
	};
	const show = shownAt(path, text);
	return { middleware: (app) => show(count(app)), own: () => registry.getMetricsAsJSON() };
}

function ownRegistry(): Registry {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	return registry;
}

function shownAt(path: string, text: () => Promise<string>): RichMiddleware {
	return (app: RichApp): RichApp => {
		requireRich(app, 'show()');
		return rich((exchange) => {
			if (exchange.target !== path || exchange.method !== 'GET') return app(exchange);
			return text().then((all) => {
				exchange.respond(200, ['content-type', Registry.PROMETHEUS_CONTENT_TYPE, 'cache-control', 'no-store']);
				exchange.end(new TextEncoder().encode(all));
			});
		}, app);
	};
}

class Meters {
	readonly total: Counter<'method' | 'status' | 'version' | 'outcome'>;
	readonly duration: Histogram<'method' | 'status' | 'version'>;
	readonly inFlight: Gauge;
	readonly tunnels: Gauge;

	constructor(registry: Registry, buckets: readonly number[]) {
		const registers = [registry];
		this.total = new Counter({
			name: 'http_requests_total',
			help: 'Requests that are over, by method, class of status, version of HTTP and outcome.',
			labelNames: ['method', 'status', 'version', 'outcome'],
			registers,
		});
		this.duration = new Histogram({
			name: 'http_request_duration_seconds',
			help: 'From the request head to the end of the exchange; tunnels are left out.',
			labelNames: ['method', 'status', 'version'],
			buckets: [...buckets],
			registers,
		});
		this.inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Exchanges that are open.', registers });
		this.tunnels = new Gauge({
			name: 'http_tunnels_open',
			help: 'Tunnels that are open: WebSockets, CONNECT.',
			registers,
		});
	}
}

class MeteredExchange extends AnsweredExchange {
	readonly #meters: Meters;
	readonly #began = performance.now();
	#tunnel = false;

	constructor(exchange: Exchange, meters: Meters) {
		super(exchange);
		this.#meters = meters;
		meters.inFlight.inc();
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		const accept = super.accept;
		if (accept === null) return null;
		return (fields, handler) => {
			const tunnel = accept.call(this, fields, handler);
			if (this.outcome === null && !this.#tunnel) {
				this.#tunnel = true;
				this.#meters.tunnels.inc();
			}
			return tunnel;
		};
	}

	protected override ended(outcome: Outcome): void {
		const { total, duration, inFlight, tunnels } = this.#meters;
		inFlight.dec();
		if (this.#tunnel) tunnels.dec();
		const method = METHODS.has(this.method) ? this.method : 'other';
		const answered = this.answeredStatus(outcome);
		const status = answered === 0 ? 'none' : `${Math.floor(answered / 100)}xx`;
		const version = this.httpVersion;
		total.inc({ method, status, version, outcome: outcome.reason });
		if (!this.#tunnel) duration.observe({ method, status, version }, (performance.now() - this.#began) / 1000);
	}
}
