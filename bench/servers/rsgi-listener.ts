/** The same listener that node:http runs, on RSGI's own server. */
import { serve } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { node } from 'rsgi/node';
import { listening } from './listening.ts';
import { answer } from './node-listener.ts';

const app = node((request, response) => answer(request, response));
await serve(nodeToRich(app), { port: listening.port, host: listening.host });
