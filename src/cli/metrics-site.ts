/** The metrics of a process, or of all workers, under a path of the server. */

import type { Log } from '../host/node/log.ts';
import type { RichMiddleware } from '../rich/app.ts';
import { FAILED, Failure } from './failure.ts';
import type { AllMetrics } from './site.ts';

/** What counts, and what has been counted. */
export interface MetricsSite {
	readonly middleware: RichMiddleware;
	/** Counts an entry of the server's log. */
	readonly log: Log;
	/** What this process has counted. */
	readonly own: () => Promise<unknown>;
}

/**
 * @param connections how many are open
 * @throws Failure when prom-client is not installed
 */
export async function metricsSite(path: string, connections: () => number, all: AllMetrics): Promise<MetricsSite> {
	try {
		const { countedBy } = await import('../integration/metrics.ts');
		return await countedBy(path, connections, all);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
		throw new Failure(
			FAILED,
			'--metrics needs the library prom-client, which is not installed: npm install prom-client',
		);
	}
}
