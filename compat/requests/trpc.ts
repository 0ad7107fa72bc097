/** What tRPC is asked. */
import { type Conversation, get, once } from '../talk/ask.ts';
import { JSON_TYPE, MULTIPART, multipart, PLAIN, prose } from './forms.ts';

const input = (value: unknown): string => encodeURIComponent(JSON.stringify(value));
const mutation = (name: string, target: string, body: string): Conversation =>
	once(name, { method: 'POST', target, body, fields: [JSON_TYPE] });

export const trpc: readonly Conversation[] = [
	get('/trpc/hello'),
	once('HEAD /trpc/hello', { method: 'HEAD', target: '/trpc/hello' }),
	once('OPTIONS /trpc/hello', { method: 'OPTIONS', target: '/trpc/hello', fields: [['Origin', 'http://app.test']] }),
	get('/trpc/none'),
	get('/other'),
	get(`/trpc/greet?input=${input('me ✓')}`, [['X-User', 'u']], 'a query with input'),
	get(`/trpc/greet?input=${input(1)}`, [], 'a query with input that is refused'),
	get('/trpc/greet?input=%7B', [], 'a query with input that is no JSON'),
	get(`/trpc/hello,greet,private?batch=1&input=${input({ 1: 'x' })}`, [], 'a batch'),
	get(
		`/trpc/hello,greet?batch=1&input=${input({ 1: 'x' })}`,
		[['trpc-accept', 'application/jsonl']],
		'a batch as a stream',
	),
	get('/trpc/private'),
	get('/trpc/private', [['X-User', 'u']], 'a private query'),
	get('/trpc/broken'),
	get('/trpc/numbers?batch=1', [['trpc-accept', 'application/jsonl']], 'an iterable'),
	get('/trpc/ticks', [['Accept', 'text/event-stream']], 'a subscription'),
	get(
		'/trpc/ticks',
		[
			['Accept', 'text/event-stream'],
			['Last-Event-ID', '1'],
		],
		'a subscription that goes on',
	),
	mutation('a mutation', '/trpc/save', '"value"'),
	mutation('a large mutation', '/trpc/save', JSON.stringify(prose(300_000))),
	mutation('a mutation that is no JSON', '/trpc/save', '{'),
	once('a mutation of another type', { method: 'POST', target: '/trpc/save', body: 'x', fields: [PLAIN] }),
	once('a mutation, streamed', {
		method: 'POST',
		target: '/trpc/save',
		body: '"value"',
		fields: [JSON_TYPE],
		streamed: true,
	}),
	get('/trpc/save', [], 'a mutation by GET'),
	mutation('a query by POST', '/trpc/hello', ''),
	once('a form', {
		method: 'POST',
		target: '/trpc/form',
		body: multipart(
			{ name: 'a', value: 'b' },
			{ name: 'file', value: prose(50_000), filename: 'f.txt', type: 'text/plain' },
		),
		fields: [MULTIPART],
	}),
	mutation('a form that is none', '/trpc/form', 'null'),
];
