/** What the validators of the bytes and the text layer do with an application: the same, but for what strings are. */
import type { Body } from '../layer/gateway/body.ts';
import { described } from '../rich/described.ts';
import { isEnviron } from './checked-environ.ts';
import { Inspector, type ValidateOptions } from './finding.ts';
import { type AnyStart, GatewayCall } from './gateway-call.ts';
import type { LayerStrings } from './layer-strings.ts';
import { requestLine } from './request-line.ts';

/** An application as it is called. */
type Run<Environ, Start> = (environ: Environ, startResponse: Start) => Body | PromiseLike<Body>;

/** The application, with both sides of each call looked at. It has no stamp yet. */
export function checkedGateway<Environ extends object, Start extends AnyStart>(
	app: Run<Environ, Start>,
	rules: LayerStrings,
	options: ValidateOptions,
): Run<Environ, Start> {
	return (environ, startResponse) => {
		const inspector = new Inspector(options, requestLine(environ));
		if (typeof startResponse !== 'function') {
			const fix = 'Call it as app(environ, startResponse).';
			inspector.above('VALID-9', `The application was called with ${described(startResponse)}.`, fix);
		}
		if (!isEnviron(environ, rules, inspector)) return app(environ, startResponse);
		const call = new GatewayCall<Environ, Start>(environ, rules, inspector);
		return call.run(() => app(call.environ, call.start(startResponse)));
	};
}
