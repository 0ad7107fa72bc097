/** A rich application as a text application, by way of the gateway. */
import type { TextApp } from '../layer/text/app.ts';
import { type RichApp, requireRich } from '../rich/app.ts';
import { gatewayToText } from './gateway-to-text.ts';
import { richToGateway } from './rich-to-gateway.ts';

/**
 * Runs a rich application as a text application: so text middleware goes round it.
 *
 * Loses what {@link richToGateway} loses, and nothing more.
 *
 * @throws Misuse for what is no rich application (RICH-3)
 */
export function richToText(app: RichApp): TextApp {
	return gatewayToText(richToGateway(requireRich(app, 'richToText()')));
}
