/** The validators of the bytes layer. */
import { type GatewayApp, requireGateway } from '../layer/gateway/app.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import { type LiteApp, type LiteResponse, requireLite } from '../layer/gateway/lite.ts';
import type { StartResponse } from '../layer/gateway/start-response.ts';
import { stamped } from '../layer/stamped.ts';
import { described } from '../rich/described.ts';
import { isThenable } from '../rich/thenable.ts';
import { isEnviron } from './checked-environ.ts';
import { checkedGateway } from './checked-gateway.ts';
import { Inspector, type ValidateOptions } from './finding.ts';
import { GatewayCall } from './gateway-call.ts';
import { BYTES } from './layer-strings.ts';
import { requestLine } from './request-line.ts';

/**
 * Puts a validator round a gateway application: it looks at what the server gives and at what the application does, and
 * tells whose fault it is. What is right passes unchanged; only `wsgi.input`, `wsgi.errors`, `write` and bodies that are
 * no arrays are passed on by objects of the validator's own.
 *
 * @throws Misuse for what is no gateway application (GATE-3); without `report`, ValidationFault where a rule is broken
 * @example
 * const app = validateGateway(hello); // in a test: what is wrong throws
 */
export function validateGateway(app: GatewayApp, options: ValidateOptions = {}): GatewayApp {
	requireGateway(app, 'validateGateway()');
	// Not by gateway(): an environ of another layer is a finding, too.
	return stamped<GatewayApp>(checkedGateway<Environ, StartResponse>(app, BYTES, options), 'gateway', app);
}

/**
 * The same for a lite application, whichever way it is called.
 * @throws Misuse for what is no lite application (GATE-21); without `report`, ValidationFault where a rule is broken
 */
export function validateLite(app: LiteApp, options: ValidateOptions = {}): LiteApp {
	requireLite(app, 'validateLite()');
	const full = validateGateway(app as unknown as GatewayApp, options);
	const alone = (environ: Environ): LiteResponse | PromiseLike<LiteResponse> => {
		const inspector = new Inspector(options, requestLine(environ));
		if (!isEnviron(environ, BYTES, inspector)) return app(environ);
		const call = new GatewayCall<Environ, StartResponse>(environ, BYTES, inspector);
		const response = call.escaping<LiteResponse>(() => app(call.environ));
		if (!isThenable(response)) return checkedResponse(response as LiteResponse, call, inspector);
		return (response as PromiseLike<LiteResponse>).then((value) => checkedResponse(value, call, inspector));
	};
	const run = (environ: Environ, startResponse?: StartResponse): unknown =>
		startResponse === undefined ? alone(environ) : full(environ, startResponse);
	// Not by lite(), for the same reason.
	return stamped<LiteApp>(run, 'lite', app);
}

const NO_WRITE = async (): Promise<void> => {};

function checkedResponse(
	response: LiteResponse,
	call: GatewayCall<Environ, StartResponse>,
	inspector: Inspector,
): LiteResponse {
	if (!Array.isArray(response) || response.length !== 3) {
		const fix = 'Return [status, fields, body].';
		inspector.below('GATE-20', `A lite application returned ${described(response)}.`, fix);
		return response;
	}
	const [status, fields, body] = response as LiteResponse;
	// The head of a lite response is that of a call of startResponse.
	try {
		call.start(() => NO_WRITE)(status, fields);
	} catch (fault) {
		body?.close?.();
		throw fault;
	}
	const checked = call.returned(body);
	return checked === body ? response : [status, fields, checked];
}
