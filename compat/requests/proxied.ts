/** What is asked of an application that is a proxy of another server, under /proxy. */
import { type Conversation, get, once } from '../talk/ask.ts';
import { NOT_CURL_H2 } from './common.ts';
import { JSON_TYPE, prose } from './forms.ts';

export const proxied: readonly Conversation[] = [
	get('/proxy/a?b=c'),
	get('/proxy/missing'),
	once('HEAD /proxy/a', { method: 'HEAD', target: '/proxy/a' }),
	once('POST /proxy/a', { method: 'POST', target: '/proxy/a', body: '{"a":1}', fields: [JSON_TYPE] }),
	once('POST /proxy/a, streamed', {
		method: 'POST',
		target: '/proxy/a',
		body: prose(200_000),
		fields: [JSON_TYPE],
		streamed: true,
	}),
	get('/proxy/gone'),
];

/** Of which http-proxy does not tell its client, whoever serves it. */
export const brokenUpstream: readonly Conversation[] = [
	once('GET /proxy/broken', { target: '/proxy/broken' }, NOT_CURL_H2),
];
