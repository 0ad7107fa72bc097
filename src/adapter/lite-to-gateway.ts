/** A lite application as nothing but a gateway application. */
import { type GatewayApp, gateway } from '../layer/gateway/app.ts';
import { type LiteApp, requireLite } from '../layer/gateway/lite.ts';

/**
 * Gives a lite application its full form, with the stamp of the gateway. A lite application answers the same call, so
 * bytes middleware takes it as it is; this is for whoever wants to rely on the stamp.
 *
 * Loses nothing. (A lite application cannot be asked to `write()`, or to replace a response, to begin with.)
 *
 * @throws Misuse for what is no lite application (GATE-21)
 */
export function liteToGateway(app: LiteApp): GatewayApp {
	const inner = requireLite(app, 'liteToGateway()');
	return gateway((environ, startResponse) => inner(environ, startResponse), inner);
}
