/** A hello in the fetch layer, on RSGI's own server. */
import { serve } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { hello } from './hello-fetch.ts';
import { listening } from './listening.ts';

await serve(fetchToRich(fetchApp(hello)), { port: listening.port, host: listening.host });
