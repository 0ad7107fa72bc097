/** What GraphQL Yoga is asked. */
import { type Conversation, get, once } from '../talk/ask.ts';
import { JSON_TYPE, MULTIPART, multipart, prose, URLENCODED } from './forms.ts';

const query = (name: string, body: unknown, ...fields: (readonly [string, string])[]): Conversation =>
	once(name, { method: 'POST', target: '/graphql', body: JSON.stringify(body), fields: [JSON_TYPE, ...fields] });

export const yoga: readonly Conversation[] = [
	query('a query', { query: '{ hello fields }' }, ['X-User', 'u']),
	query('variables', { query: 'query($n: String) { hello(name: $n) }', variables: { n: 'ü' } }),
	query('slow', { query: '{ slow }' }),
	query('as graphql-response', { query: '{ hello }' }, ['Accept', 'application/graphql-response+json']),
	query('an error', { query: '{ broken }' }),
	query('a mistake', { query: '{ nothing }' }),
	query('no GraphQL', { query: '{' }),
	query('no query', {}),
	query('a mutation', { query: 'mutation { double(n: 4) }' }),
	get('/graphql?query=%7Bhello%7D'),
	get('/graphql?query=mutation%7Bdouble(n:1)%7D'),
	get('/graphql', [['Accept', 'text/html']], 'a browser'),
	get('/graphql/health'),
	get('/none'),
	once('HEAD /graphql', { method: 'HEAD', target: '/graphql?query=%7Bhello%7D' }),
	once('PUT /graphql', { method: 'PUT', target: '/graphql', body: '{}', fields: [JSON_TYPE] }),
	once('OPTIONS /graphql', {
		method: 'OPTIONS',
		target: '/graphql',
		fields: [
			['Origin', 'https://app.test'],
			['Access-Control-Request-Method', 'POST'],
		],
	}),
	query('CORS', { query: '{ hello }' }, ['Origin', 'https://app.test']),
	once('a form', { method: 'POST', target: '/graphql', body: 'query=%7Bhello%7D', fields: [URLENCODED] }),
	once('graphql as its own type', {
		method: 'POST',
		target: '/graphql',
		body: '{ hello }',
		fields: [['Content-Type', 'application/graphql']],
	}),
	once('an upload', {
		method: 'POST',
		target: '/graphql',
		body: multipart(
			{
				name: 'operations',
				value: JSON.stringify({ query: 'mutation($f: File!) { upload(file: $f) }', variables: { f: null } }),
			},
			{ name: 'map', value: JSON.stringify({ 0: ['variables.f'] }) },
			{ name: '0', value: prose(100_000), filename: 'f.txt', type: 'text/plain' },
		),
		fields: [MULTIPART],
	}),
	query('a subscription', { query: 'subscription { count(to: 3) }' }, ['Accept', 'text/event-stream']),
	get('/graphql?query=subscription%7Bcount(to:2)%7D', [['Accept', 'text/event-stream']], 'a subscription by GET'),
	query('a large query', { query: `{ hello } #${prose(200_000)}` }),
	once('broken JSON', { method: 'POST', target: '/graphql', body: '{', fields: [JSON_TYPE] }),
];
