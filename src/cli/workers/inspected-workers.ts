/** All workers, as they are looked at: each tells of itself while somebody looks on, and here they are put together. */
import { INTERVAL, type Inspected, type ProcessLook } from '../inspect/look.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What the supervisor's workers have told. */
export class InspectedWorkers implements Inspected {
	readonly #workers: () => Iterable<WorkerProcess>;
	readonly #looks = new Map<WorkerProcess, ProcessLook>();
	#watched = false;

	/** @param workers those that there are */
	constructor(workers: () => Iterable<WorkerProcess>) {
		this.#workers = workers;
	}

	watch(told: (looks: readonly ProcessLook[]) => void): () => void {
		this.#watched = true;
		for (const worker of this.#workers()) this.#ask(worker);
		const timer = setInterval(() => {
			told([...this.#looks.values()]);
			// Each journey is told of once.
			for (const [worker, look] of this.#looks) this.#looks.set(worker, { ...look, journeys: [], omitted: 0 });
		}, INTERVAL);
		return () => {
			clearInterval(timer);
			this.#watched = false;
			this.#looks.clear();
			for (const worker of this.#workers()) worker.tell({ what: 'inspect', on: false });
		};
	}

	/** It serves from now on. */
	ready(worker: WorkerProcess): void {
		if (this.#watched) this.#ask(worker);
	}

	/** A worker has told of itself. Its connections have its number before their own. */
	told(worker: WorkerProcess, look: ProcessLook): void {
		if (!this.#watched) return;
		const before = this.#looks.get(worker);
		this.#looks.set(worker, {
			...look,
			views: look.views.map((view) => ({ ...view, facts: { ...view.facts, id: `${worker.number}.${view.facts.id}` } })),
			journeys: [...(before?.journeys ?? []), ...look.journeys],
			omitted: (before?.omitted ?? 0) + look.omitted,
		});
	}

	gone(worker: WorkerProcess): void {
		this.#looks.delete(worker);
	}

	#ask(worker: WorkerProcess): void {
		if (worker.ready) worker.tell({ what: 'inspect', on: true });
	}
}
