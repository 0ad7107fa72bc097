/** The servers of frameworks, as their documentation starts them. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { compatModule } from '../../support/compat-module.ts';
import type { OwnServer } from './site.ts';

/** A listener on node:http: what `listen` of Express and Koa does. */
export async function onNodeHttp(listener: RequestListener): Promise<OwnServer> {
	return await listening(createServer(listener));
}

/** A fetch handler on `@hono/node-server`. */
export async function onHonoNodeServer(fetch: (request: Request) => unknown): Promise<OwnServer> {
	const { getRequestListener } = compatModule('@hono/node-server');
	return await onNodeHttp(getRequestListener(fetch, { overrideGlobalObjects: false }));
}

async function listening(server: Server): Promise<OwnServer> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as { port: number };
	return {
		port,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}
