/** A fetch handler by srvx, which is on node:http here. */
import { serve } from 'srvx';
import { hello } from './hello-fetch.ts';
import { listening } from './listening.ts';

serve({ fetch: hello, port: listening.port, hostname: listening.host, silent: true });
