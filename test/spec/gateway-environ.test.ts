/** spec/gateway.md §6: the environ of a server. */
import { Fields, rich } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { bytes, type Environ, gateway } from 'rsgi/gateway';
import { describe, expect, test } from 'vitest';
import { fieldKey, nextRequest } from '../../src/adapter/gateway-server/field-keys.ts';
import type { ConnectionFacts } from '../../src/rich/connection-facts.ts';
import { environFor } from '../support/gateway-request.ts';
import { refusal } from '../support/refusal.ts';

const TCP: ConnectionFacts = {
	id: 1,
	peer: { family: 'IPv4', address: '192.0.2.7', port: 5123 },
	local: { family: 'IPv6', address: '2001:db8::1', port: 8000 },
	tls: null,
};

describe('GATE-35: the environ', () => {
	test('is a plain object with a value under each key', async () => {
		const environ = await environFor({ target: '/a?b=c' }, { connection: TCP });
		expect(Object.getPrototypeOf(environ)).toBe(Object.prototype);
		const { 'wsgi.input': input, 'wsgi.errors': errors, 'rsgi.closing': closing, ...rest } = environ;
		expect(rest).toEqual({
			REQUEST_METHOD: 'GET',
			SCRIPT_NAME: '',
			PATH_INFO: '/a',
			QUERY_STRING: 'b=c',
			SERVER_NAME: 'localhost',
			SERVER_PORT: '80',
			SERVER_PROTOCOL: 'HTTP/2.0',
			SERVER_SOFTWARE: 'rsgi',
			SERVER_ADDR: '2001:db8::1',
			REMOTE_ADDR: '192.0.2.7',
			REMOTE_PORT: '5123',
			HTTP_HOST: 'localhost',
			'wsgi.version': [1, 0],
			'wsgi.url_scheme': 'http',
			'wsgi.multithread': false,
			'wsgi.multiprocess': false,
			'wsgi.run_once': false,
			'wsgi.file_wrapper': expect.any(Function),
			'wsgi.layer': 'bytes',
			'rsgi.target': '/a?b=c',
			'rsgi.fields': [],
			'rsgi.connection': TCP,
			'rsgi.upgrade': expect.any(Function),
			'rsgi.completed': expect.any(Function),
		});
		expect(typeof input.read).toBe('function');
		expect(typeof errors.write).toBe('function');
		expect(typeof closing).toBe('function');
		expect(Object.values(environ)).not.toContain(undefined);
	});

	test('a copy of it is an environ too', async () => {
		const environ = await environFor({ method: 'POST', hasContent: true });
		const copy: Environ = { ...environ, SCRIPT_NAME: bytes('/shop') };
		expect(Object.keys(copy)).toEqual(Object.keys(environ));
	});

	test.each(['1.0', '1.1', '2'] as const)('HTTP version %s', async (httpVersion) => {
		const environ = await environFor({ httpVersion });
		expect(environ.SERVER_PROTOCOL).toBe(httpVersion === '2' ? 'HTTP/2.0' : `HTTP/${httpVersion}`);
	});

	test('what is no gateway application is refused, and hooks are kept', () => {
		expect(refusal('GATE-3', () => gatewayToRich(rich(() => {}) as never))).toContain('gatewayToRich() takes');
		const start = () => {};
		const stop = () => {};
		const app = gatewayToRich(gateway(() => [], { start, stop, protocols: ['websocket'] }));
		expect([app.start, app.stop, app.protocols]).toEqual([start, stop, ['websocket']]);
	});
});

describe('GATE-36: the path', () => {
	test.each([
		['/', '/', ''],
		['/a/b?c=%2F?d', '/a/b', 'c=%2F?d'],
		['/%41%c3%A9%2f%00', '/A\u00c3\u00a9/\u0000', ''],
		['/%zz%4/100%', '/%zz%4/100%', ''],
		['/%2541', '/%41', ''],
		['/?', '/', ''],
		['/a%3Fb?q', '/a?b', 'q'],
		['//x/../y', '//x/../y', ''],
		['/caf\u00e9', '/caf\u00e9', ''],
	])('of %s', async (target, path, query) => {
		const environ = await environFor({ target });
		expect(environ).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: path, QUERY_STRING: query, 'rsgi.target': target });
	});

	test('field lines are verbatim', async () => {
		const fields = ['X-B', '1', 'x_c', '2', 'X-B', '3', 'proxy', '4'];
		expect((await environFor({ fields }))['rsgi.fields']).toEqual(fields);
	});
});

describe('GATE-37: other targets', () => {
	test.each([
		['GET', 'http://example.org/a%20b?q', '/a b', 'q'],
		['GET', 'http://example.org', '/', ''],
		['GET', 'http://example.org?q/r', '/', 'q/r'],
		['GET', 'http://example.org/?q', '/', 'q'],
		['OPTIONS', '*', '', ''],
		['CONNECT', 'example.org:443', '', ''],
	])('%s %s', async (method, target, path, query) => {
		const environ = await environFor({
			method,
			target,
			httpVersion: '1.1',
			scheme: method === 'CONNECT' ? '' : 'http',
		});
		expect(environ).toMatchObject({
			REQUEST_METHOD: method,
			PATH_INFO: path,
			QUERY_STRING: query,
			'rsgi.target': target,
			'wsgi.url_scheme': 'http',
		});
	});
});

describe('GATE-38: fields', () => {
	const http = async (...fields: string[]) => {
		const { HTTP_HOST: _, ...environ } = await environFor({ fields: Fields.of(...fields) });
		return Object.fromEntries(Object.entries(environ).filter(([key]) => /^HTTP_|^CONTENT_/.test(key)));
	};

	test('names', async () => {
		expect(await http('Accept', 'a', 'x-forwarded-for', 'b', 'X.Y', 'c', 'empty', '')).toEqual({
			HTTP_ACCEPT: 'a',
			HTTP_X_FORWARDED_FOR: 'b',
			'HTTP_X.Y': 'c',
			HTTP_EMPTY: '',
		});
	});

	test('Content-Type and Content-Length', async () => {
		expect(await http('content-type', 'text/plain', 'Content-Length', '7')).toEqual({
			CONTENT_TYPE: 'text/plain',
			CONTENT_LENGTH: '7',
		});
	});

	test('lines of one name are joined in order, whatever their case', async () => {
		expect(await http('a', '1', 'cookie', 'x=1', 'A', '2', 'b', '', 'a', '3', 'Cookie', 'y=2', 'b', 'z')).toEqual({
			HTTP_A: '1, 2, 3',
			HTTP_COOKIE: 'x=1; y=2',
			HTTP_B: ', z',
		});
	});

	test('one request says nothing to the next', async () => {
		expect(await http('a', '1')).toEqual({ HTTP_A: '1' });
		expect(await http('a', '2')).toEqual({ HTTP_A: '2' });
		expect(await http()).toEqual({});
	});

	test('names that would pass for others have no key', async () => {
		expect(
			await http('content_length', '9', 'x_a', '1', 'Proxy', 'http://evil', 'set-cookie', 'a', 'Set-Cookie', 'b'),
		).toEqual({});
		expect(await http('X-A', '1', 'x_a', '2')).toEqual({ HTTP_X_A: '1' });
	});

	test('more names than are remembered', async () => {
		for (let round = 0; round < 3; round++) {
			const lines: string[] = [];
			for (let at = 0; at < 400; at++) lines.push(`x-${round}-${at}`, String(at), `X-${round}-${at}`, 'again');
			const keys = await http(...lines);
			expect(Object.keys(keys)).toHaveLength(400);
			expect(keys[`HTTP_X_${round}_399`]).toBe('399, again');
		}
	});
});

describe('GATE-38: what is remembered of the names that clients choose', () => {
	const remembered = (name: string): boolean => {
		const before = fieldKey(name);
		nextRequest();
		return fieldKey(name) === before;
	};

	test('is a key for each, from one request to the next', () => {
		nextRequest();
		expect(remembered('x-short')).toBe(true);
	});

	test('is bounded in characters, and not in names alone: one may be as long as a head', () => {
		expect(remembered('x'.repeat(20_000))).toBe(false);
		nextRequest();
		for (let at = 0; at < 17; at++) fieldKey(`x-${at}-${'y'.repeat(1000)}`);
		expect(remembered('x-short')).toBe(false);
	});
});

describe('GATE-39: the host', () => {
	test.each([
		['example.org', 'http', 'example.org', '80'],
		['example.org', 'https', 'example.org', '443'],
		['example.org:8080', 'http', 'example.org', '8080'],
		['[2001:db8::2]', 'http', '[2001:db8::2]', '80'],
		['[2001:db8::2]:81', 'https', '[2001:db8::2]', '81'],
		['user@example.org:', 'http', 'example.org', '80'],
	])('%s by %s', async (authority, scheme, name, port) => {
		const environ = await environFor({ authority, scheme, fields: ['host', 'other'] }, { connection: TCP });
		expect(environ).toMatchObject({ HTTP_HOST: authority, SERVER_NAME: name, SERVER_PORT: port });
	});

	test('without an authority', async () => {
		const environ = await environFor({ authority: '', httpVersion: '1.0' }, { connection: TCP });
		expect(environ).toMatchObject({ SERVER_NAME: '[2001:db8::1]', SERVER_PORT: '8000', REMOTE_PORT: '5123' });
		expect('HTTP_HOST' in environ).toBe(false);
		expect(await environFor({ authority: '', fields: ['host', ''] })).toMatchObject({
			HTTP_HOST: '',
			SERVER_NAME: 'localhost',
		});
	});
});

describe('GATE-40: the connection', () => {
	test('without addresses there are no keys for them', async () => {
		const unix: ConnectionFacts = { ...TCP, peer: { family: 'unix', path: '' }, local: { family: 'unix', path: '/s' } };
		for (const connection of [unix, { ...TCP, peer: null, local: null }]) {
			const environ = await environFor({ fields: ['a', 'b'] }, { connection });
			expect(Object.keys(environ).filter((key) => /_ADDR|REMOTE_/.test(key))).toEqual([]);
			expect(environ).toMatchObject({ HTTP_A: 'b', 'rsgi.connection': connection });
		}
	});

	test('HTTPS', async () => {
		expect(await environFor({ scheme: 'https' })).toMatchObject({ HTTPS: 'on', 'wsgi.url_scheme': 'https' });
		expect('HTTPS' in (await environFor({ scheme: 'http' }))).toBe(false);
	});
});

describe('GATE-45: extended CONNECT', () => {
	const request = { method: 'CONNECT', target: '/chat?x', protocol: 'websocket', fields: ['origin', 'a'] } as const;

	test('is shown as GET with an Upgrade that is marked', async () => {
		expect(await environFor(request)).toMatchObject({
			REQUEST_METHOD: 'GET',
			PATH_INFO: '/chat',
			HTTP_CONNECTION: 'Upgrade',
			HTTP_UPGRADE: 'websocket',
			HTTP_ORIGIN: 'a',
			'rsgi.connect': 'websocket',
			'rsgi.fields': ['origin', 'a'],
		});
	});

	test('what is none is not', async () => {
		const upgrade = await environFor({ httpVersion: '1.1', protocol: 'toy', fields: ['Upgrade', 'toy'] });
		expect(upgrade).toMatchObject({ REQUEST_METHOD: 'GET', HTTP_UPGRADE: 'toy' });
		expect('rsgi.connect' in upgrade).toBe(false);
		expect('rsgi.connect' in (await environFor({ method: 'CONNECT', target: 'a:1' }))).toBe(false);
	});
});
