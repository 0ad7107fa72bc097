/** Hono by @hono/node-server, on node:http or, where HTTP/2 is wanted, on node:http2. */
import { createServer } from 'node:http2';
import { serve } from '@hono/node-server';
import { app } from './hono-app.ts';
import { listening } from './listening.ts';

serve({
	fetch: app.fetch,
	port: listening.port,
	hostname: listening.host,
	...(listening.http2 ? { createServer } : {}),
});
