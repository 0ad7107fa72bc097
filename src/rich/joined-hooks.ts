/** The life of several applications as that of one. */
import type { RichHooks } from './app.ts';

/**
 * Starts them in order, and stops them in the reverse order, each once though it may be mounted twice. When one does not
 * start, those before it are stopped. All are stopped, whatever goes wrong with some.
 */
export function joinedHooks(apps: Iterable<RichHooks>): RichHooks {
	const all = [...new Set(apps)];
	const protocols = [...new Set(all.flatMap((app) => app.protocols ?? []))];
	const started: RichHooks[] = [];
	const stop = async (): Promise<void> => {
		const errors: unknown[] = [];
		for (let app = started.pop(); app !== undefined; app = started.pop()) {
			try {
				await app.stop?.();
			} catch (error) {
				errors.push(error);
			}
		}
		if (errors.length === 1) throw errors[0];
		if (errors.length > 1) throw new AggregateError(errors, `${errors.length} applications did not stop.`);
	};
	const start = async (): Promise<void> => {
		for (const app of all) {
			try {
				await app.start?.();
				started.push(app);
			} catch (error) {
				// That it did not start is what has to be told.
				await stop().catch(() => {});
				throw error;
			}
		}
	};
	const lives = all.some((app) => app.start !== undefined || app.stop !== undefined);
	return { ...(lives ? { start, stop } : {}), ...(protocols.length > 0 ? { protocols } : {}) };
}
