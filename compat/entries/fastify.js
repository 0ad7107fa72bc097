import fastify from 'fastify';

export default fastify().get('/', async () => 'hello from Fastify');
