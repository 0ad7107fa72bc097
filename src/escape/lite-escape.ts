/** The escape of the lite form, whose applications have no `startResponse`. */
import type { EscapeOptions } from '../layer/escape-options.ts';
import type { Body } from '../layer/gateway/body.ts';
import type { ByteString } from '../layer/gateway/byte-string.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import type { LiteResponse } from '../layer/gateway/lite.ts';
import type { FieldPairs } from '../layer/gateway/start-response.ts';
import type { RichApp } from '../rich/app.ts';
import { isThenable } from '../rich/thenable.ts';
import { Misuse } from '../wire/fault.ts';

/**
 * Registers a rich application, and gives its placeholder as a lite response. It goes by `environ['rsgi.upgrade']`, so middleware
 * that has replaced the key is asked.
 *
 * @throws Misuse where there is no escape (ESC-40), and what the key throws
 * @example
 * const chat = lite((environ) => escapeLite(environ, chatRoom));
 */
export function escapeLite(
	environ: Environ,
	app: RichApp,
	options?: EscapeOptions,
): LiteResponse | Promise<LiteResponse> {
	const upgrade = environ['rsgi.upgrade'];
	if (upgrade === undefined) {
		throw new Misuse(
			'ESC-40',
			"There is no escape here: environ has no 'rsgi.upgrade', since the server is not ours or a middleware has made the environ anew.",
		);
	}
	let head: readonly [ByteString, FieldPairs] | null = null;
	const body = upgrade(
		app,
		(status, fields) => {
			head = [status, fields];
			return () => Promise.reject(new Misuse('GATE-20', 'A lite response has no write(): its content is the body.'));
		},
		options,
	);
	const response = (given: Body): LiteResponse => {
		if (head === null) throw new Misuse('GATE-10', "environ['rsgi.upgrade'] gave a body without startResponse().");
		return [...head, given];
	};
	return isThenable(body) ? Promise.resolve(body as PromiseLike<Body>).then(response) : response(body as Body);
}
