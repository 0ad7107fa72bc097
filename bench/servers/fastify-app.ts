/** An application of Fastify. */
import fastify, { type FastifyInstance } from 'fastify';
import { HELLO, octets, wanted } from './content.ts';

/** Makes one, with what is said of its server. */
export function fastifyApp(options: object): FastifyInstance {
	const app = fastify(options);
	app.get('/hello', (_request, reply) => {
		reply.type('text/plain').send(HELLO);
	});
	app.get('/bytes/:length', (request, reply) => {
		reply.type('application/octet-stream').send(octets(wanted(request.url)));
	});
	return app;
}
