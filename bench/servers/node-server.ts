/** A fetch handler by @hono/node-server, which is on node:http. */
import { serve } from '@hono/node-server';
import { hello } from './hello-fetch.ts';
import { listening } from './listening.ts';

serve({ fetch: hello, port: listening.port, hostname: listening.host });
