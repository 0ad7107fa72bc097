/** GraphQL Yoga as a fetch application, served by @hono/node-server. */
import { serve } from '@hono/node-server';
import type { FetchSite } from '../../serve/site.ts';
import { yoga } from '../yoga-schema.ts';

const app = yoga();

export const site: FetchSite = {
	layer: 'fetch',
	app: app as unknown as FetchSite['app'],
	own: () =>
		new Promise((resolve) => {
			serve({ fetch: app.fetch as never, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
		}),
};
