/** spec/wsgi.md §2: the environ. */
import { bytes, type GatewayApp, gateway } from 'rsgi/gateway';
import { mount } from 'rsgi/middleware/mount';
import { describe, expect, test } from 'vitest';
import { succeed } from '../support/command.ts';
import { type Site, site } from '../support/wsgi-site.ts';

const PATH = '/environ_of';

async function environOf(at: Site, path: string = PATH, ...args: string[]): Promise<Record<string, unknown>> {
	const shown = await succeed('curl', ['--silent', '--show-error', '--path-as-is', ...args, at.url + path]);
	return JSON.parse(shown) as Record<string, unknown>;
}

/** Middleware that changes the environ. */
function changing(change: Readonly<Record<string, unknown>>): (app: GatewayApp) => GatewayApp {
	return (app) => gateway((environ, startResponse) => app({ ...environ, ...change }, startResponse), app);
}

describe('the environ', () => {
	test('WSGI-5: the variables of a request, in a dict', async () => {
		const at = await site();
		const found = await environOf(
			at,
			`${PATH}?a=%20b`,
			'-H',
			'X-Two: 1',
			'-H',
			'X-Two: 2',
			'-H',
			'Cookie: a=1',
			'--data',
			'abc',
		);
		expect(found).toMatchObject({
			type: 'dict',
			REQUEST_METHOD: 'POST',
			SCRIPT_NAME: '',
			PATH_INFO: PATH,
			QUERY_STRING: 'a=%20b',
			SERVER_NAME: '127.0.0.1',
			SERVER_PORT: String(at.port),
			SERVER_PROTOCOL: 'HTTP/1.1',
			SERVER_SOFTWARE: 'rsgi',
			REMOTE_ADDR: '127.0.0.1',
			HTTP_HOST: `127.0.0.1:${at.port}`,
			HTTP_X_TWO: '1, 2',
			HTTP_COOKIE: 'a=1',
			CONTENT_TYPE: 'application/x-www-form-urlencoded',
			CONTENT_LENGTH: '3',
			'wsgi.url_scheme': 'http',
			'rsgi.target': `${PATH}?a=%20b`,
		});
		expect(found).not.toHaveProperty('HTTPS');
		expect(found).not.toHaveProperty(['wsgi.layer']);
	});

	test('WSGI-5: over HTTP/2', async () => {
		const found = await environOf(await site(), PATH, '--http2-prior-knowledge');
		expect(found).toMatchObject({ SERVER_PROTOCOL: 'HTTP/2.0', PATH_INFO: PATH, REQUEST_METHOD: 'GET' });
	});

	test('WSGI-5: one dict for each request', async () => {
		const at = await site({ threads: 1 });
		const first = await environOf(at, PATH, '-H', 'X-Only: first');
		expect(first).toHaveProperty('HTTP_X_ONLY', 'first');
		expect(await environOf(at)).not.toHaveProperty('HTTP_X_ONLY');
	});

	test('WSGI-5: each octet of a path is one character, NUL too', async () => {
		const shown = await site({}, 'octets');
		for (let octet = 0; octet < 256; octet++) {
			const hex = octet.toString(16).padStart(2, '0');
			expect(await shown.text(`/a%${hex}%00%01z`)).toBe(
				`/a${String.fromCharCode(octet)}\0\x01z|`.replace(/[^\0-\x7f]/g, escapedCharacter),
			);
		}
	});

	test('WSGI-5: mounted, the application has its place in SCRIPT_NAME', async () => {
		const at = await site({}, 'octets', (app) => mount({ '/caf\u00e9': app }));
		expect(await at.text('/caf%C3%A9/b/c')).toBe('/b/c|/caf\\u00c3\\u00a9');
	});

	test.each([
		[1, 1, false, false],
		[1, 3, true, false],
		[2, 1, false, true],
	])('WSGI-6: %i workers with %i threads', async (workers, threads, multithread, multiprocess) => {
		expect(await environOf(await site({ workers, threads }))).toMatchObject({
			'wsgi.version': [1, 0],
			'wsgi.multithread': multithread,
			'wsgi.multiprocess': multiprocess,
			'wsgi.run_once': false,
			'wsgi.input_terminated': true,
		});
	});

	test('WSGI-7: the field lines in order, duplicates kept', async () => {
		const at = await site();
		const { fields } = await environOf(
			at,
			PATH,
			'-H',
			'X-b: 1',
			'-H',
			'x-A: 2',
			'-H',
			'X-b: 3',
			'-H',
			'Accept:',
			'-A',
			'me',
		);
		expect(fields).toEqual([
			['Host', `127.0.0.1:${at.port}`],
			['User-Agent', 'me'],
			['X-b', '1'],
			['x-A', '2'],
			['X-b', '3'],
		]);
	});

	test('WSGI-8: byte strings that middleware has added, and nothing else', async () => {
		const change = {
			REMOTE_USER: bytes('j\u00f6rg'),
			'my.user': bytes('j\u00f6rg'),
			'my.text': '\u20ac',
			'my.object': { a: 1 },
			'my.number': 1,
			'my.nul': bytes('a\0b\x01c'),
			'my key\0.x': bytes('never'),
		};
		const found = await environOf(await site({}, 'probe', changing(change)));
		expect(found).toMatchObject({ REMOTE_USER: 'j\u00f6rg', 'my.user': 'j\u00f6rg', 'my.nul': 'a\0b\x01c' });
		for (const key of ['my.text', 'my.object', 'my.number', 'my key\0.x']) expect(found).not.toHaveProperty([key]);
	});

	test('CHANNEL-5: a NUL that middleware has put in a field is an error of that request', async () => {
		let value = 'a\0b';
		const at = await site({ threads: 1 }, 'probe', (app) =>
			gateway((environ, startResponse) => app({ ...environ, HTTP_X_A: bytes(value) }, startResponse), app),
		);
		expect((await fetch(at.url + PATH)).status).toBe(500);
		expect(String(at.log[0]?.error)).toContain('holds NUL (CHANNEL-5)');
		value = 'fine';
		expect(await environOf(at)).toHaveProperty('HTTP_X_A', 'fine');
	});
});

function escapedCharacter(character: string): string {
	return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
