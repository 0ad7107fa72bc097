/** A text application as a rich application, by way of the gateway: so a server runs it. */
import { requireText, type TextApp } from '../layer/text/app.ts';
import type { RichApp } from '../rich/app.ts';
import { gatewayToRich } from './gateway-to-rich.ts';
import { textToGateway } from './text-to-gateway.ts';

/**
 * Runs a text application as a rich application.
 *
 * Loses what `gatewayToRich` loses, and nothing more.
 *
 * @throws Misuse for what is no text application (TEXT-1)
 * @example
 * await serve(textToRich(page));
 */
export function textToRich(app: TextApp): RichApp {
	return gatewayToRich(textToGateway(requireText(app, 'textToRich()')));
}
