/** Fastify, on node:http or, where HTTP/2 is wanted, on node:http2. */
import fastify from 'fastify';
import { HELLO, octets, wanted } from './content.ts';
import { listening } from './listening.ts';

const options = {
	...(listening.tls ? { https: listening.tls } : {}),
	...(listening.http2 ? { http2: true } : {}),
};
const app = fastify(options as Record<string, never>);
app.get('/hello', (_request, reply) => {
	reply.type('text/plain').send(HELLO);
});
app.get('/bytes/:length', (request, reply) => {
	reply.type('application/octet-stream').send(octets(wanted(request.url)));
});
await app.listen({ port: listening.port, host: listening.host, backlog: 4096 });
