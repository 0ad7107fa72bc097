/**
 * What every framework is asked. Each application has the same routes, made in the way of its framework; what it answers to them
 * may differ from framework to framework, but not from its own server to RSGI.
 */
import { gzipSync } from 'node:zlib';
import { text, value } from '../talk/answer.ts';
import { type ClientName, type Conversation, get, once } from '../talk/ask.ts';
import { JSON_TYPE, MULTIPART, multipart, PLAIN, prose, URLENCODED } from './forms.ts';

/** For what undici does not send. */
const NOT_UNDICI: readonly ClientName[] = ['curl', 'curl-h2', 'node-h2'];

/**
 * For responses that do not wait for the content, and for those that break off. Over HTTP/2 curl 7 takes the reset with NO_ERROR that
 * follows the former (RFC 9113 §8.1) for a failure, or waits for ever, with any server; and it forgets what came just before a reset.
 */
export const NOT_CURL_H2: readonly ClientName[] = ['curl', 'undici', 'node-h2'];

/** Routes, methods, targets, fields. */
export const basics: readonly Conversation[] = [
	get('/hello'),
	once('HEAD /hello', { method: 'HEAD', target: '/hello' }),
	once('OPTIONS /hello', { method: 'OPTIONS', target: '/hello' }),
	once('OPTIONS *', { method: 'OPTIONS', target: '*' }, NOT_UNDICI),
	once('DELETE /hello', { method: 'DELETE', target: '/hello' }),
	once('PUT /hello with content', { method: 'PUT', target: '/hello', body: 'abc', fields: [PLAIN] }),
	once('PATCH /hello', { method: 'PATCH', target: '/hello' }),
	once('POST /hello without content', { method: 'POST', target: '/hello', fields: [['Content-Length', '0']] }),
	once('PROPFIND /hello', { method: 'PROPFIND', target: '/hello' }),
	once('TRACE /hello', { method: 'TRACE', target: '/hello' }),
	once('a method nobody knows', { method: 'BREW', target: '/hello' }, NOT_UNDICI),
	get('/json'),
	get('/nope'),
	once('HEAD /nope', { method: 'HEAD', target: '/nope' }),
	once(
		'POST /nope with content',
		{ method: 'POST', target: '/nope', body: prose(20_000), fields: [PLAIN] },
		NOT_CURL_H2,
	),
	once('HTTP/1.0', { target: '/hello', http10: true }, ['curl']),
	once('HTTP/1.0, a stream', { target: '/stream', http10: true }, ['curl']),
	once('Connection: close', { target: '/hello', fields: [['Connection', 'close']] }, ['curl', 'curl-h2']),
	once(
		'Upgrade that nobody takes',
		{
			target: '/hello',
			fields: [
				['Connection', 'Upgrade'],
				['Upgrade', 'nothing'],
			],
		},
		['curl'],
	),
	once('absolute-form target', { target: 'http://other.test/echo?x=1' }, ['curl']),
	get('/echo', [['Host', 'other.test:8080']], 'another authority'),
	get('/redirect'),
	get('/redirect/back', [['Referer', '/hello']]),
	...['200', '201', '202', '204', '205', '304', '400', '418', '451', '500', '503', '599'].map((status) =>
		get(`/status/${status}`),
	),
	once('HEAD /status/204', { method: 'HEAD', target: '/status/204' }),
	get('/fields'),
	once('HEAD /fields', { method: 'HEAD', target: '/fields' }),
	once('HEAD /stream', { method: 'HEAD', target: '/stream' }),
	once('HEAD /length', { method: 'HEAD', target: '/length' }),
	get('/length'),
];

/** Targets that are not as simple as they look. */
export const targets: readonly Conversation[] = [
	...[
		'/query?a=1&a=2&b=%20x+y&c',
		'/query?',
		'/query??',
		'/query?%zz=1&%=2',
		'/query?a[b]=c&a[d][]=1&a[d][]=2',
		'/query?utf8=%E2%9C%93&bad=%ff',
		'/query?a=b?c=d&e==&&f',
		'/query?__proto__=1&constructor=2',
		`/query?q='"<>`.replaceAll('"', '%22').replace('<>', '%3C%3E'),
		`/query?long=${'x'.repeat(4000)}`,
		'/params/a%20b',
		'/params/%E2%9C%93',
		'/params/%ff',
		'/params/%',
		'/params/a%2Fb',
		'/params/a+b',
		'/params/%61%2e',
		'/hello/',
		'//hello',
		'/hello//',
		'/HELLO',
		'/%68ello',
		'/hello;x=1',
		'/a/../hello',
		'/./hello',
		'/a/%2e%2e/hello',
		'/hello?/../x',
		'/params/..',
		'/params/a:b@c',
		'/params/a|b',
		'/params/~a!$(*)',
	].map((target) => get(target)),
];

/** Fields of requests. */
export const requestFields: readonly Conversation[] = [
	get(
		'/echo',
		[
			['X-One', '1'],
			['X-Two', 'a'],
			['x-two', 'b'],
			['X-Empty', ''],
		],
		'duplicate fields',
	),
	get(
		'/echo',
		[
			['Cookie', 'a=1; b=2'],
			['Accept', 'text/html;q=0.8, */*'],
		],
		'cookies and lists',
	),
	get('/echo', [['X-Latin', 'caf\xe9']], 'a value in latin-1'),
	get('/echo', [['X-Long', 'v'.repeat(7000)]], 'a field of 7000 octets'),
	get(
		'/echo',
		Array.from({ length: 60 }, (_, at) => [`X-Many-${at}`, String(at)] as const),
		'sixty fields',
	),
	once(
		'two Authorization lines',
		{
			target: '/echo',
			fields: [
				['Authorization', 'Basic YTpi'],
				['Authorization', 'Bearer x'],
			],
		},
		['curl', 'undici', 'curl-h2'],
	),
	get(
		'/echo',
		[
			['X-Forwarded-For', '203.0.113.9'],
			['X-Forwarded-Proto', 'https'],
			['X-Forwarded-Host', 'front.test'],
		],
		'forwarded',
	),
];

/** The same content, with its length beforehand and without. */
function posted(
	name: string,
	target: string,
	body: string | Uint8Array,
	field: readonly [string, string],
	clients?: readonly ClientName[],
): Conversation[] {
	const ask = { method: 'POST', target, body, fields: [field] };
	return [
		once(`POST ${target}, ${name}`, ask, clients),
		once(`POST ${target}, ${name}, streamed`, { ...ask, streamed: true }, clients),
	];
}

/** Request content, parsed and not. */
export const bodies: readonly Conversation[] = [
	...posted('text', '/body', 'hello', PLAIN),
	...posted('JSON', '/body', '{"a":[1,2,{"b":"✓"}]}', JSON_TYPE),
	...posted('JSON with a charset', '/body', '{"a":1}', ['Content-Type', 'application/json; charset=utf-8']),
	...posted('a form', '/body', 'a=1&b=x+y&b=%E2%9C%93&c', URLENCODED),
	...posted('octets', '/body', new Uint8Array([0, 255, 1, 254, 10, 13]), ['Content-Type', 'application/octet-stream']),
	once('POST /body, no type', { method: 'POST', target: '/body', body: 'abc' }),
	once('POST /body, nothing', { method: 'POST', target: '/body', fields: [['Content-Length', '0'], JSON_TYPE] }),
	once('POST /body, broken JSON', { method: 'POST', target: '/body', body: '{"a":', fields: [JSON_TYPE] }),
	once('POST /body, JSON that is a string', { method: 'POST', target: '/body', body: '"abc"', fields: [JSON_TYPE] }),
	once('POST /body, an unknown charset', {
		method: 'POST',
		target: '/body',
		body: '{}',
		fields: [['Content-Type', 'application/json; charset=nope']],
	}),
	once('POST /body, compressed', {
		method: 'POST',
		target: '/body',
		body: gzipSync('{"packed":true}'),
		fields: [JSON_TYPE, ['Content-Encoding', 'gzip']],
	}),
	once('POST /body, not what its coding says', {
		method: 'POST',
		target: '/body',
		body: 'not gzip',
		fields: [JSON_TYPE, ['Content-Encoding', 'gzip']],
	}),
	once('POST /body, an unknown coding', {
		method: 'POST',
		target: '/body',
		body: '{}',
		fields: [JSON_TYPE, ['Content-Encoding', 'nope']],
	}),
	...posted('more than it takes', '/body', JSON.stringify({ long: prose(150_000) }), JSON_TYPE, NOT_CURL_H2),
	...posted('1 MB', '/count', prose(1_000_000), PLAIN),
	...posted('300 kB', '/mirror', prose(300_000), PLAIN),
	once('POST /unread', { method: 'POST', target: '/unread', body: prose(50_000), fields: [PLAIN] }, NOT_CURL_H2),
	once('PUT /count', { method: 'PUT', target: '/count', body: 'abc', fields: [PLAIN] }),
	once('DELETE /count with content', { method: 'DELETE', target: '/count', body: 'abc', fields: [PLAIN] }),
	once('GET /count with content', { target: '/count', body: 'abc', fields: [PLAIN] }, ['curl', 'node-h2']),
	once(
		'POST /count, Expect',
		{ method: 'POST', target: '/count', body: prose(2000), fields: [PLAIN], expect: true },
		NOT_UNDICI,
	),
	{
		name: 'a request behind one whose content was not read',
		steps: [
			{ method: 'POST', target: '/unread', body: prose(5000), fields: [PLAIN] },
			{ target: '/hello' },
			{ method: 'POST', target: '/count', body: 'abc', fields: [PLAIN] },
		],
		clients: NOT_CURL_H2,
	},
];

/** multipart/form-data. */
export const uploads: readonly Conversation[] = [
	...posted(
		'a field and two files',
		'/upload',
		multipart(
			{ name: 'title', value: 'Über ✓' },
			{ name: 'files', value: 'one', filename: 'one.txt', type: 'text/plain' },
			{ name: 'files', value: '{"two":2}', filename: 'zwei-ü.json', type: 'application/json' },
		),
		MULTIPART,
	),
	...posted(
		'a large file',
		'/upload',
		multipart({ name: 'files', value: prose(400_000), filename: 'large.txt', type: 'text/plain' }),
		MULTIPART,
	),
	...posted(
		'an empty file',
		'/upload',
		multipart({ name: 'files', value: '', filename: 'empty.txt', type: 'text/plain' }),
		MULTIPART,
	),
	...posted(
		'more than it takes',
		'/upload',
		multipart({ name: 'files', value: prose(1_200_000), filename: 'large.txt', type: 'text/plain' }),
		MULTIPART,
		NOT_CURL_H2,
	),
	once('POST /upload, a file of another name', {
		method: 'POST',
		target: '/upload',
		body: multipart({ name: 'other', value: 'x', filename: 'x.txt', type: 'text/plain' }),
		fields: [MULTIPART],
	}),
	once('POST /upload, cut short', {
		method: 'POST',
		target: '/upload',
		body: multipart({ name: 'files', value: 'abc', filename: 'a.txt', type: 'text/plain' }).slice(0, -30),
		fields: [MULTIPART],
	}),
	once('POST /upload, no boundary', {
		method: 'POST',
		target: '/upload',
		body: 'abc',
		fields: [['Content-Type', 'multipart/form-data']],
	}),
	once('POST /upload, not multipart', { method: 'POST', target: '/upload', body: '{}', fields: [JSON_TYPE] }),
];

/** Files, conditions and ranges. */
export const files: readonly Conversation[] = [
	...[
		'/static/file.txt',
		'/static/index.html',
		'/static/',
		'/static',
		'/static/sub',
		'/static/sub/',
		'/static/style.css?v=1',
		'/static/data.json',
		'/static/large.txt',
		'/static/empty.txt',
		'/static/a%20b.txt',
		'/static/.hidden',
		'/static/missing.txt',
		'/static/listing/',
		'/static/../hello',
		'/static/..%2f..%2fpackage.json',
		'/static/%2e%2e/hello',
		'/static/%00',
		'/static/%',
		'/static//file.txt',
		'/static/file.txt/',
	].map((target) => get(target)),
	once('HEAD /static/file.txt', { method: 'HEAD', target: '/static/file.txt' }),
	once('HEAD /static/missing.txt', { method: 'HEAD', target: '/static/missing.txt' }),
	once('POST /static/file.txt', { method: 'POST', target: '/static/file.txt', body: 'x', fields: [PLAIN] }),
	once('OPTIONS /static/file.txt', { method: 'OPTIONS', target: '/static/file.txt' }),
	...[
		'bytes=0-9',
		'bytes=-5',
		'bytes=10-',
		'bytes=0-0,5-9',
		'bytes=999-',
		'bytes=5-2',
		'lines=1-2',
		'bytes=0-9999',
		'nonsense',
	].map((range) => get('/static/file.txt', [['Range', range]], `Range: ${range}`)),
	once('HEAD with a range', { method: 'HEAD', target: '/static/file.txt', fields: [['Range', 'bytes=0-9']] }),
	get('/static/large.txt', [['Range', 'bytes=1000-200000']], 'a large range'),
	get('/static/large.txt', [['Accept-Encoding', 'gzip']], 'a file, compressed'),
	get(
		'/static/large.txt',
		[
			['Accept-Encoding', 'gzip'],
			['Range', 'bytes=0-9'],
		],
		'a range of a file, compressed',
	),
	{
		name: 'conditions on a file',
		steps: [
			{ target: '/static/file.txt' },
			([first]) => ({ target: '/static/file.txt', fields: [['If-None-Match', value(first, 'etag')]] }),
			([first]) => ({ target: '/static/file.txt', fields: [['If-Modified-Since', value(first, 'last-modified')]] }),
			{ target: '/static/file.txt', fields: [['If-Modified-Since', 'Thu, 01 Jan 2015 00:00:00 GMT']] },
			{ target: '/static/file.txt', fields: [['If-None-Match', '"other"']] },
			{ target: '/static/file.txt', fields: [['If-None-Match', '*']] },
			{ target: '/static/file.txt', fields: [['If-Match', '"other"']] },
			([first]) => ({ target: '/static/file.txt', fields: [['If-Match', value(first, 'etag')]] }),
			{ target: '/static/file.txt', fields: [['If-Unmodified-Since', 'Thu, 01 Jan 2015 00:00:00 GMT']] },
			([first]) => ({
				target: '/static/file.txt',
				fields: [
					['Range', 'bytes=0-4'],
					['If-Range', value(first, 'etag')],
				],
			}),
			([first]) => ({
				target: '/static/file.txt',
				fields: [
					['Range', 'bytes=0-4'],
					['If-Range', value(first, 'last-modified')],
				],
			}),
			{
				target: '/static/file.txt',
				fields: [
					['Range', 'bytes=0-4'],
					['If-Range', '"other"'],
				],
			},
			([first]) => ({ method: 'HEAD', target: '/static/file.txt', fields: [['If-None-Match', value(first, 'etag')]] }),
			([first]) => ({
				target: '/static/file.txt',
				fields: [
					['If-None-Match', value(first, 'etag')],
					['Cache-Control', 'no-cache'],
				],
			}),
		],
	},
];

/** Compression, ETags, CORS, fields of security: what middleware does with responses. */
export const middleware: readonly Conversation[] = [
	...[
		'gzip',
		'br',
		'deflate',
		'gzip, br, deflate, zstd',
		'identity',
		'*',
		'gzip;q=0',
		'br;q=0.5, gzip;q=0.8',
		'nope',
		'',
	].map((coding) => get('/large', [['Accept-Encoding', coding]], `compressed: ${coding}`)),
	once('compressed: HEAD', { method: 'HEAD', target: '/large', fields: [['Accept-Encoding', 'gzip']] }),
	get('/hello', [['Accept-Encoding', 'gzip']], 'compressed: too small'),
	get('/stream', [['Accept-Encoding', 'gzip']], 'compressed: a stream'),
	get('/events', [['Accept-Encoding', 'gzip']], 'compressed: events'),
	get('/large/no-transform', [['Accept-Encoding', 'gzip']], 'compressed: no-transform'),
	{
		name: 'conditions on what was made',
		steps: [
			{ target: '/json' },
			([first]) => ({ target: '/json', fields: [['If-None-Match', value(first, 'etag') || '"none"']] }),
			([first]) => ({
				target: '/json',
				fields: [['If-None-Match', `"x", ${value(first, 'etag').replace('W/', '') || '"none"'}`]],
			}),
			([first]) => ({ method: 'HEAD', target: '/json', fields: [['If-None-Match', value(first, 'etag') || '"none"']] }),
			{ target: '/large', fields: [['Accept-Encoding', 'gzip']] },
			(before) => ({
				target: '/large',
				fields: [
					['Accept-Encoding', 'gzip'],
					['If-None-Match', value(before.at(-1), 'etag') || '"none"'],
				],
			}),
		],
	},
	once('CORS: preflight', {
		method: 'OPTIONS',
		target: '/api/items',
		fields: [
			['Origin', 'https://app.test'],
			['Access-Control-Request-Method', 'PUT'],
			['Access-Control-Request-Headers', 'content-type, x-token'],
		],
	}),
	once('CORS: preflight of another origin', {
		method: 'OPTIONS',
		target: '/api/items',
		fields: [
			['Origin', 'https://evil.test'],
			['Access-Control-Request-Method', 'PUT'],
		],
	}),
	get('/api/items', [['Origin', 'https://app.test']], 'CORS: a request'),
	get('/api/items', [['Origin', 'https://evil.test']], 'CORS: of another origin'),
	get('/api/items', [], 'CORS: without an origin'),
	get('/helmet', [], 'fields of security'),
];

/** Cookies and sessions. */
export const sessions: readonly Conversation[] = [
	get('/cookies', [['Cookie', 'a=1; b=%20x; c="quoted"; bad; a=2']], 'cookies read'),
	{
		name: 'cookies set',
		steps: [{ target: '/cookies/set' }, { target: '/cookies' }, { target: '/cookies/clear' }, { target: '/cookies' }],
	},
	{
		name: 'a session',
		steps: [
			{ target: '/session' },
			{ target: '/session' },
			{ target: '/session' },
			{ method: 'HEAD', target: '/session' },
			{ method: 'POST', target: '/session/end', fields: [['Content-Length', '0']] },
			{ target: '/session' },
		],
	},
	get(
		'/session',
		[['Cookie', 'connect.sid=s%3Aforged.signature; session=forged$client; sessionId=forged; koa.sess=forged']],
		'a forged session',
	),
];

/** Content that comes bit by bit, and ends in every way. */
export const streams: readonly Conversation[] = [
	get('/stream'),
	get('/stream/large'),
	get('/stream/pipe'),
	get('/events', [['Accept', 'text/event-stream']]),
	once('GET /stream/broken', { target: '/stream/broken' }, NOT_CURL_H2),
	{
		name: 'a client that stops reading',
		steps: [
			{ target: '/watched?key=$client', abort: 'download' },
			{ target: '/log?key=$client', until: (answer) => text(answer).includes('over') },
		],
		clients: ['undici', 'node-h2'],
	},
	{
		name: 'a client that leaves before it is answered',
		steps: [
			{ target: '/hang?key=$client', abort: { when: '/log?key=$client', has: 'begun' }, aside: true },
			{ target: '/log?key=$client', until: (answer) => text(answer).includes('over') },
		],
		clients: ['undici', 'node-h2'],
	},
	{
		name: 'a client that stops sending',
		steps: [
			{
				method: 'POST',
				target: '/received?key=$client',
				body: prose(40_000),
				fields: [['Content-Type', 'application/octet-stream']],
				abort: { when: '/log?key=$client', has: 'begun' },
				streamed: true,
				aside: true,
			},
			{ target: '/log?key=$client', until: (answer) => text(answer).includes('over') },
		],
		clients: ['undici', 'node-h2'],
	},
];

/** Errors and time limits. */
export const failures: readonly Conversation[] = [
	get('/throw'),
	once('HEAD /throw', { method: 'HEAD', target: '/throw' }),
	get('/throw/async'),
	get('/throw/status'),
	once('GET /throw/later', { target: '/throw/later' }, NOT_CURL_H2),
	once(
		'POST /throw with content',
		{ method: 'POST', target: '/throw', body: prose(100_000), fields: [PLAIN] },
		NOT_CURL_H2,
	),
	get('/slow'),
	get('/hello', [], 'a request behind failures'),
];

/** All but the conversations of these names: what an application has no part of, or no server would answer. */
export function without(...names: readonly string[]): Conversation[] {
	for (const name of names)
		if (!common.some((one) => one.name === name)) throw new RangeError(`no conversation is called ${name}`);
	return common.filter(({ name }) => !names.includes(name));
}

/** All of it. */
export const common: readonly Conversation[] = [
	...basics,
	...targets,
	...requestFields,
	...bodies,
	...uploads,
	...files,
	...middleware,
	...sessions,
	...streams,
	...failures,
];
