/** A rich application as a node application: an exchange over the request and response of another server. */
import type { NodeApp } from '../layer/node/app.ts';
import type { IncomingMessage, ServerHttp2Stream, ServerResponse } from '../layer/node/server-objects.ts';
import { stamped } from '../layer/stamped.ts';
import { type RichApp, requireRich } from '../rich/app.ts';
import type { ErrorLog } from './node-host/carrier.ts';
import { type NodeExchanges, runMessage, runStream } from './node-host/exchanges.ts';
import { standardError } from './standard-error.ts';

/** How a rich application is run as a node application. */
export interface RichToNodeOptions {
	/** Told what the application throws; standard error by default. Must not throw. */
	readonly log?: ErrorLog | undefined;
}

/**
 * Runs a rich application as a node application: the listener of a server of node:http, node:https or node:http2, or a handler under
 * the middleware of such a one, as in `express().use(richToNode(app))`. What others have set in the response is sent with it.
 *
 * What it loses (HOST-1 to HOST-9 in spec/hosts.md): `accept` is null, and so is `push` on HTTP/1; the protocols that the application
 * declares are not passed on; setting the priority does nothing; deadlines are those of the server. `attach()` of `rsgi/attach`
 * gives a whole server to the application, tunnels and all.
 *
 * @throws Misuse for what is no rich application (RICH-3)
 * @example
 * createServer(richToNode(app)).listen(8000);
 */
export function richToNode(app: RichApp, options: RichToNodeOptions = {}): NodeApp {
	const inner = requireRich(app, 'richToNode()');
	const exchanges: NodeExchanges = { app: inner, log: options.log ?? standardError };
	const { start, stop } = inner;
	const run = (request: IncomingMessage, response: ServerResponse): void => {
		const { stream } = response as { stream?: ServerHttp2Stream };
		if (stream === undefined) {
			// What waits for 100 (Continue) has got it before a listener of `request` is called.
			runMessage(exchanges, request, response, false);
		} else {
			const preset = (): ReturnType<ServerResponse['getHeaders']> => response.getHeaders();
			const { headers, rawHeaders } = request;
			runStream(exchanges, stream, headers, rawHeaders, { sensitive: sensitiveName(headers), preset });
		}
	};
	// Without the protocols: what cannot be accepted must not be advertised.
	return stamped<NodeApp>(run, 'node', { start, stop });
}

/** The name under which node:http2 has what is sensitive: in the headers that come, as in those that are sent. */
function sensitiveName(headers: object): symbol | null {
	return Object.getOwnPropertySymbols(headers).find(({ description }) => description === 'sensitiveHeaders') ?? null;
}
