/** What only Fastify is asked. */
import { type Conversation, get, once } from '../talk/ask.ts';

export const fastify: readonly Conversation[] = [
	get('/trailers'),
	once('HEAD /trailers', { method: 'HEAD', target: '/trailers' }),
	get('/hints'),
	get('/response'),
	get('/validated?n=1'),
	get('/validated?n=x'),
];
