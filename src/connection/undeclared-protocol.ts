/** The answer to an extended CONNECT for a protocol that the application does not declare (RICH-34). */
import { type RichApp, rich } from '../rich/app.ts';
import { utf8 } from '../wire/utf8.ts';

const CONTENT = utf8('This server does not speak the protocol asked for (RFC 8441 §5).\n');

/** Answers 501. */
export const undeclaredProtocol: RichApp = rich((exchange) => {
	exchange.respond(501, ['content-type', 'text/plain; charset=utf-8']);
	exchange.end(CONTENT);
});

/** Whether an application answers a protocol: case does not matter (RFC 8441 §4, RFC 9110 §7.8). */
export function declares(app: RichApp, protocol: string): boolean {
	return app.protocols?.some((declared) => declared.toLowerCase() === protocol.toLowerCase()) ?? false;
}
