/** A gateway application in its lite form. */
import { type GatewayApp, requireGateway } from '../layer/gateway/app.ts';
import { lighten } from '../layer/gateway/lighten.ts';
import type { LiteApp } from '../layer/gateway/lite.ts';

/**
 * Gives a gateway application its lite form, as `lighten` does; one that is lite already is returned as it is.
 *
 * Loses time, not content: the response is given when it can no longer be replaced, so lite middleware sees it at the
 * first block that is not empty. What fails after that fails in the body, and not in the call.
 *
 * @throws Misuse for what is no gateway application (GATE-3)
 * @example
 * const [status, fields, body] = await gatewayToLite(app)(environ);
 */
export function gatewayToLite(app: GatewayApp): LiteApp {
	return lighten(requireGateway(app, 'gatewayToLite()'));
}
