/** spec/middleware.md §7: mounting. */
import { bytes, decodeUtf8, type Environ, encodeUtf8, gateway, latin1, octets } from 'rsgi/gateway';
import { mount } from 'rsgi/middleware/mount';
import { mountRich } from 'rsgi/middleware/mount-rich';
import { describe, expect, test } from 'vitest';
import { type RichHooks, rich } from '../../src/rich/app.ts';
import { latin1Bytes } from '../../src/wire/latin1.ts';
import { answered } from '../support/answered.ts';
import { bodyBlocks } from '../support/body-blocks.ts';
import { environOf } from '../support/environ.ts';

/** Answers with its name and with what the path has become. */
const named = (name: string, hooks: RichHooks = {}) =>
	gateway((environ, startResponse) => {
		startResponse(bytes('200 OK'), []);
		return [octets(bytes`${name}|${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
	}, hooks);

async function ask(app: ReturnType<typeof mount>, path: string, values: Partial<Environ> = {}): Promise<string> {
	let head = '';
	const body = await app(environOf({ PATH_INFO: encodeUtf8(path), ...values }), (status) => {
		head = latin1(status);
		return async () => {};
	});
	const text = (await bodyBlocks(body)).join('');
	return head === '200 OK' ? text : head;
}

const site = mount({
	'/': named('root'),
	'/shop': named('shop'),
	'/shop/admin/': named('admin'),
	'//api.example.org': named('api'),
	'//api.example.org/v2': named('v2'),
	'//*.example.org/v2': named('wild v2'),
	'//*.deep.example.org': named('deep'),
	'//[::1]/six': named('six'),
	'/größe': named('size'),
});

describe('MW-24 and MW-25: the place, and the path that moves', () => {
	test.each([
		['/', 'root||/'],
		['', 'root||'],
		['*', 'root||*'],
		['/shopping', 'root||/shopping'],
		['/shop', 'shop|/shop|'],
		['/shop/', 'shop|/shop|/'],
		['/shop//x', 'shop|/shop|//x'],
		['/shop/administration', 'shop|/shop|/administration'],
		['/shop/admin', 'admin|/shop/admin|'],
		['/shop/admin/x y', 'admin|/shop/admin|/x y'],
		['/SHOP', 'root||/SHOP'],
	])('%s', async (path, expected) => {
		expect(await ask(site, path)).toBe(expected);
	});

	test.each([
		['api.example.org', '/v1', 'api||/v1'],
		['API.Example.Org:8443', '/v2/x', 'v2|/v2|/x'],
		['api.example.org.', '/v2', 'v2|/v2|'],
		['other.example.org', '/v2', 'wild v2|/v2|'],
		['other.example.org', '/v1', 'root||/v1'],
		['a.deep.example.org', '/v2', 'deep||/v2'],
		['example.org', '/v2', 'root||/v2'],
		['notexample.org', '/v2', 'root||/v2'],
		['.example.org', '/v2', 'root||/v2'],
		['[::1]:80', '/six', 'six|/six|'],
	])('%s %s', async (host, path, expected) => {
		expect(await ask(site, path, { HTTP_HOST: bytes(host) })).toBe(expected);
	});

	test('without Host the name of the server is taken', async () => {
		expect(await ask(site, '/', { SERVER_NAME: bytes('api.example.org') })).toBe('api||/');
	});

	test('octets that are no ASCII, and no UTF-8', async () => {
		const text = await ask(site, '/größe/ü');
		expect(decodeUtf8(bytes(text))).toBe('size|/größe|/ü');
		expect(await ask(site, '', { PATH_INFO: bytes('/shop/\u00ff') })).toBe('shop|/shop|/\u00ff');
	});

	test('mounts in mounts add up', async () => {
		const outer = mount({ '/a': mount({ '/b': named('inner') }) });
		expect(await ask(outer, '/a/b/c')).toBe('inner|/a/b|/c');
	});

	test('what fits nothing is not found', async () => {
		expect(await ask(mount({ '/a': named('a') }), '/b')).toBe('404 Not Found');
		expect(await ask(mount({ '//only.example': named('a') }), '/')).toBe('404 Not Found');
	});

	test('the environ that came is not changed', async () => {
		const environ = environOf({ PATH_INFO: bytes('/shop/x') });
		await site(environ, () => async () => {});
		expect(environ.PATH_INFO).toBe(bytes('/shop/x'));
	});
});

describe('MW-24 and MW-25: the rich layer', () => {
	const shown = (name: string) =>
		rich((exchange) => {
			exchange.respond(200);
			exchange.end(latin1Bytes(`${name} ${exchange.target}`));
		});
	const app = mountRich({ '/chat': shown('chat'), '//api.example.org': shown('api') });

	test.each([
		['/chat/%61?b=/c', 'localhost', 'chat /chat/%61?b=/c'],
		['/%63hat', 'localhost', 'chat /%63hat'],
		['http://other/chat?x', 'localhost', 'chat http://other/chat?x'],
		['/chatter', 'localhost', 'Not Found\n'],
		['/x?/chat', 'localhost', 'Not Found\n'],
		['/x', 'api.example.org:80', 'api /x'],
		['*', 'localhost', 'Not Found\n'],
		['/chat/%', '', 'chat /chat/%'],
	])('%s', async (target, authority, expected) => {
		const client = await answered(app, { target, authority });
		expect(client.text).toBe(expected);
	});
});

describe('MW-26: the life of several', () => {
	const living = (log: string[], name: string, fail = ''): RichHooks => ({
		async start() {
			await null;
			log.push(`start ${name}`);
			if (fail === 'start') throw new Error(`no ${name}`);
		},
		stop() {
			log.push(`stop ${name}`);
			if (fail === 'stop') throw new Error(`no end of ${name}`);
		},
		protocols: ['websocket', name],
	});

	test('in order, back in order, each once', async () => {
		const log: string[] = [];
		const twice = named('b', living(log, 'b'));
		const app = mount({ '/a': named('a', living(log, 'a')), '/b': twice, '/c': twice, '/d': named('d') });
		await app.start?.();
		await app.stop?.();
		expect(log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
		expect(app.protocols).toEqual(['websocket', 'a', 'b']);
	});

	test('one that does not start stops those before it', async () => {
		const log: string[] = [];
		const apps = { '/a': named('a', living(log, 'a', 'stop')), '/b': named('b', living(log, 'b', 'start')) };
		const app = mount({ ...apps, '/c': named('c', living(log, 'c')) });
		await expect(app.start?.()).rejects.toThrow('no b');
		expect(log).toEqual(['start a', 'start b', 'stop a']);
	});

	test('all stop, whatever goes wrong', async () => {
		const log: string[] = [];
		const app = mountRich({
			'/a': rich(() => {}, living(log, 'a', 'stop')),
			'/b': rich(() => {}, living(log, 'b')),
			'/c': rich(() => {}, living(log, 'c', 'stop')),
		});
		await app.start?.();
		await expect(app.stop?.()).rejects.toMatchObject({
			errors: [{ message: 'no end of c' }, { message: 'no end of a' }],
		});
		expect(log.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
	});

	test('without hooks there are none', () => {
		const app = mount({ '/a': named('a') });
		expect([app.start, app.stop, app.protocols]).toEqual([undefined, undefined, undefined]);
	});
});
