/** A rich application as a fetch application: an exchange over a Request and a Response. */
import { type FetchApp, fetch } from '../layer/fetch/app.ts';
import { type RichApp, requireRich } from '../rich/app.ts';
import type { LiveExchange } from '../rich/live-exchange.ts';
import { ExchangeEnded } from '../rich/outcome.ts';
import { ErrorCode } from '../wire/fault.ts';
import { type Keep, runCarried } from './fetch-carried.ts';
import { type Answer, FetchCarrier } from './fetch-carrier.ts';
import { connectionFacts, requestHead } from './fetch-request.ts';
import { RequestReads } from './request-reads.ts';
import { standardError } from './standard-error.ts';

/** How a rich application is run as a fetch application. */
export interface RichToFetchOptions {
	/** Told what goes wrong when the response is whole; standard error by default. Must not throw. */
	readonly log?: ((error: unknown) => void) | undefined;
}

/**
 * Runs a rich application as a fetch application: under middleware of that layer, or on a host that serves nothing but fetch. It
 * always downgrades.
 *
 * What it loses: `inform`, `push` and `accept` are null and `trailers` is false; `retire` and setting the priority do
 * nothing; request trailer fields are empty; Upgrade and TE are left out of the response, whose fields are sorted by name; the
 * protocols that the application declares are not passed on. `refuse` becomes a 503. A failure before `respond` rejects the
 * call; one after it, and `abort`, break the body off.
 *
 * @throws Misuse for what is no rich application (RICH-3)
 * @example
 * const { fetch } = richToFetch(app);
 * export default { fetch }; // in a worker; or Bun.serve({ fetch }), Deno.serve(fetch)
 */
export function richToFetch(app: RichApp, options: RichToFetchOptions = {}): FetchApp {
	const inner = requireRich(app, 'richToFetch()');
	const log = options.log ?? standardError;
	const { start, stop } = inner;
	// Without the protocols: what cannot be accepted must not be advertised.
	return fetch((request: Request, ...context: readonly unknown[]) => run(inner, request, context, log), {
		start,
		stop,
	});
}

function run(
	app: RichApp,
	request: Request,
	given: readonly unknown[],
	log: (error: unknown) => void,
): Promise<Response> {
	const keep = keeper(given);
	return new Promise<Response>((resolve, reject) => {
		const answer: Answer = { resolve, reject, log };
		const head = requestHead(request);
		const carrier = new FetchCarrier(answer, new RequestReads(request), head.contentLength, head.method === 'HEAD');
		const exchange = runCarried(app, carrier, head, connectionFacts(request, given), keep);
		follow(request.signal, exchange, carrier);
	});
}

/** The client's going away is the end of the exchange. */
function follow(signal: AbortSignal, exchange: LiveExchange, carrier: FetchCarrier): void {
	if (exchange.outcome !== null || carrier.whole) return;
	const gone = (): void => {
		const { reason } = signal;
		carrier.left(ExchangeEnded.is(reason) ? reason.outcome : { reason: 'reset', code: ErrorCode.CANCEL });
	};
	if (signal.aborted) queueMicrotask(gone);
	else signal.addEventListener('abort', gone, { once: true });
}

/** What keeps the host waiting, in the arguments behind the request: `waitUntil`, as our context and workers have it. */
function keeper(context: readonly unknown[]): Keep | null {
	for (const given of context) {
		const { waitUntil } = (given ?? {}) as { waitUntil?: unknown };
		if (typeof waitUntil === 'function') return (promise) => void waitUntil.call(given, promise);
	}
	return null;
}
