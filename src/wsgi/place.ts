/** A place for a worker: it always has one that is ready, or one on its way. */
import { BackOff } from './back-off.ts';
import type { EscapeSettings } from './escape/escapes.ts';
import type { WsgiSettings } from './options.ts';
import { Worker, type WorkerOwner } from './worker.ts';

/** Whose the places are. */
export interface PlaceOwner {
	/** A worker has become ready. */
	ready(worker: Worker): void;
	freed: WorkerOwner['freed'];
	recalled: WorkerOwner['recalled'];
	report: WorkerOwner['report'];
}

export class Place implements WorkerOwner {
	/** What takes requests; null while there is none. */
	current: Worker | null = null;
	/** What will take its place. */
	#next: Worker | null = null;
	/** Those that have been replaced and have not ended. */
	readonly #former = new Set<Worker>();
	readonly #name: string;
	readonly #settings: WsgiSettings;
	readonly #escaping: EscapeSettings;
	readonly #owner: PlaceOwner;
	readonly #backOff = new BackOff();
	#timer: NodeJS.Timeout | null = null;
	#isStopped = false;

	constructor(name: string, settings: WsgiSettings, escaping: EscapeSettings, owner: PlaceOwner) {
		this.#name = name;
		this.#settings = settings;
		this.#escaping = escaping;
		this.#owner = owner;
	}

	/**
	 * Begins a worker, and then retires the one before. When it cannot be loaded, that one stays.
	 * @throws why it cannot be loaded
	 */
	async renew(): Promise<void> {
		if (this.#isStopped) return;
		this.#cancelTimer();
		const before = this.#next;
		this.#next = null;
		// What was on its way is of no use any more: what it has loaded may be older than what is asked for.
		if (before !== null) this.#part(before);
		const worker = new Worker(this.#name, this.#settings, this.#escaping, this);
		this.#next = worker;
		try {
			await worker.loaded;
		} catch (error) {
			if (this.#next === worker) this.#next = null;
			this.#part(worker);
			throw error;
		}
		if (this.#next !== worker) return;
		const former = this.current;
		this.#next = null;
		this.current = worker;
		this.#owner.ready(worker);
		if (former !== null) this.#part(former);
	}

	/** The same, for a reason that is told; a failure is told too. */
	replace(reason: string): void {
		if (this.#isStopped || this.#next !== null || this.#timer !== null) return;
		this.#owner.report(reason);
		this.#renewLater(0);
	}

	/** Ends all workers, each once its requests are over. */
	async stop(): Promise<void> {
		this.#isStopped = true;
		this.#cancelTimer();
		const all = [...this.#former];
		for (const worker of [this.current, this.#next]) {
			if (worker === null) continue;
			all.push(worker);
			worker.retire(true);
		}
		this.current = null;
		this.#next = null;
		await Promise.all(all.map((worker) => worker.ended));
	}

	#part(worker: Worker): void {
		this.#former.add(worker);
		worker.retire();
		void worker.ended.then(() => this.#former.delete(worker));
	}

	#renewLater(wait: number): void {
		const renew = (): void => {
			this.#timer = null;
			this.renew().catch((error: unknown) => {
				if (this.#isStopped) return;
				this.#owner.report('a worker cannot be replaced', error);
				// Without another it is tried again; one that still works is kept.
				if (this.current === null && this.#next === null) this.#renewLater(this.#backOff.wait(0));
			});
		};
		if (wait === 0) renew();
		else this.#timer = setTimeout(renew, wait);
	}

	#cancelTimer(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}

	// ---- what workers tell ------------------------------------------------------------------------------------------

	freed(worker: Worker, lane: Parameters<WorkerOwner['freed']>[1]): void {
		this.#owner.freed(worker, lane);
		if (worker.given >= worker.most && worker === this.current) {
			this.replace(`${worker} has had ${worker.given} requests (maxRequests), and is replaced`);
		}
	}

	recalled(call: Parameters<WorkerOwner['recalled']>[0]): void {
		this.#owner.recalled(call);
	}

	leaving(worker: Worker): void {
		if (worker === this.current) this.replace(`${worker} was asked to end (SIGTERM), and is replaced`);
	}

	ended(worker: Worker): void {
		if (worker === this.#next) this.#next = null;
		if (worker !== this.current) return;
		this.current = null;
		const wait = this.#backOff.wait(performance.now() - worker.since);
		const when = wait === 0 ? 'now' : `in ${wait / 1000} s`;
		this.#owner.report(
			`${worker} ${worker.fate}; it had ${requests(worker.busy + worker.cut)}. It is replaced ${when}.`,
		);
		if (this.#next === null && this.#timer === null && !this.#isStopped) this.#renewLater(wait);
	}

	report(message: string, error?: unknown): void {
		this.#owner.report(message, error);
	}
}

function requests(count: number): string {
	if (count === 0) return 'no request';
	return count === 1 ? 'one request' : `${count} requests`;
}
