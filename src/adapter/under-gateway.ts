/** A rich application as a gateway application that escapes: the letter's `http2_under_wsgi`. */
import type { EscapeOptions } from '../layer/escape-options.ts';
import { type GatewayApp, gateway } from '../layer/gateway/app.ts';
import { type RichApp, requireRich } from '../rich/app.ts';
import { Misuse } from '../wire/fault.ts';
import { richToGateway } from './rich-to-gateway.ts';

/** How a rich application goes under a layer that it escapes from. */
export interface UnderOptions extends EscapeOptions {
	/** What to do where there is no escape: `refuse` by default, with an error; `downgrade` to what the layer can express. */
	readonly otherwise?: 'refuse' | 'downgrade' | undefined;
}

/**
 * Puts a rich application under middleware of the bytes layer, with all that it can do: its response is a placeholder, and if that
 * reaches the server the application runs in its place. `richToGateway` is the other way, which always downgrades.
 *
 * @throws Misuse for what is no rich application (RICH-3); in a request, where there is no escape (ESC-40)
 * @example
 * const site = sessions(mount({ '/chat': underGateway(chatRoom), '/': pages }));
 */
export function underGateway(app: RichApp, options: UnderOptions = {}): GatewayApp {
	const inner = requireRich(app, 'underGateway()');
	const { otherwise = 'refuse', ...registered } = options;
	if (otherwise !== 'refuse' && otherwise !== 'downgrade') {
		throw new Misuse('ESC-40', `The option otherwise is 'refuse' or 'downgrade', not ${JSON.stringify(otherwise)}.`);
	}
	const downgraded = otherwise === 'downgrade' ? richToGateway(inner) : null;
	return gateway((environ, startResponse) => {
		const upgrade = environ['rsgi.upgrade'];
		if (upgrade !== undefined) return upgrade(inner, startResponse, registered);
		if (downgraded !== null) return downgraded(environ, startResponse);
		throw new Misuse(
			'ESC-40',
			"There is no escape here: environ has no 'rsgi.upgrade', since the server is not ours or a middleware has made the environ anew. Serve by gatewayToRich(), or give { otherwise: 'downgrade' }.",
		);
	}, inner);
}
