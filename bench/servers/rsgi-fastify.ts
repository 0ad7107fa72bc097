/** Fastify on RSGI's own server. */
import { serve } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { node } from 'rsgi/node';
import { fastifyApp } from './fastify-app.ts';
import { listening } from './listening.ts';

await serve(nodeToRich(node(fastifyApp({}))), { port: listening.port, host: listening.host });
