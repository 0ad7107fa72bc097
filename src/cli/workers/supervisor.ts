/**
 * The process above the workers: it accepts connections, replaces workers that die, and changes all of them for new ones. It never
 * loads the application.
 */
import { randomBytes } from 'node:crypto';
import type { ListenOptions } from '../../host/node/listen.ts';
import type { Address } from '../../rich/connection-facts.ts';
import type { ServeLine } from '../command-line.ts';
import { FAILED, Failure } from '../failure.ts';
import { tell } from '../messages-to-people.ts';
import type { WantedCertificates } from '../tls-pair.ts';
import { BackOff } from './back-off.ts';
import { InspectedWorkers } from './inspected-workers.ts';
import { SharedListener } from './listener.ts';
import type { FromWorker } from './messages.ts';
import { MetricsRound } from './metrics-round.ts';
import { WorkerProcess } from './worker-process.ts';

/** Workers are asked so often whether they are there, in milliseconds. */
const PING = 1000;
/** So long after the time for its exchanges a worker that was told to go is ended, in milliseconds. */
const GRACE = 3000;
/** How long connections between two requests stay for the next, in milliseconds, when others go on serving. */
const PATIENCE = 2000;

/** How workers are run. */
export interface SupervisorOptions {
	readonly count: number;
	/** How long one may be silent, or take to start, in milliseconds; 0 for as long as it likes. */
	readonly timeout: number;
	/** How long one that was told to go may take, in milliseconds; 0 for as long as it likes. */
	readonly stop: number;
	/** Told of each file that a worker loads; null when that is not wanted. */
	readonly file: ((path: string) => void) | null;
}

/** Runs the workers of one server. */
export class Supervisor {
	readonly #line: ServeLine;
	readonly #options: SupervisorOptions;
	readonly #listener: SharedListener;
	readonly #ticketKeys = randomBytes(48);
	readonly #backOff = new BackOff();
	readonly #metrics = new MetricsRound();
	/** For who looks on. */
	readonly inspected: InspectedWorkers = new InspectedWorkers(() => this.#all);
	/** Those that take connections, or did before they died: one in each place. */
	#current: (WorkerProcess | null)[] = [];
	/** All processes that have not ended. */
	readonly #all = new Set<WorkerProcess>();
	/** Who waits for a worker to be ready, or not to be. */
	readonly #starting = new Map<WorkerProcess, PromiseWithResolvers<void>>();
	#certificates: WantedCertificates | null;
	#address: Address | null = null;
	#stopping = false;
	#emptied: (() => void) | null = null;
	readonly #pulse: NodeJS.Timeout;

	constructor(line: ServeLine, certificates: WantedCertificates | null, options: SupervisorOptions) {
		this.#line = line;
		this.#certificates = certificates;
		this.#options = options;
		this.#listener = new SharedListener(
			() => this.#current.filter((worker) => worker !== null),
			(error) => tell.problem(`listening: ${error.message}`),
		);
		this.#pulse = setInterval(() => this.#ping(), PING);
	}

	/**
	 * Starts the workers, and listens once the first can serve.
	 * @throws Failure when it cannot: with what it said, if the application is not one
	 */
	async start(where: ListenOptions): Promise<Address> {
		this.#current = [await this.#startOne(1)];
		try {
			this.#address ??= await this.#listener.open(where);
		} catch (error) {
			throw new Failure(FAILED, (error as Error).message);
		}
		this.#current.push(...(await this.#startAll(2)));
		this.#tellAddress(this.#current);
		this.#listener.flush();
		return this.#address;
	}

	/**
	 * Starts new workers, which load the application again, and lets the old ones end once all are ready.
	 * @throws Failure when one cannot be started; the old ones go on
	 */
	async reload(): Promise<void> {
		const fresh = await this.#startAll(1);
		if (this.#stopping) return;
		const old = this.#current;
		this.#current = fresh;
		this.#tellAddress(fresh);
		this.#listener.flush();
		for (const worker of old) if (worker !== null) this.#drain(worker, PATIENCE);
	}

	/** Workers show these from now on. */
	setCertificates(certificates: WantedCertificates): void {
		this.#certificates = certificates;
		for (const worker of this.#all) worker.tell({ what: 'certificates', certificates });
	}

	/** Workers open their log files again. */
	reopen(): void {
		for (const worker of this.#all) worker.tell({ what: 'reopen' });
	}

	/** How many workers serve. */
	get serving(): number {
		return this.#current.filter((worker) => worker?.takes).length;
	}

	/** How many connections there were a moment ago. */
	get connections(): number {
		return [...this.#all].reduce((sum, worker) => sum + worker.connections, 0);
	}

	/** Takes no more connections, and lets workers end. Resolves when all have. */
	async stop(): Promise<void> {
		this.#stopping = true;
		this.#listener.close();
		const emptied = new Promise<void>((resolve) => {
			this.#emptied = resolve;
		});
		for (const worker of this.#all) this.#drain(worker, 0);
		if (this.#all.size > 0) await emptied;
		clearInterval(this.#pulse);
	}

	/** Ends all workers now. */
	kill(): void {
		this.#stopping = true;
		for (const worker of this.#all) worker.kill();
	}

	// ---- starting ---------------------------------------------------------------------------------------------------

	/** Starts those from this number on. When one fails, none of them stays. */
	async #startAll(from: number): Promise<WorkerProcess[]> {
		const numbers = Array.from({ length: this.#options.count - from + 1 }, (_, at) => from + at);
		const started = await Promise.allSettled(numbers.map((number) => this.#startOne(number)));
		const workers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
		const failed = started.find((one) => one.status === 'rejected');
		if (failed === undefined) return workers;
		for (const worker of workers) this.#drain(worker, 0);
		throw failed.reason;
	}

	async #startOne(number: number): Promise<WorkerProcess> {
		const worker = new WorkerProcess(number, this);
		this.#all.add(worker);
		const started = Promise.withResolvers<void>();
		this.#starting.set(worker, started);
		worker.tell({
			what: 'begin',
			line: this.#line,
			certificates: this.#certificates,
			ticketKeys: this.#ticketKeys,
			tellsFiles: this.#options.file !== null,
		});
		await started.promise;
		return worker;
	}

	#tellAddress(workers: readonly (WorkerProcess | null)[]): void {
		if (this.#address === null) return;
		for (const worker of workers) {
			if (worker === null) continue;
			worker.tell({ what: 'address', address: this.#address });
			worker.addressed = true;
		}
	}

	/** Puts another in the place of one that has died, after a while; and again, until one is ready. */
	#replace(place: number, delay: number): void {
		setTimeout(async () => {
			if (this.#stopping || this.#current[place] !== null) return;
			try {
				const worker = await this.#startOne(place + 1);
				// Those of a reload came first.
				if (this.#stopping || this.#current[place] !== null) this.#drain(worker, 0);
				else {
					this.#current[place] = worker;
					this.#tellAddress([worker]);
					this.#listener.flush();
				}
			} catch (error) {
				const wait = this.#backOff.died(0);
				tell.problem(`${(error as Error).message}\nIt is tried again in ${wait} ms.`);
				this.#replace(place, wait);
			}
		}, delay);
	}

	// ---- ending -----------------------------------------------------------------------------------------------------

	#drain(worker: WorkerProcess, patience: number): void {
		if (worker.draining) return;
		worker.draining = true;
		worker.tell({ what: 'drain', patience });
		if (this.#options.stop > 0) setTimeout(() => worker.kill(), this.#options.stop + patience + GRACE).unref();
	}

	ended(worker: WorkerProcess, how: string): void {
		if (!this.#all.delete(worker)) return;
		this.#metrics.gone(worker);
		this.inspected.gone(worker);
		if (this.#all.size === 0) this.#emptied?.();
		const starting = this.#starting.get(worker);
		if (starting !== undefined) {
			this.#starting.delete(worker);
			starting.reject(new Failure(FAILED, `${worker.name} ${how} before it could serve.`));
			return;
		}
		const place = this.#current.indexOf(worker);
		if (place >= 0) this.#current[place] = null;
		for (const socket of worker.untaken()) this.#listener.hand(socket);
		if (this.#stopping || worker.draining || place < 0) return;
		const delay = this.#backOff.died(performance.now() - worker.startedAt);
		tell.problem(`${worker.name} ${how}: another is started${delay > 0 ? ` in ${delay} ms` : ''}.`);
		this.#replace(place, delay);
	}

	#ping(): void {
		const { timeout } = this.#options;
		for (const worker of this.#all) {
			const silence = performance.now() - worker.heardAt;
			if (timeout > 0 && silence > timeout && !worker.draining) {
				tell.problem(
					`${worker.name} has not been heard of for ${Math.round(silence / 1000)} s: ` +
						'its event loop is blocked, or it takes that long to start (--worker-timeout). It is ended.',
				);
				worker.kill();
			} else {
				worker.tell({ what: 'ping' });
			}
		}
	}

	// ---- what workers tell ------------------------------------------------------------------------------------------

	heard(worker: WorkerProcess, message: FromWorker): void {
		switch (message.what) {
			case 'ready':
				worker.ready = true;
				this.inspected.ready(worker);
				this.#starting.get(worker)?.resolve();
				this.#starting.delete(worker);
				break;
			case 'taken':
				worker.taken();
				break;
			case 'failed':
				this.#starting.get(worker)?.reject(new Failure(message.exitCode, message.message));
				this.#starting.delete(worker);
				break;
			case 'pong':
				worker.connections = message.connections;
				break;
			case 'file':
				this.#options.file?.(message.path);
				break;
			case 'metrics?':
				this.#metrics.begin(
					worker,
					message.id,
					[...this.#all].filter((one) => one.ready),
				);
				break;
			case 'metrics':
				this.#metrics.answered(worker, message.id, message.own);
				break;
			case 'ending':
				this.#metrics.ending(worker, message.own);
				break;
			case 'look':
				this.inspected.told(worker, message.look);
		}
	}
}
