/** A text application as a gateway application: the environ is decoded for it, its response head encoded. */
import { layerJournal } from '../escape/origin.ts';
import { type GatewayApp, gateway } from '../layer/gateway/app.ts';
import { requireText, type TextApp } from '../layer/text/app.ts';
import { decodeEnviron } from '../layer/text/environ-decoding.ts';
import { encodeFields, encodeStatus } from '../layer/text/head-encoding.ts';

/**
 * Runs a text application as a gateway application. The body, the input and `write` are passed through as they are.
 *
 * Loses nothing of the request: what is no UTF-8 is kept as surrogate escapes, and `rsgi.bytes` is the environ as it came.
 * A response head with characters above U+00FF is refused where the application gives it (TEXT-9).
 *
 * @throws Misuse for what is no text application (TEXT-1)
 * @example
 * const app = logging(textToGateway(page)); // bytes middleware round a text application
 */
export function textToGateway(app: TextApp): GatewayApp {
	const inner = requireText(app, 'textToGateway()');
	return gateway((environ, startResponse) => {
		layerJournal()?.tell({ kind: 'layer', layer: 'text' });
		return inner(decodeEnviron(environ), (status, fields, excInfo) =>
			startResponse(encodeStatus(status), encodeFields(fields), excInfo),
		);
	}, inner);
}
