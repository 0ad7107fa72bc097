/** A scrape reaches one worker, and wants to know of all: the supervisor asks the others. */
import { EndedCounts } from './ended-counts.ts';
import type { WorkerProcess } from './worker-process.ts';

/** One that is under way. */
interface Round {
	readonly asker: WorkerProcess;
	/** As the asker calls it. */
	readonly askerId: number;
	readonly missing: Set<WorkerProcess>;
	readonly all: Map<WorkerProcess, unknown>;
	readonly timer: NodeJS.Timeout;
}

/** Who does not answer within so many milliseconds is left out: a scraper waits 10 s as a rule. */
const LIMIT = 2000;

/** Rounds of asking all workers for their metrics. */
export class MetricsRound {
	readonly #rounds = new Map<number, Round>();
	#last = 0;
	/** What each worker was known to have counted last, and what those had that have ended. */
	readonly #known = new Map<WorkerProcess, unknown>();
	readonly #ended = new EndedCounts();

	/** Asks all, for one of them. */
	begin(asker: WorkerProcess, askerId: number, workers: readonly WorkerProcess[]): void {
		const id = ++this.#last;
		const timer = setTimeout(() => this.#finish(id), LIMIT);
		this.#rounds.set(id, { asker, askerId, missing: new Set(workers), all: new Map(), timer });
		for (const worker of workers) worker.tell({ what: 'metrics?', id });
	}

	answered(worker: WorkerProcess, id: number, own: unknown): void {
		this.#known.set(worker, own);
		const round = this.#rounds.get(id);
		if (round === undefined || !round.missing.delete(worker)) return;
		round.all.set(worker, own);
		if (round.missing.size === 0) this.#finish(id);
	}

	/** It is about to end, and has counted this. */
	ending(worker: WorkerProcess, own: unknown): void {
		this.#known.set(worker, own);
	}

	/** It will not answer any more. What it had counted is kept: where it was killed, that which was known. */
	gone(worker: WorkerProcess): void {
		const own = this.#known.get(worker);
		this.#known.delete(worker);
		if (own !== undefined) this.#ended.add(own);
		for (const [id, round] of this.#rounds) {
			// It is among those that have ended now.
			round.all.delete(worker);
			if (round.missing.delete(worker) && round.missing.size === 0) this.#finish(id);
		}
	}

	#finish(id: number): void {
		const round = this.#rounds.get(id);
		if (round === undefined) return;
		this.#rounds.delete(id);
		clearTimeout(round.timer);
		round.asker.tell({ what: 'metrics', id: round.askerId, all: [...round.all.values(), this.#ended.own] });
	}
}
