/** What a process serves: the application that the command line names, with what it asks for round it. */
import { adapt } from '../adapter/adapt.ts';
import { visibleLine } from '../adapter/gateway-server/line-log.ts';
import { type Log, stderrLog, verboseLog } from '../host/node/log.ts';
import { type Server, serve } from '../host/node/serve.ts';
import type { ServeOptions } from '../host/node/serve-options.ts';
import type { LogFile } from '../integration/log-file.ts';
import { type RichApp, rich } from '../rich/app.ts';
import type { WsgiApp } from '../wsgi/wsgi.ts';
import type { ServeLine } from './command-line.ts';
import { loadEntry } from './entry.ts';
import { FAILED, Failure } from './failure.ts';
import type { WatchedSite } from './inspect/watched-site.ts';
import { tell } from './messages-to-people.ts';
import type { OperatingLine } from './operating-line.ts';
import { wsgiSite } from './wsgi-site.ts';

/** Gives the metrics of all workers; null where there is one process, whose own are all. */
export type AllMetrics = (() => Promise<readonly unknown[]>) | null;

/** How long the end of the process waits for its access log, in milliseconds. */
const LOG_LIMIT = 2000;

/** One that is set up and does not listen yet. */
export class Site {
	readonly #line: ServeLine;
	readonly log: Log;
	/** The application of Python, if it is one; known once the site has started. */
	python: WsgiApp | null = null;
	/** Whether new requests are wanted. */
	ready = true;
	/** What can be looked at of it; null where nobody may. */
	watched: WatchedSite | null = null;
	/** Gives what this process has counted; null where nothing is. */
	ownMetrics: (() => Promise<unknown>) | null = null;
	/** Counts what is logged, where anything is counted. */
	#counted: Log | null = null;
	#server: Server | null = null;
	#logFile: LogFile | null = null;

	constructor(line: ServeLine) {
		this.#line = line;
		const shown = line.verbose ? verboseLog : stderrLog;
		this.log = (entry) => {
			this.#counted?.(entry);
			shown(entry);
		};
	}

	/**
	 * Loads the application, starts it, and listens as the options say.
	 * @throws Failure when it cannot be served
	 */
	async start(options: ServeOptions, allMetrics: AllMetrics): Promise<Server> {
		const { operating, settings, wsgi } = this.#line;
		this.python = wsgi === undefined ? null : await wsgiSite(wsgi, this.log);
		const app = adapt(this.python ?? (await loadEntry(this.#line)), 'rich', {
			errors: (text) => this.log({ source: 'application', message: visibleLine(text) }),
		});
		const timeouts =
			operating?.stopTimeout === undefined
				? settings?.timeouts
				: { ...settings?.timeouts, stop: operating.stopTimeout };
		this.#server = await started(operating === undefined ? app : await this.#operated(app, operating, allMetrics), {
			...settings,
			...(timeouts === undefined ? {} : { timeouts }),
			...(operating?.proxyProtocol === undefined ? {} : { proxyProtocol: operating.proxyProtocol }),
			...options,
			log: this.log,
		});
		if (this.watched !== null) this.watched.server = this.#server;
		return this.#server;
	}

	/** Stops the server, and waits until what was logged has left. */
	async stop(patience: number): Promise<void> {
		this.ready = false;
		await this.#server?.close({ patience });
		await this.#logFile?.flushed(LOG_LIMIT);
	}

	/** Opens its log file again: another may have its place now. */
	reopen(): void {
		this.#logFile?.reopen();
	}

	/** Nothing of it is loaded that is not asked for. */
	async #operated(app: RichApp, operating: OperatingLine, allMetrics: AllMetrics): Promise<RichApp> {
		let outer = app;
		if (operating.metrics !== undefined) {
			const { metricsSite } = await import('./metrics-site.ts');
			const site = await metricsSite(operating.metrics, () => this.#server?.connections ?? 0, allMetrics);
			this.ownMetrics = site.own;
			this.#counted = site.log;
			outer = site.middleware(outer);
		}
		if (operating.health !== undefined) {
			const { health } = await import('../middleware/health.ts');
			outer = health({ path: operating.health, ready: () => this.ready })(outer);
		}
		if (operating.accessLog !== undefined) {
			const { accessLog } = await import('../middleware/access-log.ts');
			const { logFile } = await import('../integration/log-file.ts');
			this.#logFile = logFile(operating.accessLogFile ?? null, tell.problem);
			outer = accessLog({
				to: this.#logFile.take,
				format: operating.accessLog,
				failed: (error) => this.log({ source: 'server', message: 'the access log', error }),
			})(outer);
		}
		if (operating.trustProxy !== undefined) {
			const { trustProxy } = await import('../middleware/trust-proxy.ts');
			outer = trustProxy({ proxies: operating.trustProxy, fields: operating.trustProxyFields })(outer);
		}
		if (operating.inspect !== undefined) {
			const { WatchedSite } = await import('./inspect/watched-site.ts');
			this.watched = new WatchedSite();
			outer = this.watched.middleware(outer);
		}
		return outer;
	}
}

async function started(app: RichApp, options: ServeOptions): Promise<Server> {
	// The application's own failure is told apart from that of the server, whose messages need no stack.
	const start = async (): Promise<void> => {
		try {
			await app.start?.();
		} catch (error) {
			throw new Failure(
				FAILED,
				`the application failed to start:\n\n${error instanceof Error ? error.stack : String(error)}`,
			);
		}
	};
	try {
		return await serve(rich(app, { start, stop: app.stop?.bind(app), protocols: app.protocols }), options);
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw new Failure(FAILED, (error as Error).message);
	}
}
