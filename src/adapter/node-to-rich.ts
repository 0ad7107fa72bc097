/** Runs a node application on the server, or wherever a rich one runs: over HTTP/1.1 and HTTP/2. */
import { ESCAPED_PROTOCOLS } from '../escape/origin.ts';
import { type NodeApp, requireNode } from '../layer/node/app.ts';
import { callSettings, NodeCall } from '../layer/node/call.ts';
import { type RichApp, rich } from '../rich/app.ts';
import { Misuse } from '../wire/fault.ts';
import { nodeEscapes } from './node-escapes.ts';

/** How a node application is run. */
export interface NodeToRichOptions {
	/**
	 * How many bytes of a response may wait that were written although `write` had returned false, before it is broken off: 64 MiB
	 * by default; Infinity for no limit.
	 */
	readonly unsentLimit?: number | undefined;
}

/**
 * Makes a rich application of a node application. Requests are instances of `IncomingMessage` and responses of `ServerResponse`,
 * with Node's own code in all that does not reach their socket.
 *
 * Lost on the way: push, priorities, the choice of how an exchange is ended, and what is done to sockets.
 *
 * @throws Misuse for what is no node application (NODE-1), or a limit that is none (NODE-15)
 * @example
 * await serve(nodeToRich(node(express())), { port: 8000, tls });
 */
export function nodeToRich(app: NodeApp, options: NodeToRichOptions = {}): RichApp {
	const inner = requireNode(app, 'nodeToRich()');
	const { unsentLimit = 64 * 1024 * 1024 } = options;
	if (typeof unsentLimit !== 'number' || !(unsentLimit >= 0)) {
		throw new Misuse('NODE-15', `unsentLimit is a number of bytes, 0 or more, not ${String(unsentLimit)}.`);
	}
	const settings = callSettings(inner, unsentLimit, nodeEscapes);
	const { start, stop, protocols = ESCAPED_PROTOCOLS } = inner;
	return rich((exchange) => NodeCall.run(inner, exchange, settings), { start, stop, protocols });
}
