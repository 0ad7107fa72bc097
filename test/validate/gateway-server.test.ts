/** spec/validate.md §2: what a server, or middleware above, gives an application of the bytes layer. */
import { type Body, bytes, type Environ, type GatewayApp, gateway, type Input, type StartResponse } from 'rsgi/gateway';
import { validateGateway } from 'rsgi/validate';
import { describe, expect, test } from 'vitest';
import { environOf } from '../support/environ.ts';
import { Findings, thrown } from '../support/findings.ts';
import { gatewayRun } from '../support/gateway-run.ts';

const OK = bytes('200 OK');
const block = (text: string): Uint8Array => new TextEncoder().encode(text);
const write = async (): Promise<void> => {};
const start: StartResponse = () => write;

const hello = gateway((_environ, startResponse) => {
	startResponse(OK, []);
	return [block('hello')];
});

/** What is told of an environ. */
function toldOf(values: Readonly<Record<string, unknown>>, above: 'server' | 'middleware' = 'server'): string[] {
	const findings = new Findings();
	const app = validateGateway(hello, { ...findings.options, above });
	const environ = environOf() as unknown as Record<string, unknown>;
	for (const [key, value] of Object.entries(values)) {
		if (value === undefined) delete environ[key];
		else environ[key] = value;
	}
	try {
		void app(environ as unknown as Environ, start);
	} catch {
		// The application refuses an environ of another layer by itself.
	}
	return findings.lines;
}

describe('the environ', () => {
	test('VALID-5: a whole one is right', () => {
		expect(toldOf({})).toEqual([]);
		expect(toldOf({ 'my.key': 7, REMOTE_ADDR: '::1', HTTP_ACCEPT: '*/*', 'wsgi.file_wrapper': () => [] })).toEqual([]);
	});

	test.each([
		'REQUEST_METHOD',
		'SCRIPT_NAME',
		'PATH_INFO',
		'QUERY_STRING',
		'SERVER_NAME',
		'SERVER_PORT',
		'SERVER_PROTOCOL',
		'rsgi.target',
		'rsgi.fields',
		'rsgi.closing',
		'wsgi.version',
		'wsgi.url_scheme',
		'wsgi.input',
		'wsgi.errors',
		'wsgi.multithread',
		'wsgi.multiprocess',
		'wsgi.run_once',
	])('VALID-5: a key that is missing is told: %s', (key) =>
		expect(toldOf({ [key]: undefined })).toEqual(['server VALID-5']),
	);

	test.each([
		['PATH_INFO', '/\u20ac'],
		['REMOTE_ADDR', 7],
		['HTTP_ACCEPT', null],
		['CONTENT_LENGTH', 3],
		['my_key', {}],
		['wsgi.version', [1, 1]],
		['wsgi.version', '1.0'],
		['wsgi.url_scheme', 'ftp'],
		['wsgi.input', {}],
		['wsgi.errors', console],
		['wsgi.multithread', 1],
		['wsgi.file_wrapper', {}],
		['rsgi.closing', {}],
		['rsgi.target', 7],
		['rsgi.fields', ['a']],
		['rsgi.fields', [['a', 'b']]],
		['rsgi.fields', ['a', '\u0100']],
	])('VALID-5: a value of the wrong type is told: %s', (key, value) => {
		expect(toldOf({ [key]: value })).toEqual(['server VALID-5']);
	});

	test.each([
		['REQUEST_METHOD', 'G T'],
		['SCRIPT_NAME', 'shop'],
		['SCRIPT_NAME', '/shop/'],
		['PATH_INFO', 'shop'],
		['SERVER_NAME', ''],
		['SERVER_PORT', 'http'],
		['SERVER_PROTOCOL', 'HTTP/2'],
		['CONTENT_LENGTH', '-1'],
		['HTTPS', 'on'],
		['HTTP_CONTENT_TYPE', 'text/plain', 'GATE-38'],
		['HTTP_CONTENT_LENGTH', '0', 'GATE-38'],
		['HTTP_PROXY', 'http://evil', 'GATE-38'],
		['HTTP_user', 'x', 'GATE-38'],
		['HTTP_X-Y', 'x', 'GATE-38'],
	])('VALID-6: a value that makes no sense is told: %s', (key, value, rule = 'VALID-6') => {
		expect(toldOf({ [key]: value })).toEqual([`server ${rule}`]);
	});

	test('VALID-6: keys are joined as the field lines are, which only middleware may change', () => {
		const fields = [
			'Cookie',
			'a=1',
			'cookie',
			'b=2',
			'Accept',
			'x',
			'accept',
			'y',
			'x_y',
			'1',
			'Proxy',
			'p',
			'Content-Type',
			't',
		];
		const right = { 'rsgi.fields': fields, HTTP_COOKIE: 'a=1; b=2', HTTP_ACCEPT: 'x, y', CONTENT_TYPE: 't' };
		expect(toldOf(right)).toEqual([]);
		expect(toldOf({ ...right, HTTP_COOKIE: 'a=1, b=2' })).toEqual(['server GATE-38']);
		expect(toldOf({ ...right, CONTENT_TYPE: undefined })).toEqual(['server GATE-38']);
		expect(toldOf({ ...right, HTTP_ACCEPT: 'z' }, 'middleware')).toEqual([]);
	});

	test('VALID-5: what is no plain object, and what is no environ of this layer', () => {
		const findings = new Findings();
		const app = validateGateway(hello, findings.options);
		void app(Object.assign(Object.create(new Map()), environOf()) as Environ, start);
		expect(findings.lines).toEqual(['server VALID-5']);
		expect(toldOf({ 'wsgi.layer': 'text' })).toEqual(['server GATE-5']);
		expect(toldOf({ 'wsgi.layer': undefined })).toEqual(['server GATE-5']);
		expect(() => validateGateway(hello, findings.options)(null as never, start)).toThrow();
		expect(findings.lines).toEqual(['server VALID-5', 'server GATE-5']);
	});

	test('VALID-1: it is thrown to whoever calls; VALID-4: middleware above is named', async () => {
		const broken = { ...environOf(), SERVER_PORT: bytes('x') } as Environ;
		expect(await thrown(() => validateGateway(hello)(broken, start))).toBe('server VALID-6');
		expect(await thrown(() => validateGateway(hello, { above: 'middleware' })(broken, start))).toBe(
			'middleware VALID-6',
		);
	});
});

describe('startResponse and write', () => {
	test('VALID-9: no startResponse, and one that gives no write()', () => {
		const findings = new Findings();
		const app = validateGateway(hello, findings.options);
		expect(() => app(environOf(), undefined as never)).toThrow();
		void app(environOf(), (() => {}) as never);
		expect(findings.lines).toEqual(['server VALID-9', 'server VALID-9']);
	});

	test('VALID-9: write() that gives no promise', async () => {
		const findings = new Findings();
		const writing = gateway(async (_environ, startResponse) => {
			await startResponse(OK, [])(block('a'));
			return [];
		});
		await validateGateway(writing, findings.options)(environOf(), (() => () => 7) as never);
		expect(findings.lines).toEqual(['server VALID-9']);
	});

	test('VALID-9: excInfo that a server took after it had sent the response', () => {
		const late = (above: 'server' | 'middleware'): string[] => {
			const findings = new Findings();
			const app = gateway(function* (_environ: Environ, startResponse: StartResponse): Generator<Uint8Array> {
				startResponse(OK, []);
				yield block('a');
				startResponse(OK, [], { error: new Error('late') });
			});
			for (const _ of validateGateway(app, { ...findings.options, above })(environOf(), start) as Iterable<Uint8Array>);
			return findings.lines;
		};
		expect(late('server')).toEqual(['server GATE-8']);
		// Middleware may hold the response back.
		expect(late('middleware')).toEqual([]);
	});
});

describe('the input', () => {
	const inputOf = (input: Partial<Record<keyof Input, unknown>>): Input =>
		({
			read: async () => block(''),
			readline: async () => block(''),
			readlines: async () => [],
			[Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
			...input,
		}) as Input;

	/** What is told of an input that is read so. */
	async function told(
		input: Partial<Record<keyof Input, unknown>>,
		read: (input: Input) => unknown,
		length?: string,
	): Promise<string[]> {
		const findings = new Findings();
		const app = gateway(async (environ, startResponse) => {
			await read(environ['wsgi.input']);
			startResponse(OK, []);
			return [];
		});
		const announced = length === undefined ? {} : { CONTENT_LENGTH: bytes(length) };
		const environ = { 'wsgi.input': inputOf(input), ...announced };
		await gatewayRun(validateGateway(app, findings.options), { environ });
		return findings.lines;
	}

	test('VALID-7: what is no promise, or no octets', async () => {
		expect(await told({ read: () => block('') }, (input) => input.read())).toEqual(['server VALID-7']);
		expect(await told({ read: async () => 'text' }, (input) => input.read())).toEqual(['server VALID-7']);
		expect(await told({ readline: async () => null }, (input) => input.readline())).toEqual(['server VALID-7']);
		expect(await told({ readlines: async () => 'text' }, (input) => input.readlines())).toEqual(['server VALID-7']);
		expect(await told({ readlines: async () => ['text'] }, (input) => input.readlines())).toEqual(['server VALID-7']);
		const lines = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 'text' }) }) };
		expect(await told(lines, (input) => input[Symbol.asyncIterator]().next())).toEqual(['server VALID-7']);
	});

	test('VALID-7: more than was asked for, more than was announced, content behind the end, two lines in one', async () => {
		const abc = {
			read: async () => block('abc'),
			readline: async () => block('a\nb\n'),
			read1: async () => block('abc'),
		};
		expect(await told(abc, (input) => input.read(2))).toEqual(['server VALID-7']);
		expect(await told(abc, (input) => input.read1?.(2))).toEqual(['server VALID-7']);
		expect(await told(abc, (input) => input.read(3), '2')).toEqual(['server VALID-7']);
		expect(await told(abc, (input) => input.read(3), '3')).toEqual([]);
		expect(await told(abc, (input) => input.readline())).toEqual(['server VALID-7']);
		const twice = async (input: Input): Promise<void> => {
			await input.read(4);
			await input.read(4);
		};
		expect(await told(abc, twice)).toEqual(['server VALID-7']);
	});
});

describe('the body', () => {
	const blocks = async function* (): AsyncGenerator<Uint8Array> {
		yield block('a');
		yield block('b');
	};

	/** What is told when a server treats the body of an application so. */
	async function told(serve: (body: Body & AsyncIterable<Uint8Array>) => unknown, app?: GatewayApp): Promise<string[]> {
		const findings = new Findings();
		const streaming = gateway((_environ, startResponse) => {
			startResponse(OK, []);
			return { [Symbol.asyncIterator]: blocks, close: () => {} };
		});
		const body = await validateGateway(app ?? streaming, findings.options)(environOf(), start);
		await serve(body as Body & AsyncIterable<Uint8Array>);
		return findings.lines;
	}

	test('VALID-8: read to its end, or stopped and closed, is right', async () => {
		expect(
			await told(async (body) => {
				for await (const _ of body);
				body.close?.();
			}),
		).toEqual([]);
		expect(await told((body) => body.close?.())).toEqual([]);
		expect(
			await told(async (body) => {
				for await (const _ of body) break;
				body.close?.();
			}),
		).toEqual([]);
	});

	test('VALID-8: closed twice', async () => {
		expect(await told((body) => [body.close?.(), body.close?.()])).toEqual(['server GATE-12']);
	});

	test('VALID-8: closed before its end without return()', async () => {
		const lines = await told(async (body) => {
			await body[Symbol.asyncIterator]().next();
			body.close?.();
		});
		expect(lines).toEqual(['server GATE-12']);
	});

	test('VALID-8: asked for a block after close(), while one is pending, by two iterators; return() after close()', async () => {
		expect(
			await told(async (body) => {
				const iterator = body[Symbol.asyncIterator]();
				await iterator.next();
				await iterator.return?.();
				body.close?.();
				await iterator.next();
			}),
		).toEqual(['server GATE-12']);
		expect(
			await told(async (body) => {
				body.close?.();
				body[Symbol.asyncIterator]();
			}),
		).toEqual(['server GATE-12']);
		expect(
			await told((body) => {
				const iterator = body[Symbol.asyncIterator]();
				return Promise.all([iterator.next(), iterator.next()]);
			}),
		).toEqual(['server GATE-12']);
		expect(await told((body) => [body[Symbol.asyncIterator](), body[Symbol.asyncIterator]()])).toEqual([
			'server GATE-12',
		]);
		expect(
			await told(async (body) => {
				const iterator = body[Symbol.asyncIterator]();
				await iterator.next();
				body.close?.();
				await iterator.return?.();
			}),
		).toEqual(['server GATE-12', 'server GATE-12']);
	});

	test('VALID-8: never closed, which the end of the exchange tells', async () => {
		const findings = new Findings();
		const { Resources } = await import('rsgi/gateway');
		const resources = new Resources(() => {});
		const app = gateway((_environ, startResponse) => {
			startResponse(OK, []);
			return { [Symbol.asyncIterator]: blocks };
		});
		const environ = environOf({ 'rsgi.closing': resources.closing });
		await validateGateway(app, findings.options)(environ, start);
		await resources.close();
		expect(findings.lines).toEqual(['server GATE-12']);
	});
});
