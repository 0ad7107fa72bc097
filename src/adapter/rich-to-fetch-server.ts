/** A rich application as a handler object of the Fetch Server API: an exchange over a context. */
import { type FetchServerApp, fetchServer } from '../layer/fetch-server/app.ts';
import type { ServerContext } from '../layer/fetch-server/context.ts';
import { withTrailers } from '../layer/fetch-server/trailers.ts';
import { type RichApp, requireRich } from '../rich/app.ts';
import type { RequestHead } from '../wire/carrier.ts';
import { quiet } from '../wire/quiet.ts';
import { runCarried } from './fetch-carried.ts';
import { connectionFacts, requestHead } from './fetch-request.ts';
import { outcomeOf } from './fetch-server-api/outcome-of.ts';
import { ServerCarrier } from './fetch-server-api/server-carrier.ts';
import { TrailedReads } from './fetch-server-api/trailed-reads.ts';

/**
 * Runs a rich application as a handler object, on any server that speaks the Fetch Server API. Informational responses, tunnels, trailer
 * fields both ways, priorities, refusals and resets go through.
 *
 * What it loses: `push` is null; `retire` is told only with `refuse`; Upgrade and TE are left out of the response, whose
 * fields are sorted by name. A failure before `respond` rejects the call, so that `error` or the server answers it; one after the response
 * was whole rejects what `waitUntil` is given, so that the server reports it.
 *
 * @throws Misuse for what is no rich application (RICH-3)
 * @example
 * export default richToFetchServer(app);
 */
export function richToFetchServer(app: RichApp): FetchServerApp {
	const inner = requireRich(app, 'richToFetchServer()');
	const answer = (ctx: ServerContext): Promise<Response | undefined> => run(inner, ctx);
	const { start, stop, protocols = [] } = inner;
	return fetchServer({ fetch: answer, connect: answer }, { start, stop, protocols });
}

function run(app: RichApp, ctx: ServerContext): Promise<Response | undefined> {
	return new Promise((resolve, reject) => {
		const head = headOf(ctx);
		const reads = new TrailedReads(ctx.request);
		const trailed = (response: Response): Response =>
			carrier.canTrail ? withTrailers(response, carrier.responseTrailers.promise) : response;
		const answer = {
			resolve: (response: Response): void => resolve(trailed(response)),
			nothing: (): void => resolve(undefined),
			reject,
			log: (error: unknown): void => report(ctx, error),
		};
		const carrier: ServerCarrier = new ServerCarrier(ctx, answer, reads, head);
		const exchange = runCarried(app, carrier, head, connectionFacts(ctx.request, []), (promise) =>
			ctx.waitUntil(promise),
		);
		ctx.onpriority = (priority) => exchange.reprioritized(priority);
		const { signal } = ctx.request;
		const gone = (): void => carrier.left(outcomeOf(signal.reason));
		if (signal.aborted) queueMicrotask(gone);
		else signal.addEventListener('abort', gone, { once: true });
	});
}

/** The head of the request; all content is read to its end, where the trailer fields are. */
function headOf(ctx: ServerContext): RequestHead {
	const head = requestHead(ctx.request);
	const { method, protocol, contentLength } = head;
	const plain = method === 'CONNECT' && protocol === null;
	return {
		...head,
		scheme: plain ? '' : head.scheme,
		contentLength: contentLength === 0 ? 0 : -1,
		priority: ctx.clientPriority,
	};
}

/** The server reports what it was given to wait for and was rejected. */
function report(ctx: ServerContext, error: unknown): void {
	const rejected = quiet(Promise.reject(error));
	try {
		ctx.waitUntil(rejected);
	} catch {
		// biome-ignore lint/suspicious/noConsole: the exchange is long over, and the failure must not be lost
		console.error(error);
	}
}
