/** Several rich applications under one: by path, by host. */
import { type RichApp, requireRich, rich } from '../rich/app.ts';
import { joinedHooks } from '../rich/joined-hooks.ts';
import { targetPath } from '../wire/target-path.ts';
import { utf8 } from '../wire/utf8.ts';
import { MountTable } from './mount-table.ts';

const NOT_FOUND = utf8('Not Found\n');

/**
 * One rich application of several, chosen as by `mount`. The target stays verbatim (RICH-1): an application sees the whole
 * path. Where a gateway application shall see SCRIPT_NAME, mount it by `mount` in its own layer. This one is for putting
 * those beside what is richer, such as a WebSocket.
 *
 * @param apps by `/path`, `//host` or `//host/path`; the path is text, not percent-encoded
 * @throws Misuse for places that are none (MW-1), and for what is no rich application (RICH-3)
 * @example
 * import { mountRich } from 'rsgi/middleware/mount-rich';
 * export default mountRich({ '/': gatewayToRich(pages), '/chat': chat });
 */
export function mountRich(apps: Readonly<Record<string, RichApp>>): RichApp {
	for (const app of Object.values(apps)) requireRich(app, 'mountRich()');
	const table = new MountTable(apps);
	return rich(
		(exchange) => {
			const found = table.find(exchange.authority === '' ? null : exchange.authority, targetPath(exchange.target));
			if (found !== null) return found.app(exchange);
			exchange.respond(404, [
				...['content-type', 'text/plain; charset=utf-8'],
				...['content-length', String(NOT_FOUND.length)],
			]);
			exchange.end(NOT_FOUND);
		},
		joinedHooks(Object.values(apps)),
	);
}
