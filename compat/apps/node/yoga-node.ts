/** GraphQL Yoga as a listener of node:http. */
import type { NodeSite } from '../../serve/site.ts';
import { yoga } from '../yoga-schema.ts';

const app = yoga();

export const site: NodeSite = {
	layer: 'node',
	app: () => (request: unknown, response: unknown) => app(request as never, response as never),
};
