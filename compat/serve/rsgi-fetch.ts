import { serve } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { type FetchObject, fetch } from 'rsgi/fetch';
import type { FetchSite } from './site.ts';

/** Serves it on RSGI, over HTTP/1.1 and HTTP/2 on one port. */
export async function rsgiFetch({ app }: FetchSite): Promise<number> {
	const server = await serve(fetchToRich(fetch(app as FetchObject)), { port: 0 });
	return server.address.family === 'unix' ? 0 : server.address.port;
}
