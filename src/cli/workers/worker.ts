/** A worker: it loads the application, and serves the connections that the supervisor hands to it. */
import type { Socket } from 'node:net';
import type { ConnectionSource } from '../../host/node/connection-source.ts';
import type { Server } from '../../host/node/serve.ts';
import type { Address } from '../../rich/connection-facts.ts';
import { FAILED, Failure } from '../failure.ts';
import type { ProcessLook } from '../inspect/look.ts';
import { Site } from '../site.ts';
import { reportFiles } from './loaded-files.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { WORKER_VARIABLE } from './worker-process.ts';

/** Whether this process was started as one. */
export function isWorker(): boolean {
	return process.env[WORKER_VARIABLE] !== undefined && process.send !== undefined;
}

/** Serves until the supervisor says otherwise, or is gone. */
export function runWorker(): void {
	const number = process.env[WORKER_VARIABLE];
	// What the application starts is no worker.
	delete process.env[WORKER_VARIABLE];
	process.title = `rsgi: worker ${number}`;
	const worker = new Worker();
	process.on('message', (message, socket) => worker.hear(message as ToWorker, socket as Socket | undefined));
	// The supervisor is gone, however that came: nobody will hand over connections, or end this process.
	process.on('disconnect', () => worker.drain(0));
	// A terminal sends these to all its processes; the supervisor decides.
	for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => {});
	process.on('SIGTERM', () => worker.drain(0));
}

function tell(message: FromWorker): void {
	if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

class Worker implements ConnectionSource {
	#site: Site | null = null;
	#server: Server | null = null;
	#address: Address = { family: 'unix', path: '' };
	#take: ((socket: Socket) => void) | null = null;
	/** Who waits for the metrics of all. */
	readonly #scrapes = new Map<number, (all: readonly unknown[]) => void>();
	#scrapeCount = 0;
	#draining = false;
	/** Ends telling of itself to who looks on; null while nobody does. */
	#unwatch: (() => void) | null = null;

	// ---- the server's source of connections -------------------------------------------------------------------------

	get address(): Address {
		return this.#address;
	}

	open(take: (socket: Socket) => void): void {
		this.#take = take;
	}

	close(): void {
		// What was handed over before this was said is served all the same: it would be lost.
	}

	// ---- what the supervisor says -----------------------------------------------------------------------------------

	hear(message: ToWorker, socket: Socket | undefined): void {
		switch (message.what) {
			case 'begin':
				void this.#begin(message);
				break;
			case 'address':
				this.#address = message.address;
				break;
			case 'connection':
				tell({ what: 'taken' });
				// It may have been closed on the way.
				if (socket !== undefined) this.#take?.(socket);
				break;
			case 'certificates':
				try {
					this.#server?.setCertificates(message.certificates);
				} catch {
					// The supervisor has tried them, and told.
				}
				break;
			case 'reopen':
				this.#site?.reopen();
				break;
			case 'ping':
				tell({ what: 'pong', connections: this.#server?.connections ?? 0 });
				break;
			case 'metrics?':
				void this.#site?.ownMetrics?.().then((own) => tell({ what: 'metrics', id: message.id, own }));
				break;
			case 'metrics':
				this.#scrapes.get(message.id)?.(message.all);
				this.#scrapes.delete(message.id);
				break;
			case 'inspect':
				this.#unwatch?.();
				this.#unwatch = message.on ? this.#watch() : null;
				break;
			case 'drain':
				this.drain(message.patience);
		}
	}

	/** Lets what is open end, and ends the process. */
	drain(patience: number): void {
		if (this.#draining) return;
		this.#draining = true;
		if (this.#site === null || this.#server === null) process.exit(0);
		this.#site.stop(patience).then(
			() => this.#tellCounted().then(() => process.exit(0)),
			(error: unknown) => {
				console.error('rsgi: the application failed to stop:\n', error);
				process.exit(FAILED);
			},
		);
	}

	/** What this process has counted is not to be lost with it. */
	async #tellCounted(): Promise<void> {
		const own = await this.#site?.ownMetrics?.();
		if (own === undefined || !process.connected) return;
		await new Promise<void>((resolve) => {
			process.send?.({ what: 'ending', own } satisfies FromWorker, undefined, undefined, () => resolve());
		});
	}

	async #begin({ line, certificates, ticketKeys, tellsFiles }: Extract<ToWorker, { what: 'begin' }>): Promise<void> {
		if (tellsFiles) reportFiles((path) => tell({ what: 'file', path }));
		try {
			this.#site = new Site(line);
			this.#server = await this.#site.start(
				{ source: this, ...(certificates === null ? {} : { tls: { ...certificates, ticketKeys } }) },
				() => this.#allMetrics(),
			);
			tell({ what: 'ready' });
		} catch (error) {
			const known = error instanceof Failure;
			const printed = known && error.printed !== undefined ? `\n${text(error.printed)}` : '';
			const message = known ? error.message + printed : text(error);
			process.send?.({ what: 'failed', message, exitCode: known ? error.exitCode : FAILED } satisfies FromWorker, () =>
				process.exit(FAILED),
			);
		}
	}

	#watch(): (() => void) | null {
		return this.#site?.watched?.watch(([look]) => tell({ what: 'look', look: look as ProcessLook })) ?? null;
	}

	#allMetrics(): Promise<readonly unknown[]> {
		const id = ++this.#scrapeCount;
		return new Promise((resolve) => {
			this.#scrapes.set(id, resolve);
			tell({ what: 'metrics?', id });
		});
	}
}

function text(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
