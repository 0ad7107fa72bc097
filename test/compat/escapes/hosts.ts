/** The servers that a site of the matrix is asked on: ours, those of Node with our adapters, and the framework's own. */
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type Http2Session } from 'node:http2';
import { richToNode } from 'rsgi/adapters';
import { attach } from 'rsgi/attach';
import { onTestFinished } from 'vitest';
import { served } from '../../support/served.ts';
import type { Site } from './site.ts';

/** Where a site is, by the versions of HTTP that the host has. */
export interface Place {
	readonly h1: string;
	readonly h2: string | null;
}

export const HOSTS: Readonly<Record<string, { readonly about: string; start(site: Site): Promise<Place | null> }>> = {
	'Our server': {
		about: '`serve(app)`.',
		async start({ app }) {
			const { url } = await served(app);
			return { h1: url, h2: url };
		},
	},
	'node:http and node:http2, by attach': {
		about: '`attach(server, app)` of `rsgi/attach`: all that such a server has, tunnels too.',
		async start({ app }) {
			const one = createHttpServer();
			const two = createHttp2Server();
			await attach(one, app, { log: () => {} });
			await attach(two, app, { log: () => {} });
			return { h1: await listening(one), h2: await listening(two) };
		},
	},
	'node:http and node:http2, as a listener': {
		about:
			'`createServer(richToNode(app))`: a listener is given no tunnels, so it answers a WebSocket with what `otherwise` says, or 426.',
		async start({ app }) {
			const log = (): void => {};
			return {
				h1: await listening(createHttpServer(richToNode(app, { log }))),
				h2: await listening(createHttp2Server(richToNode(app, { log }) as never)),
			};
		},
	},
	'The framework’s own server': {
		about:
			'Express and Koa on node:http, Fastify by its `listen`, the others by `@hono/node-server`. There is no rich server underneath, so `escape()` throws ESC-51, which says what to do, and the framework answers as to any error; middleware in front, and pages, are as before.',
		async start({ own }) {
			if (own === null) return null;
			const server = await own();
			onTestFinished(() => server.close());
			return { h1: `http://127.0.0.1:${server.port}`, h2: null };
		},
	},
};

async function listening(server: HttpServer | Http2Server): Promise<string> {
	const sessions = new Set<Http2Session>();
	server.on('session', (session: Http2Session) => sessions.add(session));
	onTestFinished(() => {
		for (const session of sessions) session.destroy();
		if ('closeAllConnections' in server) server.closeAllConnections();
		server.close();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
