/** spec/adapters.md §3: the request of a rich application on a gateway. */
import { type Exchange, rich, utf8 } from 'rsgi';
import { gatewayToRich, richToGateway } from 'rsgi/adapters';
import { bytes, type Environ, gateway } from 'rsgi/gateway';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { FedInput, openOnGateway, ReadGateway } from '../support/read-gateway.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { settled } from '../support/settled.ts';

type Head = Pick<Exchange, 'method' | 'scheme' | 'authority' | 'target' | 'protocol' | 'httpVersion'> & {
	readonly lines: readonly string[];
};

/** The head that a rich application sees through a gateway, whose middleware may change the environ. */
async function headOf(
	request: PairRequest,
	change: (environ: Environ) => Environ = (environ) => environ,
): Promise<Head> {
	let head: Head | null = null;
	const inner = richToGateway(
		rich((exchange) => {
			const { method, scheme, authority, target, protocol, httpVersion, fields } = exchange;
			head = { method, scheme, authority, target, protocol, httpVersion, lines: [...fields.lines] };
			exchange.respond(404);
			exchange.end();
		}),
	);
	const client = recorded(
		gatewayToRich(gateway((environ, startResponse) => inner(change(environ), startResponse))),
		request,
	);
	await settled();
	expect(client.faults).toEqual([]);
	return head as unknown as Head;
}

describe('ADAPT-20: the request is verbatim', () => {
	const fields = [
		'X-B',
		'1',
		'cookie',
		'a=1',
		'x_c',
		'2',
		'x-b',
		'3',
		'Proxy',
		'p',
		'Cookie',
		'b=2',
		'priority',
		'u=1',
	];
	for (const request of [
		{ method: 'PURGE', target: '/a%2Fb/%c3%BC?x=%20&?', authority: 'example.org:8080', fields },
		{
			target: 'http://example.org/a?b',
			authority: 'example.org',
			httpVersion: '1.1',
			fields: ['host', 'other', ...fields],
		},
		{ target: 'http://example.org', authority: 'example.org', httpVersion: '1.1' },
		{ method: 'OPTIONS', target: '*', scheme: 'https', authority: 'example.org' },
		{ target: '//a/../b', authority: '', httpVersion: '1.0' },
		{
			method: 'CONNECT',
			target: 'example.org:443',
			authority: 'example.org:443',
			scheme: '',
			httpVersion: '1.1',
			fields: ['host', 'x'],
		},
	] satisfies PairRequest[]) {
		test(`${'method' in request ? request.method : 'GET'} ${request.target}`, async () => {
			const { fields: lines = [], ...rest } = request as PairRequest;
			const head = await headOf(request);
			expect(head.lines).toEqual(lines);
			expect(head).toMatchObject({
				method: 'GET',
				httpVersion: '2',
				protocol: null,
				...rest,
				scheme: rest.scheme || 'http',
			});
		});
	}

	test('an extended CONNECT, which middleware sees as GET', async () => {
		let shown = '';
		const request = {
			method: 'CONNECT',
			target: '/chat',
			protocol: 'websocket',
			fields: ['sec-websocket-version', '13'],
		};
		const head = await headOf(request, (environ) => {
			shown = `${environ.REQUEST_METHOD} ${environ.HTTP_UPGRADE}`;
			return environ;
		});
		expect(shown).toBe('GET websocket');
		expect(head).toMatchObject({ method: 'CONNECT', target: '/chat', protocol: 'websocket', lines: request.fields });
	});

	test('an Upgrade, which offers its first protocol', async () => {
		const lines = ['connection', 'keep-alive, Upgrade', 'upgrade', 'toy/1, other'];
		const head = await headOf({ httpVersion: '1.1', authority: '', protocol: 'toy/1', fields: lines });
		expect(head).toMatchObject({ method: 'GET', protocol: 'toy/1', lines });
	});

	test('the connection is that of the server, or what the environ says of it', async () => {
		const { exchange } = await openOnGateway(null, {
			REMOTE_ADDR: bytes('::1'),
			REMOTE_PORT: bytes('99'),
		});
		expect(exchange.connection.peer).toEqual({ family: 'IPv6', address: '::1', port: 99 });
		expect(exchange.connection.local).toBeNull();
	});
});

describe('ADAPT-21: what middleware has changed', () => {
	const fields = ['x-a', '1', 'X-Gone', '1', 'x-b', '2', 'x-a', '3', 'x-gone', '4'];

	test('among the keys of fields', async () => {
		const head = await headOf({ fields, httpVersion: '1.1', authority: '' }, (environ) => ({
			...environ,
			HTTP_X_A: bytes('changed'),
			HTTP_X_GONE: undefined,
			HTTP_X_NEW: bytes('new'),
			CONTENT_TYPE: bytes('text/plain'),
			HTTP_PROXY: bytes('never'),
			HTTP_HOST: bytes('h'),
		}));
		expect(head.lines).toEqual([
			'x-a',
			'changed',
			'x-b',
			'2',
			'x-new',
			'new',
			'content-type',
			'text/plain',
			'host',
			'h',
		]);
		expect(head.authority).toBe('h');
	});

	test('of the method, the scheme and the host', async () => {
		const head = await headOf({ authority: 'old', httpVersion: '1.1', fields: ['Host', 'old'] }, (environ) => ({
			...environ,
			REQUEST_METHOD: bytes('PUT'),
			'wsgi.url_scheme': 'https',
			HTTP_HOST: bytes('new'),
		}));
		expect(head).toMatchObject({ method: 'PUT', scheme: 'https', authority: 'new', lines: ['Host', 'new'] });
	});

	test('of the path', async () => {
		const request = { target: '/a/%62%2F?q' };
		const mounted = (environ: Environ): Environ => ({ ...environ, SCRIPT_NAME: bytes('/a'), PATH_INFO: bytes('/b/') });
		expect((await headOf(request, mounted)).target).toBe('/a/%62%2F?q');
		const moved = (environ: Environ): Environ => ({ ...environ, PATH_INFO: bytes('/c ?\xfc:@') });
		expect((await headOf(request, moved)).target).toBe('/c%20%3F%FC:@?q');
		const asked = (environ: Environ): Environ => ({ ...environ, QUERY_STRING: bytes('') });
		expect((await headOf(request, asked)).target).toBe('/a/b/');
	});
});

describe('ADAPT-25: content', () => {
	const posted = (input: FedInput, values: Partial<Environ> = {}): Partial<Environ> => ({
		REQUEST_METHOD: bytes('POST'),
		CONTENT_LENGTH: bytes('9'),
		'wsgi.input': input,
		...values,
	});

	test('is read when a handler is attached, as it comes, and no further than its length', async () => {
		const input = new FedInput();
		const handler = new RecordingHandler();
		const { exchange } = await openOnGateway(null, posted(input, { CONTENT_LENGTH: bytes('3') }));
		expect(input.asked).toEqual([]);
		expect(exchange.outcome).toBeNull();
		const attached = await openOnGateway(handler, posted(input, { CONTENT_LENGTH: bytes('3') }));
		expect(input.asked).toEqual(['1:3']);
		input.feed('a', 'bc');
		await settled();
		expect(input.asked).toEqual(['1:3', '1:2']);
		expect(handler.log).toEqual(['data a', 'data bc', 'end']);
		expect(attached.exchange.outcome).toBeNull();
	});

	test('waits while the exchange is paused', async () => {
		const input = new FedInput();
		const handler = new RecordingHandler();
		const read = await ReadGateway.of((exchange) => {
			exchange.pause();
			exchange.attach(handler);
			setImmediate(() => exchange.resume());
		}, posted(input));
		expect(read.log).toEqual([]);
		expect(input.asked).toEqual([]);
		await settled();
		expect(input.asked).toHaveLength(1);
	});

	test('that comes while it is paused waits, and one read at most', async () => {
		const input = new FedInput();
		const handler = new RecordingHandler();
		const { exchange } = await openOnGateway(handler, posted(input));
		exchange.pause();
		input.feed('ab', 'cd', 'ef');
		await settled();
		expect([handler.log, input.asked.length]).toEqual([[], 1]);
		exchange.resume();
		await settled();
		await settled();
		expect(handler.log).toEqual(['data ab', 'data cd', 'data ef']);
	});

	test('is read by read() where there is no read1()', async () => {
		const input = new FedInput();
		const old = { ...input, read1: undefined, read: (size?: number) => input.read(size) } as unknown as FedInput;
		input.feed('abc');
		const handler = new RecordingHandler();
		await openOnGateway(
			handler,
			posted(input, { 'wsgi.input': old, CONTENT_LENGTH: undefined, SERVER_PROTOCOL: bytes('HTTP/2.0') }),
		);
		expect(handler.log).toEqual(['data abc', 'end']);
		expect(input.asked).toEqual(['16384', '16384']);
	});

	test('is not asked for only to be dropped, where the client waits', async () => {
		const input = new FedInput();
		const log: string[] = [];
		const { exchange, read } = await openOnGateway(
			{ closed: ({ reason }) => void log.push(reason) },
			posted(input, { HTTP_EXPECT: bytes('100-continue') }),
		);
		exchange.respond(417);
		exchange.end();
		expect(await read.rest()).toEqual([]);
		expect([input.asked, log]).toEqual([[], ['complete']]);
	});

	test('that is discarded is not read', async () => {
		const input = new FedInput();
		const handler = new RecordingHandler();
		const { exchange, read } = await openOnGateway(handler, posted(input));
		exchange.discard();
		input.feed('abc', 'def');
		exchange.respond(200);
		exchange.end();
		expect(await read.rest()).toEqual([]);
		expect(input.asked).toHaveLength(1);
		expect(handler.log).toEqual(['closed complete 0']);
	});

	test('and the answer to it stream at the same time', async () => {
		const echo = rich((exchange) => {
			exchange.respond(200);
			return { data: (chunk) => void exchange.write(chunk), end: () => exchange.end() };
		});
		const client = recorded(gatewayToRich(richToGateway(echo)), { method: 'POST', hasContent: true });
		for (const part of ['one', 'two', 'three']) {
			client.client.send(utf8(part));
			for (let turns = 0; turns < 4; turns++) await settled();
			expect(client.log.at(-1)).toBe(`data ${part}`);
		}
		client.client.end();
		for (let turns = 0; turns < 4; turns++) await settled();
		expect(client.log.at(-1)).toBe('end');
		expect(client.faults).toEqual([]);
	});
});

describe('ADAPT-31: the end of the response', () => {
	test('waits while content is read', async () => {
		const input = new FedInput();
		const handler = new RecordingHandler();
		const { exchange, read } = await openOnGateway(handler, { CONTENT_LENGTH: bytes('6'), 'wsgi.input': input });
		exchange.respond(202);
		exchange.end(utf8('taken'));
		expect(await read.next()).toBe('taken');
		let over = false;
		const end = read.next().then((step) => {
			over = true;
			return step;
		});
		input.feed('abc');
		await settled();
		expect(over).toBe(false);
		input.feed('def');
		expect(await end).toBeNull();
		expect(handler.log).toEqual(['data abc', 'data def', 'end', 'closed complete 0']);
	});

	test('does not wait for an application that has stopped reading', async () => {
		const input = new FedInput();
		const handler = new RecordingHandler();
		const { exchange, read } = await openOnGateway(handler, { CONTENT_LENGTH: bytes('6'), 'wsgi.input': input });
		input.feed('abc');
		exchange.pause();
		await settled();
		exchange.respond(413);
		exchange.end();
		expect(await read.next()).toBeNull();
		expect(handler.log).toEqual(['closed reset 8']);
		await read.reader.close();
	});
});
