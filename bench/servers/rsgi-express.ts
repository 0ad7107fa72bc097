/** Express on RSGI's own server. */
import { serve } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { node } from 'rsgi/node';
import { app } from './express-app.ts';
import { listening } from './listening.ts';

await serve(nodeToRich(node(app)), { port: listening.port, host: listening.host });
