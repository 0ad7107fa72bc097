/** Fastify, on node:http or, where HTTP/2 is wanted, on node:http2. */
import { fastifyApp } from './fastify-app.ts';
import { listening } from './listening.ts';

const app = fastifyApp({
	...(listening.tls ? { https: listening.tls } : {}),
	...(listening.http2 ? { http2: true } : {}),
});
await app.listen({ port: listening.port, host: listening.host, backlog: 4096 });
