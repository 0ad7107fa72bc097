/** Runs a gateway application on the server, or wherever a rich one runs. */
import { ESCAPED_PROTOCOLS } from '../escape/origin.ts';
import { type GatewayApp, requireGateway } from '../layer/gateway/app.ts';
import { type RichApp, rich } from '../rich/app.ts';
import { Call } from './gateway-server/call.ts';
import { type TellLine, visibleLine } from './gateway-server/line-log.ts';

/** How a gateway application is run. */
export interface GatewayToRichOptions {
	/** Where the lines go that applications write to `wsgi.errors`; to standard error by default. Must not throw. */
	readonly errors?: TellLine | undefined;
}

/**
 * Makes a rich application of a gateway application, or of a lite one.
 *
 * Lost on the way: informational responses, push, trailer fields both ways, tunnels (a 2xx to CONNECT is sent as 501), priorities,
 * and the choice of how an exchange is ended. Names and order of the request's field lines stay in `rsgi.fields`, the target in
 * `rsgi.target`.
 *
 * Rich applications escape from it by `environ['rsgi.upgrade']`; so that WebSockets reach them, it declares `websocket` where the
 * application declares nothing (ESC-9).
 *
 * @throws Misuse for what is no gateway application (GATE-3)
 * @example
 * await serve(gatewayToRich(app), { port: 8000 });
 */
export function gatewayToRich(app: GatewayApp, options: GatewayToRichOptions = {}): RichApp {
	const inner = requireGateway(app, 'gatewayToRich()');
	const tell = options.errors ?? standardError;
	const { start, stop, protocols = ESCAPED_PROTOCOLS } = inner;
	return rich((exchange) => new Call(exchange, tell).run(inner), { start, stop, protocols });
}

function standardError(line: string): void {
	// biome-ignore lint/suspicious/noConsole: an exchange has no way to the server's log, and the line must not be lost
	console.error(visibleLine(line));
}
