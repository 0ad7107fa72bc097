import { serve } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { type NodeFunction, node } from 'rsgi/node';
import type { NodeSite } from './site.ts';

/** Serves it on RSGI, over HTTP/1.1 and HTTP/2 on one port. */
export async function rsgiNode(site: NodeSite): Promise<number> {
	const server = await serve(nodeToRich(node((await site.app()) as NodeFunction)), { port: 0 });
	return server.address.family === 'unix' ? 0 : server.address.port;
}
