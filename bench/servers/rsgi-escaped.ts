/** Hello by a framework and, at /escaped, by a rich application that a handler of the framework escapes to: on RSGI's own server. */
import { type RichApp, rich, serve } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { HELLO } from './content.ts';
import { listening } from './listening.ts';

const hello = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain', 'content-length', String(HELLO.length)]);
	exchange.end(HELLO);
});

async function hono(): Promise<RichApp> {
	const { app } = await import('./hono-app.ts');
	app.get('/escaped', (c) => escape(c.req.raw, hello));
	return fetchToRich(fetchApp(app));
}

async function express(): Promise<RichApp> {
	const { app } = await import('./express-app.ts');
	app.get('/escaped', (request, response) => escape(request, response, hello));
	return nodeToRich(node(app));
}

function bytesOfGateway(): RichApp {
	const escaped = underGateway(hello);
	return gatewayToRich(
		gateway((environ, startResponse) => {
			if (environ.PATH_INFO === bytes('/escaped')) return escaped(environ, startResponse);
			startResponse(bytes('200 OK'), [[bytes('content-type'), bytes('text/plain')]]);
			return [HELLO];
		}),
	);
}

const sites: Readonly<Record<string, () => RichApp | Promise<RichApp>>> = { hono, express, gateway: bytesOfGateway };
const site = sites[process.env.SITE ?? ''];
if (site === undefined) throw new Error(`SITE is one of ${Object.keys(sites).join(', ')}`);
await serve(await site(), { port: listening.port, host: listening.host });
