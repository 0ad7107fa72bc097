/**
 * Escapes through the middleware of Django and of Flask, over both HTTP versions: GZip, ConditionalGet, sessions, CSRF, security headers,
 * Flask-Compress; and middleware that changes the placeholder (spec/escape.md §2).
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SYSTEM_PYTHON } from '../../scripts/pythons.ts';
import { command } from '../support/command.ts';
import { djangoSite } from '../support/django-site.ts';
import { folder } from '../support/folder.ts';
import { overHttp2 } from '../support/http2-bridge.ts';
import { PYTHON_WITH_NEWEST, PYTHON_WITH_PACKAGES, withPackages } from '../support/python-packages.ts';
import { type Site, site } from '../support/wsgi-site.ts';

const VERSIONS = [
	['HTTP/1.1', '--http1.1'],
	['HTTP/2', '--http2-prior-knowledge'],
] as const;
const NEWEST = PYTHON_WITH_NEWEST === null ? [] : [PYTHON_WITH_NEWEST];

/** A client with cookies, as a browser is. */
class Browser {
	readonly #at: Site;
	readonly #version: string;
	readonly #jar = join(folder({}), 'cookies');

	constructor(at: Site, version: string) {
		this.#at = at;
		this.#version = version;
	}

	/** All that came: heads, content, and trailer fields, CR taken out. */
	async get(path: string, ...args: string[]): Promise<{ text: string; status: number }> {
		const cookies = ['--cookie', this.#jar, '--cookie-jar', this.#jar];
		const seen = ['-sS', '-i', '--max-time', '20', '--write-out', '%{stderr}%{http_code}'];
		const { stdout, stderr } = await command('curl', [
			...seen,
			this.#version,
			...cookies,
			...args,
			this.#at.url + path,
		]);
		// Nothing of a placeholder is ever seen.
		expect(stdout).not.toMatch(/vnd\.rsgi|no-transform/);
		return { text: stdout.replaceAll('\r', ''), status: Number(stderr) };
	}
}

async function talk(at: string): Promise<string> {
	const socket = new WebSocket(at.replace('http', 'ws'));
	const said = await new Promise<string>((resolve, reject) => {
		socket.onopen = () => socket.send('hello');
		socket.onmessage = ({ data }) => resolve(String(data));
		socket.onerror = () => reject(new Error('the socket was refused'));
	});
	socket.close();
	return said;
}

/** What holds of every site. */
async function escapes(at: Site, version: string, counted: string, session: RegExp): Promise<Browser> {
	const browser = new Browser(at, version);
	const trailers = await browser.get('/escaped?to=trailers', '-H', 'Accept-Encoding: gzip, br');
	expect(trailers.status).toBe(200);
	expect(trailers.text).toMatch(session);
	expect(trailers.text).toMatch(/x-frame-options: DENY/i);
	expect(trailers.text).toMatch(/x-content-type-options: nosniff/i);
	// The application's own, once, and not those of the middleware, which are of the placeholder.
	expect(trailers.text.match(/^(?:etag|content-type|content-encoding|content-length): .*/gim)?.sort()).toEqual([
		'content-type: text/plain',
		'etag: "own"',
	]);
	expect(trailers.text).toMatch(/\n\ncontent\n?(?:0\n)?x-count: 1/);
	// The session was saved, each time.
	expect((await browser.get('/escaped?to=events')).text).toMatch(/event: number\ndata: one\n\n/);
	expect((await browser.get(counted)).text).toMatch(/\n\n2$/);
	const hints = await browser.get('/escaped?to=hints');
	expect(hints.text).toMatch(/^HTTP\/\S+ 103[\s\S]*HTTP\/\S+ 200/);
	const socket = version === '--http1.1' ? at.url : await overHttp2(at.url);
	expect(await talk(`${socket}/escaped?to=socket`)).toBe('echo hello');
	await expect(talk(`${socket}/escaped?to=socket&no`)).rejects.toThrow('refused');
	expect((await browser.get('/escaped?to=trailers', '--head')).text).toMatch(/etag: "own"/i);

	// Another status, with the fields that were added, and without content (ESC-13).
	const denied = await browser.get('/escaped?to=trailers&change=403');
	expect(denied.status).toBe(403);
	expect(denied.text).toMatch(/x-frame-options: DENY[\s\S]*\n\n$/i);
	// Another response wins.
	const replaced = await browser.get('/escaped?to=trailers&change=replaced');
	expect([replaced.status, replaced.text.endsWith('members only')]).toEqual([403, true]);
	// Content that is laid out, under the type of a placeholder, is found out (ESC-12).
	const before = at.log.length;
	expect((await browser.get('/escaped?to=trailers&change=layout')).status).toBe(500);
	expect(String(at.log[before]?.error ?? at.log[before]?.message)).toMatch(/ESC-12/);
	// A coding that is one is taken off (ESC-10).
	expect((await browser.get('/escaped?to=trailers&change=gzip')).text).toMatch(/\n\ncontent/);
	return browser;
}

function throughDjango(python: string): void {
	test.each(VERSIONS)(
		'over %s',
		async (_name, version) => {
			const at = await djangoSite(python);
			const browser = await escapes(at, version, '/counted', /set-cookie: sessionid=.*httponly/i);
			// Referrer-Policy is of SecurityMiddleware; Vary of the session.
			expect((await browser.get('/escaped?to=hints')).text).toMatch(/referrer-policy: same-origin/i);
			// CSRF: without the token the view is not asked; with it the form has been read, and the rest is the application's.
			expect((await browser.get('/escaped?to=size', '--data', 'a=1')).status).toBe(403);
			const token = /\n\n(\w+)$/.exec((await browser.get('/form')).text)?.[1];
			const posted = await browser.get('/escaped?to=size', '--data', `a=1&csrfmiddlewaretoken=${token}`);
			expect(posted.text).toMatch(/POST none 0$/);
			const header = await browser.get(
				'/escaped?to=size',
				'-H',
				`X-CSRFToken: ${token}`,
				'-H',
				'Content-Type: a/b',
				'--data',
				'abc',
			);
			expect(header.text).toMatch(/POST whole 3$/);
			// ConditionalGet and GZip do what they are for, and leave a placeholder alone: it says no-store, and is short.
			const etag = /etag: (.*)/i.exec((await browser.get('/hello/you')).text)?.[1] ?? '';
			expect((await browser.get('/hello/you', '-H', `If-None-Match: ${etag}`)).status).toBe(304);
			for (const tags of [etag, '"own"', '*']) {
				expect((await browser.get('/escaped?to=trailers', '-H', `If-None-Match: ${tags}`)).status).toBe(200);
			}
			const long = await browser.get(
				`/hello/${'x'.repeat(300)}`,
				'-H',
				'Accept-Encoding: gzip',
				'-o',
				'/dev/null',
				'-D',
				'-',
			);
			expect(long.text).toMatch(/content-encoding: gzip/i);
		},
		150_000,
	);
}

withPackages('WSGI-30: through Django', () => throughDjango(PYTHON_WITH_PACKAGES));
describe("WSGI-30: through Debian's Django", () => throughDjango(SYSTEM_PYTHON));
describe.each(NEWEST)('WSGI-30: through the Django of today', throughDjango);

withPackages('WSGI-30: through Flask, Flask-Compress and its session', () => {
	test.each(VERSIONS)(
		'over %s',
		async (_name, version) => {
			const at = await site({ python: PYTHON_WITH_PACKAGES, workers: 2 }, 'compress_site:app');
			const browser = await escapes(at, version, '/count', /set-cookie: session=/i);
			for (const coding of ['gzip', 'deflate', 'br', 'zstd']) {
				// It does compress; what it compresses is the placeholder.
				const plain = await browser.get('/count', '-H', `Accept-Encoding: ${coding}`);
				expect(plain.text).toMatch(new RegExp(`content-encoding: ${coding}`, 'i'));
				const escaped = await browser.get('/escaped?to=trailers', '-H', `Accept-Encoding: ${coding}`);
				expect(escaped.text).toMatch(/\n\ncontent/);
				expect(escaped.text).not.toMatch(/content-encoding/i);
			}
			expect((await browser.get('/escaped?to=size', '--data', 'abc')).text).toMatch(/POST whole 3$/);
		},
		150_000,
	);
});
