/** Latency at a fixed rate. */
import { client } from './own-client.ts';
import type { ServerProcess } from './server-process.ts';

const CONNECTIONS = 64;
/** Requests per second: below what the slowest contestant can do. */
const RATE = 20_000;

/** The median and the 99th percentile in microseconds, measured from the time when a request was due. */
export async function fixedRate(
	server: ServerProcess,
	seconds: number,
): Promise<{ value: number; companion: number; per: number }> {
	const options = [
		'--connections',
		String(CONNECTIONS),
		'--rate',
		String(RATE),
		'--seconds',
		String(seconds),
		'--path',
		'/hello',
	];
	const done = await client('fixed-rate', server, options);
	if ((done.achievedRate ?? 0) < RATE * 0.98) throw new Error(`only ${done.achievedRate} of ${RATE} requests/s`);
	return { value: done.p50 ?? Number.NaN, companion: done.p99 ?? Number.NaN, per: done.requests };
}
