/** The validator of the text layer. */
import type { Body } from '../layer/gateway/body.ts';
import { stamped } from '../layer/stamped.ts';
import { requireText, type TextApp } from '../layer/text/app.ts';
import type { TextEnviron } from '../layer/text/environ.ts';
import type { TextStartResponse } from '../layer/text/start-response.ts';
import { described } from '../rich/described.ts';
import { isEnviron } from './checked-environ.ts';
import { Inspector, type ValidateOptions } from './finding.ts';
import { GatewayCall } from './gateway-call.ts';
import { TEXT } from './layer-strings.ts';
import { requestLine } from './request-line.ts';

/**
 * Puts a validator round a text application, as `validateGateway` does round one of the bytes layer.
 *
 * @throws Misuse for what is no text application (TEXT-1); without `report`, ValidationFault where a rule is broken
 * @example
 * const app = validateText(hello); // in a test: what is wrong throws
 */
export function validateText(app: TextApp, options: ValidateOptions = {}): TextApp {
	requireText(app, 'validateText()');
	const run = (environ: TextEnviron, startResponse: TextStartResponse): Body | PromiseLike<Body> => {
		const inspector = new Inspector(options, requestLine(environ));
		if (typeof startResponse !== 'function') {
			const fix = 'Call it as app(environ, startResponse).';
			inspector.above('VALID-9', `The application was called with ${described(startResponse)}.`, fix);
		}
		if (!isEnviron(environ, TEXT, inspector)) return app(environ, startResponse);
		const call = new GatewayCall<TextEnviron, TextStartResponse>(environ, TEXT, inspector);
		return call.run(() => app(call.environ, call.start(startResponse)));
	};
	return stamped<TextApp>(run, 'text', app);
}
