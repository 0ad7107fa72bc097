/** What the two foreign load generators print, read. */
import { run, TookTooLong } from './command.ts';

/** What was done, and how long it took. */
export interface Load {
	readonly requests: number;
	readonly seconds: number;
}

/**
 * One run of h2load: requests answered 2xx in the time.
 * @throws Error when a request failed or was answered otherwise
 */
export async function h2load(options: readonly string[], url: string, limit = 60): Promise<Load> {
	const out = await timed(['h2load', ...options, url], limit);
	// With a warm-up the time that is printed has it in it, but the rate does not.
	const rate = /finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(out);
	const requests =
		/requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(
			out,
		);
	const statuses = /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(out);
	if (rate === null || requests === null || statuses === null) throw new Error(`h2load printed: ${out.slice(-1000)}`);
	const succeeded = Number(requests[2]);
	// A timed run cuts off what is under way at its end: that is no failure, an answer of another status is.
	const others = Number(statuses[2]) + Number(statuses[3]) + Number(statuses[4]);
	const isTimed = options.some((option) => option.startsWith('-D'));
	if (others > 0 || succeeded === 0 || (!isTimed && Number(requests[3]) > 0))
		throw new Error(`answers failed: ${requests[0]}; ${statuses[0]}`);
	return { requests: succeeded, seconds: succeeded / Number(rate[1]) };
}

/** Over TLS h2load does now and then not end when its time is over; it is tried again, three times at most. */
async function timed(command: readonly string[], limit: number): Promise<string> {
	for (let tries = 1; ; tries++) {
		try {
			return await run(command, limit);
		} catch (error) {
			if (tries === 3 || !(error instanceof TookTooLong)) throw error;
		}
	}
}

/**
 * One run of wrk.
 * @throws Error when an answer was not 2xx, or a socket failed
 */
export async function wrk(options: readonly string[], url: string, limit = 60): Promise<Load> {
	const out = await run(['wrk', ...options, url], limit);
	const done = /(\d+) requests in ([\d.]+)(ms|s|m),/.exec(out);
	if (done === null) throw new Error(`wrk printed: ${out.slice(-1000)}`);
	const failed = /Non-2xx or 3xx responses: \d+|Socket errors: connect (?!0,).*/.exec(out);
	if (failed !== null) throw new Error(`answers failed: ${failed[0]}`);
	const scale = { ms: 1e-3, s: 1, m: 60 }[done[3] as 'ms' | 's' | 'm'];
	return { requests: Number(done[1]), seconds: Number(done[2]) * scale };
}
