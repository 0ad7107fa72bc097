/** tRPC by its fetch adapter, served by @hono/node-server: it has no server of its own for fetch. */
import { serve } from '@hono/node-server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { FetchSite } from '../../serve/site.ts';
import { context, router } from '../trpc-router.ts';

const app = {
	fetch: (request: Request): Promise<Response> =>
		fetchRequestHandler({
			endpoint: '/trpc',
			req: request,
			router,
			createContext: ({ req, resHeaders }) =>
				context(req.headers.get('x-user'), (name, value) => resHeaders.append(name, value)),
			responseMeta: ({ type }) => (type === 'query' ? { headers: new Headers([['cache-control', 'max-age=1']]) } : {}),
		}),
};

export const site: FetchSite = {
	layer: 'fetch',
	app,
	own: () =>
		new Promise((resolve) => {
			serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
		}),
};
