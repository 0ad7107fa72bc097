/** Hono on RSGI's own server. */
import { serve } from 'rsgi';
import { fetchToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { app } from './hono-app.ts';
import { listening } from './listening.ts';

await serve(fetchToRich(fetchApp(app)), { port: listening.port, host: listening.host });
