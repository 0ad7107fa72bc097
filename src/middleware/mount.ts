/** Several applications of the bytes layer under one: by path, by host. */
import { type GatewayApp, gateway, requireGateway } from '../layer/gateway/app.ts';
import { bytes, latin1 } from '../layer/gateway/byte-string.ts';
import type { Environ } from '../layer/gateway/environ.ts';
import { joinedHooks } from '../rich/joined-hooks.ts';
import { utf8 } from '../wire/utf8.ts';
import { MountTable } from './mount-table.ts';

const NOT_FOUND = utf8('Not Found\n');

/**
 * One application of several. Each request goes to the most particular place: a host before a domain (`*.example.org`, its
 * subdomains) before any host, and the longest path there. The path that led to it moves from PATH_INFO to SCRIPT_NAME.
 * What is below no place is answered 404; an application at `/` takes the rest.
 *
 * Paths are compared as PATH_INFO has them, decoded; `/shop` does not lead to `/shopping`. Ports are not compared.
 *
 * @param apps by `/path`, `//host` or `//host/path`; the path is text, not percent-encoded
 * @throws Misuse for places that are none (MW-1), and for what is no gateway application (GATE-3)
 * @example
 * import { mount } from 'rsgi/middleware/mount';
 * const site = mount({ '/': pages, '/api': api, '//admin.example.org': admin });
 */
export function mount(apps: Readonly<Record<string, GatewayApp>>): GatewayApp {
	for (const app of Object.values(apps)) requireGateway(app, 'mount()');
	const table = new MountTable(apps);
	return gateway(
		(environ, startResponse) => {
			const path = latin1(environ.PATH_INFO);
			const found = table.find(latin1(environ.HTTP_HOST ?? environ.SERVER_NAME), path);
			if (found === null) {
				startResponse(bytes('404 Not Found'), [
					[bytes('Content-Type'), bytes('text/plain; charset=utf-8')],
					[bytes('Content-Length'), bytes`${NOT_FOUND.length}`],
				]);
				return [NOT_FOUND];
			}
			if (found.path === '') return found.app(environ, startResponse);
			const inner: Environ = {
				...environ,
				SCRIPT_NAME: bytes`${environ.SCRIPT_NAME}${found.path}`,
				PATH_INFO: bytes(path.slice(found.path.length)),
			};
			return found.app(inner, startResponse);
		},
		joinedHooks(Object.values(apps)),
	);
}
