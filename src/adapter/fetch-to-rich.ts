/** Runs a fetch application on the server, or wherever a rich one runs. */
import { ESCAPED_PROTOCOLS } from '../escape/origin.ts';
import { type FetchApp, requireFetch } from '../layer/fetch/app.ts';
import { takeGlobals } from '../layer/fetch/globals.ts';
import { type RichApp, rich } from '../rich/app.ts';
import { Misuse } from '../wire/fault.ts';
import { Call } from './fetch-call/call.ts';
import { Waiting } from './fetch-call/wait-list.ts';

/** How a fetch application is run. */
export interface FetchToRichOptions {
	/** How long `stop` waits for what `waitUntil` was given, in milliseconds: 10 s by default; Infinity waits for ever. */
	readonly stopLimit?: number | undefined;
	/**
	 * Whether a Request, a Response and a fetch may be put over those of the platform, once in a process: true by default. False
	 * leaves all as it is, and gives the application Requests of the platform, each made at once: everything works, at the
	 * speed of the platform, but the context is not to be had of what `new Request(request)` and `clone()` make (FETCH-19).
	 */
	readonly globals?: boolean | undefined;
}

/**
 * Makes a rich application of a fetch application. For speed it puts a Request, a Response and a fetch of its own over those of
 * the platform, once in a process, unless `globals` is false.
 *
 * Lost on the way: informational responses, push, trailer fields both ways, tunnels (a 2xx to CONNECT is sent as 501), priorities,
 * the order and case of the response's field lines, the content of GET and HEAD, and the choice of how an exchange is ended.
 * The request as it came is in the context.
 *
 * @throws Misuse for what is no fetch application (FETCH-1), or a limit that is none (FETCH-10)
 * @example
 * await serve(fetchToRich(fetch((request) => new Response(request.url))), { port: 8000 });
 */
export function fetchToRich(app: FetchApp, options: FetchToRichOptions = {}): RichApp {
	const inner = requireFetch(app, 'fetchToRich()');
	const { stopLimit = 10_000, globals = true } = options;
	if (typeof stopLimit !== 'number' || !(stopLimit >= 0)) {
		throw new Misuse('FETCH-10', `stopLimit is a number of milliseconds, 0 or more, not ${String(stopLimit)}.`);
	}
	if (globals) takeGlobals();
	const waiting = new Waiting();
	const stop = async (): Promise<void> => {
		await waiting.idle(stopLimit);
		await inner.stop?.();
	};
	return rich((exchange) => Call.run(inner, exchange, waiting, globals), {
		start: inner.start,
		stop,
		protocols: inner.protocols ?? ESCAPED_PROTOCOLS,
	});
}
