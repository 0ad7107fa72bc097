/** A gateway application as a text application: the environ is encoded for it, its response head decoded. */
import { type GatewayApp, requireGateway } from '../layer/gateway/app.ts';
import { type TextApp, text } from '../layer/text/app.ts';
import { encodeEnviron } from '../layer/text/environ-decoding.ts';
import { decodeFields, decodeStatus } from '../layer/text/head-encoding.ts';

/**
 * Runs a gateway application, or a lite one, as a text application: so text middleware goes round it. The body, the input
 * and `write` are passed through as they are.
 *
 * Loses nothing: what text middleware has not changed reaches the application octet by octet as it came. What it has
 * changed to something that has no octets is refused, with the key (TEXT-5, TEXT-8).
 *
 * @throws Misuse for what is no gateway application (GATE-3)
 * @example
 * const app = translated(gatewayToText(files)); // text middleware round a bytes application
 */
export function gatewayToText(app: GatewayApp): TextApp {
	const inner = requireGateway(app, 'gatewayToText()');
	return text(
		(environ, startResponse) =>
			inner(encodeEnviron(environ), (status, fields, excInfo) =>
				startResponse(decodeStatus(status), decodeFields(fields), excInfo),
			),
		inner,
	);
}
