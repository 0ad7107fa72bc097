/** What only Hono is asked: its own middleware. */
import { type Conversation, get, once } from '../talk/ask.ts';
import { prose, URLENCODED } from './forms.ts';
import { brokenUpstream, proxied } from './proxied.ts';

/** HS256 with the secret `secret`, of {"sub":"me"}. */
const TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJtZSJ9.HSC_LOo2ygtYrBzT1sqBAgrhD8NxT8HDDkHmU0WKzL8';

export const hono: readonly Conversation[] = [
	...proxied,
	...brokenUpstream,
	get('/basic'),
	get('/basic', [['Authorization', 'Basic dXNlcjpwYXNz']], 'basic-auth, let in'),
	get('/basic', [['Authorization', 'Basic dXNlcjp3cm9uZw==']], 'basic-auth, kept out'),
	get('/bearer'),
	get('/bearer', [['Authorization', 'Bearer secret']], 'bearer-auth, let in'),
	get('/bearer', [['Authorization', 'Bearer wrong']], 'bearer-auth, kept out'),
	get('/either', [['Authorization', 'Basic dXNlcjpwYXNz']], 'combine'),
	get('/jwt'),
	get('/jwt', [['Authorization', `Bearer ${TOKEN}`]], 'jwt, let in'),
	get('/jwt', [['Authorization', `Bearer ${TOKEN}x`]], 'jwt, kept out'),
	once('csrf, from elsewhere', {
		method: 'POST',
		target: '/csrf',
		body: 'a=1',
		fields: [URLENCODED, ['Origin', 'https://evil.test']],
	}),
	once('csrf, from here', {
		method: 'POST',
		target: '/csrf',
		body: 'a=1',
		fields: [URLENCODED, ['Origin', 'http://site.test']],
	}),
	get('/language', [['Accept-Language', 'de-AT, en;q=0.5']], 'language'),
	get('/language?lang=de'),
	get('/pretty?pretty'),
	get('/id'),
	get('/id', [['X-Request-Id', 'given']], 'request-id, given'),
	get('/timed'),
	get('/context'),
	once('method-override', { method: 'POST', target: '/override', body: '_method=DELETE', fields: [URLENCODED] }),
	get('/trim/here/'),
	once('body-limit by Content-Length', { method: 'POST', target: '/body', body: prose(200_000) }, [
		'curl',
		'undici',
		'node-h2',
	]),
	{
		name: 'logger',
		steps: [
			{ target: '/logged/hello?key=$client' },
			{ target: '/logged/nothing?key=$client' },
			{ target: '/lines?key=$client' },
		],
	},
];
