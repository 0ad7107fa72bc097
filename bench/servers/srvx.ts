/** A fetch handler by srvx, which is on node:http here, with the Response that it has for speed. */
import { FastResponse, serve } from 'srvx';
import { hello } from './hello-fetch.ts';
import { listening } from './listening.ts';

globalThis.Response = FastResponse as unknown as typeof Response;
serve({ fetch: hello, port: listening.port, hostname: listening.host, silent: true });
