import { describe, expect, test } from 'vitest';
import { expectRefused } from '../support/http1-refusals.ts';
import { Talk } from '../support/http1-talk.ts';

const HOST = '\r\nHost: a\r\n\r\n';

describe('RFC 9112 §3 request line', () => {
	test.each([
		['GET / HTTP/1.1', 'GET', '/', '1.1'],
		['GET /a?b=c&d=%20 HTTP/1.0', 'GET', '/a?b=c&d=%20', '1.0'],
		['POST //double//slash HTTP/1.1', 'POST', '//double//slash', '1.1'],
		['get /lower HTTP/1.1', 'get', '/lower', '1.1'],
		["M-SEARCH!#$%&'*+-.^_`|~09 / HTTP/1.1", "M-SEARCH!#$%&'*+-.^_`|~09", '/', '1.1'],
		['GET /|{}"<>\\^` HTTP/1.1', 'GET', '/|{}"<>\\^`', '1.1'],
	])('takes %j verbatim', (line, method, target, version) => {
		for (const talk of [
			new Talk().feed(line + HOST),
			new Talk().drip(line + HOST),
			new Talk().feed(`${line}${HOST}GET / `),
		]) {
			expect(talk.exchanges).toHaveLength(1);
			const { head } = talk.last;
			expect([head.method, head.target, head.httpVersion]).toEqual([method, target, version]);
			expect(talk.faults).toEqual([]);
		}
	});

	test.each([
		['GET  / HTTP/1.1', '§3'],
		['GET /  HTTP/1.1', '§2.3'],
		['GET\t/ HTTP/1.1', '9110 §9.1'],
		['GET /\tHTTP/1.1', '§3'],
		['GET / HTTP/1.1 ', '§2.3'],
		['GET / HTTP/1.1\t', '§2.3'],
		[' GET / HTTP/1.1', '§3'],
		['\tGET / HTTP/1.1', '§3'],
		['GET /', '§3'],
		['GET', '§3'],
		['GET / ', '§2.3'],
		['G(T / HTTP/1.1', '9110 §9.1'],
		['G\x00T / HTTP/1.1', '9110 §9.1'],
		['\x16\x03\x01\x02\x00', '9110 §9.1'],
		['GET /\x00 HTTP/1.1', '§3.2'],
		['GET /\x7f HTTP/1.1', '§3.2'],
		['GET /\xe4 HTTP/1.1', '§3.2'],
		['GET /#fragment HTTP/1.1', '§3.2'],
		['GET /a b HTTP/1.1', '§2.3'],
		['GET / http/1.1', '§2.3'],
		['GET / HTTP/1', '§2.3'],
		['GET / HTTP/1.', '§2.3'],
		['GET / HTTP/1.10', '§2.3'],
		['GET / HTTP/01.1', '§2.3'],
		['GET / HTTP/1,1', '§2.3'],
		['GET / HTTP /1.1', '§2.3'],
		['GET / HTTPS/1.1', '§2.3'],
		['GET / ICY/1.1', '§2.3'],
	])('refuses %j', (line, section) => {
		expectRefused(line + HOST, 400, section.startsWith('9110') ? `RFC ${section}` : `RFC 9112 ${section}`);
	});

	test.each(['HTTP/0.9', 'HTTP/1.2', 'HTTP/1.9', 'HTTP/2.0', 'HTTP/3.0', 'HTTP/9.9'])(
		'answers 505 to %s',
		(version) => {
			expectRefused(`GET / ${version}${HOST}`, 505, 'RFC 9110 §15.6.6');
		},
	);

	test('answers 505 to the HTTP/2 preface', () => {
		expectRefused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'RFC 9110 §15.6.6');
	});

	test('answers 414 to a target past the limit, and takes one that just fits', () => {
		const limits = { headSize: 64 };
		expectRefused(`GET /${'a'.repeat(100)} HTTP/1.1${HOST}`, 414, 'limits.headSize', { limits });
		const rest = ` HTTP/1.1${HOST}`;
		const fits = `GET /${'a'.repeat(64 - 5 - rest.length)}${rest}`;
		expect(fits).toHaveLength(64);
		expect(new Talk(undefined, { limits }).feed(fits).exchanges).toHaveLength(1);
		expect(new Talk(undefined, { limits }).drip(fits).exchanges).toHaveLength(1);
		expectRefused(fits.replace('Host: a', 'Host: ab'), 431, 'limits.headSize', { limits });
	});

	test('answers 501 to a method past the limit', () => {
		expectRefused(`${'A'.repeat(20_000)} / HTTP/1.1${HOST}`, 501, 'limits.headSize');
	});

	test('a refusal says nothing of what was sent', () => {
		const talk = new Talk().feed('GET /<script> HTTP/1.1\r\nsecret value\r\n\r\n');
		expect(talk.output).not.toMatch(/script|secret/);
	});

	test('a refusal of HEAD has no content', () => {
		const talk = new Talk().feed('HEAD / HTTP/1.1\r\n\r\n');
		expect(talk.output).toMatch(/^HTTP\/1\.1 400 /);
		expect(talk.output).toMatch(/\r\n\r\n$/);
	});
});

describe('RFC 9112 §2.2 message parsing', () => {
	test('skips a couple of empty lines before a request line', () => {
		const request = `GET / HTTP/1.1${HOST}`;
		for (const text of [`\r\n${request}`, `\r\n\r\n${request}`]) {
			expect(new Talk().feed(text).exchanges).toHaveLength(1);
			expect(new Talk().drip(text).exchanges).toHaveLength(1);
			expect(new Talk().feed(request + text).exchanges).toHaveLength(2);
		}
	});

	test('refuses more of them', () => {
		expectRefused(`\r\n\r\n\r\nGET / HTTP/1.1${HOST}`, 400, 'limits.emptyLines');
	});

	test.each([
		['\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
		['GET / HTTP/1.1\nHost: a\r\n\r\n'],
		['GET / HTTP/1.1\r\nHost: a\n\r\n'],
		['GET / HTTP/1.1\r\nHost: a\r\n\n'],
		['GET / HTTP/1.1\rHost: a\r\n\r\n'],
		['GET / HTTP/1.1\r\r\nHost: a\r\n\r\n'],
		['GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n'],
		['GET / HTTP/1.1\r\nHost: a\r\r\n\r\n'],
		['GET / HTTP/1.1\r\nHost: a\r\n\rGET'],
		['\rGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
		['GET /\nHost: a\r\n\r\n'],
		['GET\nHost: a\r\n\r\n'],
	])('refuses a bare CR or LF: %j', (request) => {
		for (const talk of [new Talk().feed(request), new Talk().drip(request)]) {
			expect(talk.exchanges).toHaveLength(0);
			expect(talk.output).toMatch(/^HTTP\/1\.1 400 /);
			expect(talk.engine.finished).toBe(true);
		}
	});
});
