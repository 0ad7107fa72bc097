/** Runs a Fetch Server API application on the server, or wherever a rich one runs. */
import { takeGlobals } from '../layer/fetch/globals.ts';
import { type MarkedHandler, requireFetchServer } from '../layer/fetch-server/app.ts';
import { type RichApp, rich } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import { Misuse } from '../wire/fault.ts';
import { Waiting } from './fetch-call/wait-list.ts';
import { dispatch } from './fetch-server-api/dispatch.ts';
import type { WebSocketOpener } from './fetch-server-api/server-context.ts';

export type { WebSocketOpener };

/** How a Fetch Server API application is run. */
export interface FetchServerToRichOptions {
	/** How long `stop` waits for what `waitUntil` was given, in milliseconds: 10 s by default; Infinity waits for ever. */
	readonly stopLimit?: number | undefined;
	/** What `ctx.upgradeWebSocket()` opens a WebSocket with. Without it that throws NotSupportedError. */
	readonly webSocket?: WebSocketOpener | undefined;
}

/**
 * Makes a rich application of a Fetch Server API application: of one stamped by `fetchServer()`, or of a handler object that has the
 * marker of the API.
 *
 * Lost on the way: push, the order and case of the response's field lines, the content of GET and HEAD, and sensitive fields.
 * docs/fetch-server-api.md says, section by section, what of the draft there is.
 *
 * @throws Misuse for what is no such application (FSA-1, FSA-2), and for options that are none (FSA-4)
 * @example
 * await serve(fetchServerToRich(fetchServer({ fetch: (ctx) => new Response(ctx.request.url) })), { port: 8000 });
 */
export function fetchServerToRich(app: MarkedHandler, options: FetchServerToRichOptions = {}): RichApp {
	const inner = requireFetchServer(app, 'fetchServerToRich()');
	const { stopLimit = 10_000, webSocket = null } = options;
	if (typeof stopLimit !== 'number' || !(stopLimit >= 0)) {
		throw new Misuse('FSA-4', `stopLimit is a number of milliseconds, 0 or more, not ${String(stopLimit)}.`);
	}
	if (webSocket !== null && typeof webSocket !== 'function') {
		throw new Misuse('FSA-4', `webSocket is a function that opens a WebSocket, not ${described(webSocket)}.`);
	}
	takeGlobals();
	const waiting = new Waiting();
	const stop = async (): Promise<void> => {
		await waiting.idle(stopLimit);
		await inner.stop?.();
	};
	return rich((exchange) => dispatch(inner, exchange, waiting, webSocket), {
		start: inner.start,
		stop,
		protocols: inner.protocols,
	});
}
