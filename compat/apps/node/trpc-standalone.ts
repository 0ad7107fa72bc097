/** tRPC by its standalone adapter. */
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { NodeSite } from '../../serve/site.ts';
import { context, router } from '../trpc-router.ts';

const app = createHTTPHandler({
	basePath: '/trpc/',
	router,
	createContext: ({ req, res }) =>
		context(req.headers['x-user'] as string, (name, value) => res.appendHeader(name, value)),
});

export const site: NodeSite = { layer: 'node', app: () => app };
