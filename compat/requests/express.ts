/** What Express is asked beside what all are: its own ways to answer, and the middleware that others have no part of. */
import { text } from '../talk/answer.ts';
import { type Ask, type Conversation, get, once } from '../talk/ask.ts';
import { NOT_CURL_H2 } from './common.ts';
import { MULTIPART, multipart, prose } from './forms.ts';
import { proxied } from './proxied.ts';

/** Node's own ways to answer. */
export const nodeResponses: readonly Conversation[] = [
	get('/hints'),
	once('HEAD /hints', { method: 'HEAD', target: '/hints' }),
	get('/processing'),
	get('/trailers'),
	get('/trailers', [['TE', 'trailers']], 'trailers, asked for'),
	get('/raw-head'),
	once('GET /destroyed', { target: '/destroyed' }, NOT_CURL_H2),
	{
		name: 'events of the response',
		steps: [
			{ target: '/events-of-response?key=$client' },
			{ target: '/log?key=$client', until: (answer) => text(answer).includes('over') },
		],
	},
];

const limited: Ask = { target: '/limited', fields: [['X-Forwarded-For', '2001:$client::1']] };

export const express: readonly Conversation[] = [
	...proxied,
	...nodeResponses,
	get('/twice'),
	get('/negotiated', [['Accept', 'application/json']], 'negotiated: JSON'),
	get('/negotiated', [['Accept', 'text/html, text/plain;q=0.5']], 'negotiated: HTML'),
	get('/negotiated', [['Accept', 'image/png']], 'negotiated: nothing'),
	get('/download'),
	get('/download', [['Range', 'bytes=0-3']], 'download, a range'),
	get('/attachment'),
	get('/send/file.txt'),
	get('/send/file.txt', [['Range', 'bytes=-5']], 'send, a range'),
	get('/send/none.txt'),
	get('/handled'),
	{ name: 'a limit of requests', steps: [limited, limited, limited] },
	{
		name: 'morgan',
		steps: [
			{ target: '/logged/hello?key=$client', fields: [['Referer', 'http://from.test/']] },
			{ target: '/logged/stream?key=$client' },
			{ target: '/logged/nothing?key=$client' },
			{ method: 'HEAD', target: '/logged/hello?key=$client&head' },
			{ target: '/logged/none?key=$client' },
			{ target: '/lines?key=$client', until: (answer) => text(answer).split('\n').length > 5 },
		],
	},
	once('POST /busboy', {
		method: 'POST',
		target: '/busboy',
		body: multipart(
			{ name: 'title', value: 'x' },
			{ name: 'file', value: prose(100_000), filename: 'a.txt', type: 'text/plain' },
		),
		fields: [MULTIPART],
	}),
	once('POST /busboy, cut short', {
		method: 'POST',
		target: '/busboy',
		body: multipart({ name: 'file', value: prose(1000), filename: 'a.txt', type: 'text/plain' }).slice(0, -60),
		fields: [MULTIPART],
	}),
];
