/** Hello by an application and, at /escaped, by a rich application that a handler of the first escapes to: on RSGI's own server. */
import { type RichApp, rich, serve } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape, placeholder } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { HELLO } from './content.ts';
import { listening } from './listening.ts';

const hello = rich((exchange) => {
	exchange.respond(200, ['content-type', 'text/plain', 'content-length', String(HELLO.length)]);
	exchange.end(HELLO);
});

const escaped = underGateway(hello);
const pages = gateway((environ, startResponse) => {
	if (environ.PATH_INFO === bytes('/escaped')) return escaped(environ, startResponse);
	startResponse(bytes('200 OK'), [[bytes('content-type'), bytes('text/plain')]]);
	return [HELLO];
});
/** Middleware that adds a field to what goes through it. */
const stamped = gateway(
	(environ, startResponse) =>
		pages(environ, (status, fields, excInfo) =>
			startResponse(status, [...fields, [bytes('x-frame-options'), bytes('DENY')]], excInfo),
		),
	pages,
);

async function handler(): Promise<RichApp> {
	const { hello: plain } = await import('./hello-fetch.ts');
	return fetchToRich(
		fetchApp((request) => (request.url.endsWith('/escaped') ? escape(request, hello) : plain(request))),
	);
}

async function hono(): Promise<RichApp> {
	const { app } = await import('./hono-app.ts');
	app.get('/escaped', (c) => escape(c.req.raw, hello));
	return fetchToRich(fetchApp(app));
}

async function listener(): Promise<RichApp> {
	const { answer } = await import('./node-listener.ts');
	return nodeToRich(
		node((request, response) => {
			if (request.url === '/escaped') escape(request, response, hello);
			else answer(request, response);
		}),
	);
}

async function express(): Promise<RichApp> {
	const { app } = await import('./express-app.ts');
	app.get('/escaped', (request, response) => escape(request, response, hello));
	return nodeToRich(node(app));
}

async function fastify(): Promise<RichApp> {
	const { fastifyApp } = await import('./fastify-app.ts');
	const app = fastifyApp({});
	app.get('/escaped', (request, reply) => {
		const { headers, body } = placeholder(request.raw, hello);
		return reply.headers(headers).send(body);
	});
	return nodeToRich(node(app));
}

const sites = {
	gateway: () => gatewayToRich(pages),
	middleware: () => gatewayToRich(stamped),
	...{ fetch: handler, hono, listener, express, fastify },
};
const site = new Map<string | undefined, () => RichApp | Promise<RichApp>>(Object.entries(sites)).get(process.env.SITE);
if (site === undefined) throw new Error(`SITE is one of ${Object.keys(sites).join(', ')}`);
await serve(await site(), { port: listening.port, host: listening.host });
