/** Metrics for Prometheus, by `prom-client`: what is asked, how long it takes, what is open. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type MetricObject, Registry } from 'prom-client';
import { AnsweredExchange } from '../middleware/answered-exchange.ts';
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Exchange, PushHead, Tunnel } from '../rich/exchange.ts';
import type { TunnelHandler } from '../rich/handler.ts';
import { giveJournal, type Journal, type JourneyStep, journalOf } from '../rich/journal.ts';
import type { Outcome } from '../rich/outcome.ts';
import { ErrorCode } from '../wire/fault.ts';
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

/** What there is of use here in an entry of a server's log (`LogEntry` of `rsgi`). */
export interface LoggedFault {
	readonly source: string;
	readonly rule?: string | undefined;
}

/** Counts, and shows what it has counted. */
export interface Metrics {
	readonly registry: Registry;
	/** Counts the exchanges of an application, its pushes, tunnels and escapes. Stands outermost. */
	readonly count: RichMiddleware;
	/** Takes the entries of a server's log, and counts them: what peers did wrong by the rule that they broke. */
	readonly log: (entry: LoggedFault) => void;
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
 * total, outcome; `http_requests_in_flight` by version (those of 2 are the open streams), `http_resets_total` by whose they are and
 * error code, `http_pushes_total` by outcome, `http_tunnels_open` and `http_tunnels_total` (WebSockets among them) by protocol,
 * `http_escapes_registered_total`, and `http_escapes_decided_total` by verdict and rule of spec/escape.md; `http_faults_total`, by source and
 * rule, of what `log` is told, and `http_connections_open`. No label holds what clients make up (MW-33).
 *
 * @throws Misuse by its middleware, for what is no rich application (MW-1)
 * @example
 * import { serve, stderrLog } from 'rsgi';
 * import { metrics } from 'rsgi/metrics';
 * const { count, show, log } = metrics();
 * await serve(show('/metrics')(count(app)), { log: (entry) => (log(entry), stderrLog(entry)) });
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
		count: (app) => metered(requireRich(app, 'count()'), meters),
		log: ({ source, rule = '' }) => meters.faults.inc({ source, rule }),
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
): Promise<{
	readonly middleware: RichMiddleware;
	readonly log: Metrics['log'];
	readonly own: () => Promise<unknown>;
}> {
	const { registry, count, log } = metrics({ connections });
	const { AggregatorRegistry } = await import('prom-client');
	const text = async (): Promise<string> => {
		if (all === null) return await registry.metrics();
		return await AggregatorRegistry.aggregate((await all()) as MetricObject[][]).metrics();
	};
	const show = shownAt(path, text);
	return { middleware: (app) => show(count(app)), log, own: () => registry.getMetricsAsJSON() };
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

function metered(app: RichApp, meters: Meters): RichApp {
	return rich((exchange) => MeteredExchange.observe(app, new MeteredExchange(exchange, meters, false)), app);
}

class Meters {
	readonly total: Counter<'method' | 'status' | 'version' | 'outcome'>;
	readonly duration: Histogram<'method' | 'status' | 'version'>;
	readonly inFlight: Gauge<'version'>;
	readonly resets: Counter<'by' | 'code'>;
	readonly pushes: Counter<'outcome'>;
	readonly tunnels: Gauge<'protocol'>;
	readonly tunnelsTotal: Counter<'protocol'>;
	readonly registered: Counter;
	readonly decided: Counter<'verdict' | 'rule'>;
	readonly faults: Counter<'source' | 'rule'>;

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
		this.inFlight = new Gauge({
			name: 'http_requests_in_flight',
			help: 'Exchanges that are open, by version of HTTP: those of 2 are streams.',
			labelNames: ['version'],
			registers,
		});
		for (const version of ['1.0', '1.1', '2']) this.inFlight.set({ version }, 0);
		this.resets = new Counter({
			name: 'http_resets_total',
			help: 'Exchanges that were reset, by whom (peer: by the client, or for its fault), and error code.',
			labelNames: ['by', 'code'],
			registers,
		});
		this.pushes = new Counter({
			name: 'http_pushes_total',
			help: 'Pushes that are over, by outcome.',
			labelNames: ['outcome'],
			registers,
		});
		this.tunnels = new Gauge({
			name: 'http_tunnels_open',
			help: 'Tunnels that are open, by protocol: websocket, connect, other.',
			labelNames: ['protocol'],
			registers,
		});
		for (const protocol of ['websocket', 'connect', 'other']) this.tunnels.set({ protocol }, 0);
		this.tunnelsTotal = new Counter({
			name: 'http_tunnels_total',
			help: 'Tunnels that were opened, by protocol: websocket, connect, other.',
			labelNames: ['protocol'],
			registers,
		});
		this.registered = new Counter({
			name: 'http_escapes_registered_total',
			help: 'Rich applications that were registered, and their placeholders handed out.',
			registers,
		});
		this.decided = new Counter({
			name: 'http_escapes_decided_total',
			help: 'What became of responses that were watched for a placeholder, by verdict and rule.',
			labelNames: ['verdict', 'rule'],
			registers,
		});
		this.faults = new Counter({
			name: 'http_faults_total',
			help: 'Entries of the log, by source; those of peers by the rule that they broke.',
			labelNames: ['source', 'rule'],
			registers,
		});
	}
}

const CODES: ReadonlyMap<number, string> = new Map(Object.entries(ErrorCode).map(([name, code]) => [code, name]));

class MeteredExchange extends AnsweredExchange {
	readonly #meters: Meters;
	readonly #began = performance.now();
	readonly #pushed: boolean;
	readonly #journal: EscapeCounts;
	#tunnel: string | null = null;

	static {
		giveJournal(MeteredExchange, (exchange) => exchange.#journal);
	}

	/** @param pushed it was promised, and no client has asked for it */
	constructor(exchange: Exchange, meters: Meters, pushed: boolean) {
		super(exchange);
		this.#meters = meters;
		this.#pushed = pushed;
		this.#journal = new EscapeCounts(meters, journalOf(exchange));
		meters.inFlight.inc({ version: exchange.httpVersion });
	}

	override get push(): ((head: PushHead, app: RichApp) => void) | null {
		const push = super.push;
		if (push === null) return null;
		const meters = this.#meters;
		return (head, app) => {
			requireRich(app, 'push()');
			push.call(
				this,
				head,
				rich((pushed) => MeteredExchange.observe(app, new MeteredExchange(pushed, meters, true)), app),
			);
		};
	}

	override get accept(): ((fields: FieldsInit, handler: TunnelHandler) => Tunnel) | null {
		const accept = super.accept;
		if (accept === null) return null;
		return (fields, handler) => {
			const tunnel = accept.call(this, fields, handler);
			if (this.outcome === null && this.#tunnel === null) {
				const protocol = this.protocol?.toLowerCase() ?? 'connect';
				this.#tunnel = protocol === 'websocket' || protocol === 'connect' ? protocol : 'other';
				this.#meters.tunnels.inc({ protocol: this.#tunnel });
				this.#meters.tunnelsTotal.inc({ protocol: this.#tunnel });
			}
			return tunnel;
		};
	}

	protected override ended(outcome: Outcome): void {
		const { total, duration, inFlight, pushes, tunnels } = this.#meters;
		const version = this.httpVersion;
		inFlight.dec({ version });
		if (this.#tunnel !== null) tunnels.dec({ protocol: this.#tunnel });
		const method = METHODS.has(this.method) ? this.method : 'other';
		const answered = this.answeredStatus(outcome);
		const status = answered === 0 ? 'none' : `${Math.floor(answered / 100)}xx`;
		this.#countReset(outcome, answered);
		if (this.#pushed) {
			pushes.inc({ outcome: outcome.reason });
			return;
		}
		total.inc({ method, status, version, outcome: outcome.reason });
		if (this.#tunnel === null) duration.observe({ method, status, version }, (performance.now() - this.#began) / 1000);
	}

	#countReset({ reason, code }: Outcome, answered: number): void {
		if (reason !== 'reset' && reason !== 'aborted') return;
		// It failed before it had answered, and the server has in its place: nothing was reset.
		if (answered !== this.sentStatus) return;
		this.#meters.resets.inc({ by: reason === 'reset' ? 'peer' : 'application', code: CODES.get(code) ?? 'other' });
	}
}

/** Counts escapes where they are told of, and passes everything on to who watches. */
class EscapeCounts implements Journal {
	readonly #meters: Meters;
	readonly #outer: Journal | null;

	constructor(meters: Meters, outer: Journal | null) {
		this.#meters = meters;
		this.#outer = outer;
	}

	get watches(): boolean {
		return this.#outer?.watches === true;
	}

	tell(step: JourneyStep): void {
		if (step.kind === 'escape') this.#meters.registered.inc();
		else if (step.kind === 'decide') this.#meters.decided.inc({ verdict: step.verdict, rule: step.rule });
		this.#outer?.tell(step);
	}
}
